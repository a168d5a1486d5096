/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* The command table. A command is one file, cmd_<name>.c in a room of this folder, and one row. */

#include "cli/cli.h"

/* All rows, in the order of the help. */
const cli_command *const *commands_all(size_t *count);

/* By name or other name, '-' and '_' the same; NULL when there is none. */
const cli_command *commands_find(const char *name);

/* The one whose name two words are together, "nvs set"; NULL when there is none. */
const cli_command *commands_find_pair(const char *first, const char *second);

/* Say that there is no such command, and which one may have been meant. */
espbak_status commands_unknown(const char *name, espbak_error *err);

extern const cli_command cmd_backup, cmd_backup_partitions, cmd_restore, cmd_verify, cmd_read, cmd_write, cmd_erase,
    cmd_info, cmd_import, cmd_list, cmd_prune, cmd_extract, cmd_export, cmd_files, cmd_nvs, cmd_nvs_set, cmd_nvs_delete,
    cmd_inspect, cmd_report, cmd_diff, cmd_rehearse, cmd_profiles, cmd_ports, cmd_selftest, cmd_station, cmd_doctor,
    cmd_completion, cmd_help;

#endif
