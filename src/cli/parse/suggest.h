/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

/* The nearest name to one that was mistyped. */

#include <stddef.h>

typedef struct suggest {
    const char *word; /* what was typed */
    const char *best; /* the nearest so far, NULL when none is near enough to be meant */
    size_t distance;
} suggest;

void suggest_start(suggest *s, const char *word);
void suggest_offer(suggest *s, const char *name);

#endif
