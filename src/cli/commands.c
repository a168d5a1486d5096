/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include "cli/parse/suggest.h"

const cli_command *const *commands_all(size_t *count)
{
    static const cli_command *const rows[] = {&cmd_backup,     &cmd_backup_partitions,
                                              &cmd_restore,    &cmd_verify,
                                              &cmd_read,       &cmd_write,
                                              &cmd_erase,      &cmd_info,
                                              &cmd_import,     &cmd_list,
                                              &cmd_inspect,    &cmd_diff,
                                              &cmd_extract,    &cmd_rehearse,
                                              &cmd_profiles,   &cmd_ports,
                                              &cmd_selftest,   &cmd_doctor,
                                              &cmd_completion, &cmd_help};
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

const cli_command *commands_find(const char *name)
{
    size_t count;
    const cli_command *const *rows = commands_all(&count);
    return command_named(rows, count, name);
}

/* What esptool calls otherwise, or what has another place here. */
static const char *what_replaces(const char *name)
{
    static const char *const rows[][2] = {
        {"chip-id", "espbak info tells chip, revision and MAC"},
        {"read-mac", "espbak info tells the MAC"},
        {"get-security-info", "espbak info tells how the chip is protected"},
        {"read-flash-status", "espbak info tells the status registers"},
        {"run", "espbak info ends with a reset, after which the application runs"},
        {"erase-flash", "espbak erase all does that"},
        {"erase-region", "espbak erase OFFSET SIZE does that"},
        {"image-info", "espbak inspect FILE does that"},
        {"merge-bin", "espbak write takes several files at once: espbak write 0x0 A.bin 0x8000 B.bin"},
        {"version", "espbak --version does that"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (opt_same_name(rows[i][0], name))
            return rows[i][1];
    }
    return NULL;
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
    if (what_replaces(name) != NULL) {
        espbak_error_hint(err, "%s", what_replaces(name));
    } else if (near.best != NULL) {
        espbak_error_hint(err, "did you mean '%s'?", near.best);
    } else {
        espbak_error_suggest(err, (const char *const[]){"--help", NULL});
        espbak_error_hint(err, "see which commands there are:");
    }
    return ESPBAK_E_USAGE;
}
