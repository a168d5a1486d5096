/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PIPED_H
#define CLI_PIPED_H

/* A backup, or a file of a flash, that comes on standard input. */

#include "cli/cli.h"

/*
 * Keep it in c->temporary: *path is the folder of a backup that was packed by tar (packed with gzip or zstd too), or a
 * file with what came. Free it.
 */
ESPBAK_MUST_USE espbak_status piped_keep(cli *c, char **path, espbak_error *err);

#endif
