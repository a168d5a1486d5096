/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

/*
 * What may stand where the cursor is: out of the same tables that parse the command line and print the help.
 *
 * A line for each word that fits, with what it means behind a tab. ":files" and ":folders" alone on a line ask the
 * shell for names of files, which it does better.
 */

#include "cli/cli.h"

/* `words` are those behind the program's name, the last one, which may be empty, is to be completed. */
void complete_words(cli *c, const char *const *words, size_t count);

#endif
