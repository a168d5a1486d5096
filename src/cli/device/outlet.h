/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OUTLET_H
#define CLI_OUTLET_H

/* Where a backup goes besides its folder, or instead of one: standard output, or a command that stores it. */

#include "cli/cli.h"
#include "cli/parse/backup_options.h"

/*
 * With `-o -` the backup is made in a temporary folder, which job->folder is from now on; the run takes it away at its
 * end. What cannot be meant is ESPBAK_E_USAGE.
 */
ESPBAK_MUST_USE espbak_status outlet_prepare(cli *c, const backup_options *own, espbak_backup_options *job,
                                             espbak_error *err);

/* Hand a sealed backup on, where that was asked for. ESPBAK_E_FILE: it was not taken; the backup itself is complete. */
ESPBAK_MUST_USE espbak_status outlet_deliver(cli *c, const backup_options *own, const espbak_backup_result *result,
                                             espbak_error *err);

#endif
