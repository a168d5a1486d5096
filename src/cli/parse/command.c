/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/command.h"

static bool is_called(const cli_command *row, const char *name)
{
    if (opt_same_name(row->name, name))
        return true;
    for (size_t i = 0; i < CLI_ALIASES_MAX && row->aliases[i] != NULL; i++) {
        if (opt_same_name(row->aliases[i], name))
            return true;
    }
    return false;
}

const cli_command *command_named(const cli_command *const *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (is_called(rows[i], name))
            return rows[i];
    }
    return NULL;
}
