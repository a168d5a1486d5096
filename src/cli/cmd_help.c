/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/show/help.h"

static espbak_status run(cli *c, espbak_error *err)
{
    const cli_command *command = NULL;
    if (c->word_count > 0)
        command = commands_find(c->words[0]);
    if (c->word_count > 0 && command == NULL)
        return commands_unknown(c->words[0], err);
    if (c->out.json)
        help_json(output_root(&c->out), command);
    else if (command != NULL)
        help_command(c->out.stream, command);
    else
        help_program(c->out.stream);
    return ESPBAK_OK;
}

const cli_command cmd_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "tell about the program or one command",
    .description = "Tells about the program, or about one command and its options.",
    .folder_offset = CLI_NO_FOLDER,
    .max_words = 1,
    .run = run,
};
