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
void many_argv_free(char **argv);

#endif
