/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/show/help.h"

static espbak_status tell_about(cli *c, espbak_error *err)
{
    size_t count;
    const cli_command *const *rows = commands_all(&count);
    const cli_command *command = c->word_count > 0 ? commands_find(c->words[0]) : NULL;
    if (c->word_count > 0 && command == NULL)
        return commands_unknown(c->words[0], err);
    help_show(&c->out, rows, count, command);
    return ESPBAK_OK;
}

const cli_command cmd_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "tell about the program or one command",
    .description = "Tells about the program, or about one command and its options.",
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_OF_DEVICE | SETTINGS_YES,
    .max_words = 1,
    .run = tell_about,
};
