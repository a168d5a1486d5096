/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/parse/suggest.h"

const cli_command *const *commands_all(size_t *count)
{
    static const cli_command *const rows[] = {&cmd_backup,     &cmd_backup_partitions,
                                              &cmd_restore,    &cmd_verify,
                                              &cmd_read,       &cmd_write,
                                              &cmd_erase,      &cmd_info,
                                              &cmd_import,     &cmd_list,
                                              &cmd_prune,      &cmd_inspect,
                                              &cmd_report,     &cmd_files,
                                              &cmd_nvs,        &cmd_nvs_set,
                                              &cmd_nvs_delete, &cmd_diff,
                                              &cmd_extract,    &cmd_export,
                                              &cmd_rehearse,   &cmd_profiles,
                                              &cmd_ports,      &cmd_selftest,
                                              &cmd_station,    &cmd_doctor,
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

/* Of two words that stand in the table as they are: what else a command is called is one word. */
const cli_command *commands_find_pair(const char *first, const char *second)
{
    char both[64];
    size_t count;
    const cli_command *const *rows = commands_all(&count);
    snprintf(both, sizeof(both), "%s-%s", first, second);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i]->name, both) == 0)
            return rows[i];
    }
    return NULL;
}

/* What esptool calls otherwise, or what has another place here. */
static bool tell_what_replaces(const char *name, espbak_error *err)
{
    static const struct {
        const char *name, *sentence, *words[3];
    } rows[] = {
        {"chip-id", "chip, revision and MAC are told by:", {"info"}},
        {"read-mac", "the MAC is told by:", {"info"}},
        {"get-security-info", "how the chip is protected is told by:", {"info"}},
        {"read-flash-status", "the status registers are told by:", {"info"}},
        {"run", "a reset, after which the application runs, is at the end of:", {"info"}},
        {"erase-flash", "the same is done by:", {"erase", "all"}},
        {"erase-region", "the command erase does that, with OFFSET SIZE:", {"help", "erase"}},
        {"image-info", "the command inspect does that:", {"help", "inspect"}},
        {"merge-bin", "the command write takes several files at once:", {"help", "write"}},
        {"version", "the same is done by:", {"--version"}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!opt_same_name(rows[i].name, name))
            continue;
        espbak_error_suggest(err, rows[i].words);
        espbak_error_hint(err, "%s", rows[i].sentence);
        return true;
    }
    return false;
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
    if (tell_what_replaces(name, err))
        return ESPBAK_E_USAGE;
    if (near.best != NULL) {
        espbak_error_hint(err, "did you mean '%s'?", near.best);
    } else {
        espbak_error_suggest(err, (const char *const[]){"--help", NULL});
        espbak_error_hint(err, "see which commands there are:");
    }
    return ESPBAK_E_USAGE;
}
