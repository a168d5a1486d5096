/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PASTE_H
#define CLI_PASTE_H

/*
 * Commands that are suggested run when they are pasted: with this program, with the options of this run that they
 * need, and quoted for the shell at hand. Nothing else writes such a line.
 */

#include "cli/cli.h"

/*
 * Words as espbak_error_suggest takes them. Options of this run that find the device, the port first, are added where
 * the command heeds them, and those that say where parts are. Empty where it does not fit: half a command is none.
 */
const char *paste_command(const cli *c, char out[PASTE_MAX], const char *const *words);

/*
 * This run's own command once more, by `next_loader` in place of the loader it was given, and with `more` words as
 * options of it; NULL for none.
 */
const char *paste_again(const cli *c, char out[PASTE_MAX], const char *next_loader, const char *const *more);

/* A line of the result: "  espbak verify backups/x". */
void paste_show(cli *c, const char *const *words);

/* The commands of an error, to be freed by paste_free. */
void paste_of_error(const cli *c, const espbak_error *err, report_advice *advice);
void paste_free(report_advice *advice);

#endif
