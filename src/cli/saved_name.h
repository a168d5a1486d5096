/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SAVED_NAME_H
#define CLI_SAVED_NAME_H

/*
 * A backup as the user calls it: by its path, by its name as `list` shows it, by a beginning that no other name has, or
 * "latest". A path that is there wins over a name. Everything that can be told without the device is told before its
 * port is looked for.
 */

#include "cli/cli.h"

enum { SAVED_PATH_MAX = 1200 };

/*
 * What `word` means; `-` is what comes on standard input; a word that names nothing is returned as it is, for the error
 * that tells of a path. ESPBAK_E_USAGE where several names begin so.
 */
ESPBAK_MUST_USE espbak_status saved_find(cli *c, const char *word, char path[SAVED_PATH_MAX], espbak_error *err);

/* The same, and it is a backup that can be used, of the chip that --chip names. */
ESPBAK_MUST_USE espbak_status saved_open(cli *c, const char *word, char path[SAVED_PATH_MAX], espbak_error *err);

/* As cli_session, for the backup at `path`: where no port is found, what is wrong with the backup is told first. */
ESPBAK_MUST_USE espbak_status saved_session(cli *c, const char *path, espbak_session_options *options,
                                            espbak_error *err);

#endif
