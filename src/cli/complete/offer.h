/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OFFER_H
#define CLI_OFFER_H

/* The words of each kind that there are on this computer. What cannot be found out is left out, without a message. */

#include "cli/complete/place.h"

typedef struct offering {
    cli *cli;
    const char *typed; /* only what begins like this is offered */
    const char *before;
    int before_length; /* put in front of each word */
} offering;

/* One word, and what it means ("" for nothing): the first line of it. */
void offer(offering *to, const char *word, const char *means);

void offer_ports(offering *to, const place *at);
void offer_chips(offering *to, const place *at);
void offer_rates(offering *to, const place *at);
void offer_loaders(offering *to, const place *at);
void offer_profiles(offering *to, const place *at);
void offer_backups(offering *to, const place *at);
/* Of the backup that stands among the words; else of the newest one in the folder. Lists go on behind a comma. */
void offer_parts(offering *to, const place *at);
void offer_commands(offering *to, const place *at);
void offer_shells(offering *to, const place *at);
void offer_files(offering *to, const place *at);
void offer_folders(offering *to, const place *at);

#endif
