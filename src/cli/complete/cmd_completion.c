/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/complete/complete.h"
#include "cli/complete/scripts.h"

static const completion_script *find_script(const char *shell)
{
    const completion_script *row = completion_scripts;
    while (row->shell != NULL && strcmp(row->shell, shell) != 0)
        row++;
    return row->shell != NULL ? row : NULL;
}

static espbak_status unknown_shell(const char *shell, espbak_error *err)
{
    char all[128] = "";
    size_t used = 0;
    for (const completion_script *row = completion_scripts; row->shell != NULL && used < sizeof(all); row++)
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", used > 0 ? ", " : "", row->shell);
    espbak_fail(err, ESPBAK_E_USAGE, "there is no completion for '%s'", shell);
    espbak_error_hint(err, "there is one for %s", all);
    return ESPBAK_E_USAGE;
}

static espbak_status complete(cli *c, espbak_error *err)
{
    if (strcmp(c->words[0], "words") == 0) {
        cJSON_AddArrayToObject(output_root(&c->out), "words");
        complete_words(c, c->words + 1, (size_t)c->word_count - 1);
        return ESPBAK_OK;
    }
    const completion_script *script = find_script(c->words[0]);
    if (script == NULL || c->word_count > 1)
        return unknown_shell(c->words[c->word_count - 1], err);
    if (c->out.json)
        cJSON_AddStringToObject(output_root(&c->out), "script", script->text);
    else
        fputs(script->text, c->out.stream);
    return ESPBAK_OK;
}

const cli_command cmd_completion = {
    .name = "completion",
    .arguments = "SHELL",
    .summary = "what a shell needs to complete commands, ports and backups",
    .description =
        "Prints what a shell has to read to complete commands, options, ports, backups, partitions and profiles of "
        "espbak. Packages bring these files along; by hand it is\n"
        "\n"
        "  bash        source <(espbak completion bash), in ~/.bashrc\n"
        "  zsh         source <(espbak completion zsh), in ~/.zshrc behind compinit\n"
        "  fish        espbak completion fish > ~/.config/fish/completions/espbak.fish\n"
        "  powershell  espbak completion powershell | Out-String | Invoke-Expression, in $PROFILE\n"
        "\n"
        "The files ask the program with \"espbak completion words -- WORDS\" what can stand in place of the last word.",
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_OF_DEVICE | SETTINGS_YES,
    .min_words = 1,
    .max_words = CLI_ANY_NUMBER,
    .run = complete,
};
