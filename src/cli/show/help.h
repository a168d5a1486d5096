/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

/* Help text out of the command and option tables, within 80 columns. */

#include <stdio.h>

#include "cli/cli.h"

void help_program(FILE *stream);
void help_command(FILE *stream, const cli_command *command);

/* The same tables for programs: of one command, or of all with the global options. */
void help_json(cJSON *root, const cli_command *command);

#endif
