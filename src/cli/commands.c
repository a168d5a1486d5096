/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include "cli/parse/suggest.h"

const cli_command *const *commands_all(size_t *count)
{
    static const cli_command *const rows[] = {&cmd_backup,   &cmd_backup_partitions,
                                              &cmd_restore,  &cmd_verify,
                                              &cmd_read,     &cmd_write,
                                              &cmd_info,     &cmd_import,
                                              &cmd_list,     &cmd_inspect,
                                              &cmd_diff,     &cmd_extract,
                                              &cmd_rehearse, &cmd_profiles,
                                              &cmd_ports,    &cmd_selftest,
                                              &cmd_doctor,   &cmd_completion,
                                              &cmd_help};
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

const cli_command *commands_find(const char *name)
{
    size_t count;
    const cli_command *const *rows = commands_all(&count);
    return command_named(rows, count, name);
}

espbak_status commands_unknown(const char *name, espbak_error *err)
{
    suggest near;
    size_t count;
    suggest_start(&near, name);
    const cli_command *const *rows = commands_all(&count);
    for (size_t i = 0; i < count; i++)
        suggest_offer(&near, rows[i]->name);
    espbak_fail(err, ESPBAK_E_USAGE, "there is no command '%s'", name);
    if (near.best != NULL)
        espbak_error_hint(err, "did you mean '%s'?", near.best);
    else
        espbak_error_hint(err, "espbak --help lists the commands");
    return ESPBAK_E_USAGE;
}
