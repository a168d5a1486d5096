/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DEVICE_CMD_BACKUP_H
#define CLI_DEVICE_CMD_BACKUP_H

/* How the commands that make backups end. */

#include "cli/cli.h"
#include "cli/parse/backup_options.h"

/* Show what came of it. `whole`: the command was backup itself. */
void cmd_backup_show(cli *c, const backup_options *own, bool whole, const espbak_backup_result *result,
                     const espbak_error *err);

#endif
