/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MANY_ARGV_H
#define CLI_MANY_ARGV_H

/* The program's arguments as they would be for one of several devices. */

#include "cli/cli.h"

/*
 * `port` in the place of all ports that were given, --all-ports and --jobs left out; ends with NULL, free with
 * many_argv_free. NULL when out of memory.
 */
char **many_argv(const cli *c, const char *port, int *argc);
/*
 * The same for a command that stands behind an option of this one: its words, which end with NULL, in the place of this
 * command's name and options, --json, and what stands behind "--".
 */
char **many_argv_of_job(const cli *c, const char *port, const char *const *job, int *argc);
void many_argv_free(char **argv);

#endif
