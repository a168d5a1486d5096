/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

/* Help text out of the command and option tables, within 80 columns. */

#include "cli/parse/command.h"
#include "cli/show/output.h"

/* About `command`, or about the program where it is NULL; with --json the tables for programs. */
void help_show(output *out, const cli_command *const *rows, size_t row_count, const cli_command *command);

#endif
