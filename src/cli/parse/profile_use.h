/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROFILE_USE_H
#define CLI_PROFILE_USE_H

/* --profile: a board's settings, where the command line does not say otherwise, and its places. */

#include "cli/parse/settings.h"
#include "espbak/contents.h"
#include "espbak/profile.h"
#include "espbak/transport.h"

#define PROFILE_OPTION(type, member)                                                                                   \
    {"profile",                                                                                                        \
     0,                                                                                                                \
     OPT_TEXT,                                                                                                         \
     "NAME",                                                                                                           \
     "settings and factory data of a known board; espbak profiles lists them",                                         \
     offsetof(type, member),                                                                                           \
     0,                                                                                                                \
     NULL}

/* Starts as {0}; not to be copied. */
typedef struct profile_use {
    bool given;
    espbak_profile profile;
    const char *names[ESPBAK_PROFILE_PARTS_MAX]; /* of its places */
    espbak_partition places[ESPBAK_PROFILE_PARTS_MAX];
    espbak_profile *boards; /* all that are known */
    size_t board_count;
} profile_use;

/* Whether a serial port of this computer is the one of the board's ESP. */
bool profile_fits_port(const espbak_profile *profile, const espbak_port *port);

/* Take over a profile's settings into the run's, if `name` is not NULL, and learn of the boards that are known. */
ESPBAK_MUST_USE espbak_status profile_apply(profile_use *use, const char *name, settings *set,
                                            const espbak_events *events, espbak_error *err);

void profile_free(profile_use *use);

/* Add the profile's places, and the boards, to what a table tells. */
void profile_add_places(const profile_use *use, espbak_table_source *table);

#endif
