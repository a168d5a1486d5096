/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CMD_BACKUP_H
#define CLI_CMD_BACKUP_H

/* How the commands that make backups end. */

#include "cli/cli.h"
#include "cli/parse/backup_options.h"

/* Show what came of it. `whole`: the command was backup itself. Returns `status`. */
espbak_status cmd_backup_end(cli *c, const backup_options *own, bool whole, espbak_status status,
                             const espbak_backup_result *result);

#endif
