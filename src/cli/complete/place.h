/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

/* Where in a command line the cursor is. */

#include "cli/cli.h"

enum { PLACE_WORDS_MAX = 64 };

typedef struct place {
    const cli_command *command; /* NULL: its name is still to come */
    const opt_spec *option;     /* whose value is typed; NULL for none */
    const char *typed;          /* what stands there already, without "--option=" */
    const char *before;         /* "--option=", as it was typed, or "" */
    int before_length;
    bool only_words;                    /* behind "--" */
    const char *words[PLACE_WORDS_MAX]; /* arguments of the command before this place */
    size_t word_count;
    opt_parser parser; /* its sets of options, to look at */
} place;

void place_find(place *out, const cli *c, const char *const *words, size_t count);

#endif
