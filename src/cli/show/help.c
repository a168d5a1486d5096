/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/help.h"

#include <string.h>

#include "cli/parse/settings.h"
#include "cli/show/fields.h"
#include "cli/show/text.h"

enum { NAME_COLUMN = 2, TEXT_COLUMN = 28, LINE_CAPACITY = 512 };

/* Within 80 columns, or as many as a narrower terminal has. */
static void wrap(const output *out, const char *text, size_t column, size_t indent)
{
    text_fold(out->stream, text, column, indent, out->fold && out->width < TEXT_COLUMNS ? out->width : TEXT_COLUMNS);
}

/* A name on the left, its text on the right; a long name gets a line of its own. */
static void print_entry(const output *out, const char *name, const char *text)
{
    const size_t used = NAME_COLUMN + strlen(name);
    fprintf(out->stream, "%*s%s", NAME_COLUMN, "", name);
    if (used + 2 > TEXT_COLUMN)
        fprintf(out->stream, "\n%*s", TEXT_COLUMN, "");
    else
        fprintf(out->stream, "%*s", (int)(TEXT_COLUMN - used), "");
    wrap(out, text, TEXT_COLUMN, TEXT_COLUMN);
}

static void print_option(const output *out, const opt_spec *spec)
{
    char name[64], text[LINE_CAPACITY], letter[8] = "    ";
    if (spec->letter != 0)
        snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
    snprintf(name, sizeof(name), "%s--%s%s%s", letter, spec->name, spec->value != NULL ? " " : "",
             spec->value != NULL ? spec->value : "");
    size_t used = (size_t)snprintf(text, sizeof(text), "%s", spec->help);
    for (const opt_choice *c = spec->choices; c != NULL && c->name != NULL && used < sizeof(text); c++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s", c == spec->choices ? " (" : ", ", c->name,
                                 c[1].name == NULL ? ")" : "");
    print_entry(out, name, text);
}

static void print_options(const output *out, const char *title, const opt_spec *specs, size_t count)
{
    if (count == 0)
        return;
    fprintf(out->stream, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++)
        print_option(out, &specs[i]);
}

static void print_program(const output *out, const cli_command *const *rows, size_t row_count)
{
    fputs("Usage: espbak [global options] COMMAND [options] [arguments]\n\n", out->stream);
    wrap(out, "Backs up, verifies and restores the flash of ESP8266 and ESP32 chips over a serial port.", 0, 0);
    fputs("\nCommands:\n", out->stream);
    for (size_t i = 0; i < row_count; i++)
        print_entry(out, rows[i]->name, rows[i]->summary);
    size_t count;
    const opt_spec *specs = settings_specs(&count);
    print_options(out, "Global options, before or after the command", specs, count);
    fputc('\n', out->stream);
    wrap(out,
         "Numbers are decimal or 0x..., with K or M behind them for 1024 and 1048576. Results go to standard "
         "output, everything else to standard error. \"espbak help COMMAND\" tells about one command.",
         0, 0);
}

static void print_aliases(const output *out, const cli_command *command)
{
    char text[LINE_CAPACITY] = "Also understood as ";
    size_t used = strlen(text);
    if (command->aliases[0] == NULL)
        return;
    for (size_t i = 0; i < CLI_ALIASES_MAX && command->aliases[i] != NULL; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? ", " : "", command->aliases[i]);
    fputc('\n', out->stream);
    wrap(out, text, 0, 0);
}

static void print_heeded(const output *out, const cli_command *command)
{
    char text[LINE_CAPACITY] = "Global options that it heeds, explained by \"espbak --help\": ";
    size_t count, used = strlen(text);
    const opt_spec *specs = settings_specs(&count);
    for (size_t i = 0, shown = 0; i < count && used < sizeof(text); i++) {
        const unsigned ignored = command->ignores | (command->several != CLI_ONE_DEVICE ? 0 : SETTINGS_SEVERAL);
        if ((settings_group(&specs[i]) & ignored) != 0)
            continue;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s--%s", shown++ > 0 ? ", " : "", specs[i].name);
    }
    fputc('\n', out->stream);
    wrap(out, text, 0, 0);
}

static void print_command(const output *out, const cli_command *command)
{
    fprintf(out->stream, "Usage: espbak %s%s%s%s\n\n", command->name, command->option_count > 0 ? " [options]" : "",
            command->arguments[0] != '\0' ? " " : "", command->arguments);
    wrap(out, command->description, 0, 0);
    print_aliases(out, command);
    print_options(out, "Options", command->options, command->option_count);
    print_heeded(out, command);
}

static void add_options(cJSON *object, const char *key, const opt_spec *specs, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(object, key);
    for (size_t i = 0; i < count; i++) {
        const opt_spec *spec = &specs[i];
        const char letter[2] = {spec->letter, '\0'};
        const field head[] = {
            {NULL, "name", TEXT(spec->name)},
            {NULL, "letter", TEXT(letter), .absent = letter[0] == '\0'},
            {NULL, "value", TEXT(spec->value), .absent = spec->value == NULL},
        };
        const field help = {NULL, "help", TEXT(spec->help)};
        cJSON *item = fields_item(list);
        fields_add(item, head, FIELD_COUNT(head));
        cJSON *choices = spec->choices != NULL ? cJSON_AddArrayToObject(item, "choices") : NULL;
        for (const opt_choice *c = spec->choices; choices != NULL && c->name != NULL; c++)
            cJSON_AddItemToArray(choices, cJSON_CreateString(c->name));
        fields_add(item, &help, 1);
    }
}

static void add_command(cJSON *list, const cli_command *command)
{
    cJSON *item = fields_item(list);
    const field name = {NULL, "name", TEXT(command->name)};
    const field rows[] = {{NULL, "arguments", TEXT(command->arguments)}, {NULL, "summary", TEXT(command->summary)}};
    fields_add(item, &name, 1);
    cJSON *aliases = cJSON_AddArrayToObject(item, "aliases");
    for (size_t i = 0; i < CLI_ALIASES_MAX && command->aliases[i] != NULL && aliases != NULL; i++)
        cJSON_AddItemToArray(aliases, cJSON_CreateString(command->aliases[i]));
    fields_add(item, rows, FIELD_COUNT(rows));
    add_options(item, "options", command->options, command->option_count);
}

static void add_tables(cJSON *root, const cli_command *const *rows, size_t row_count, const cli_command *command)
{
    cJSON *list = cJSON_AddArrayToObject(root, "commands");
    for (size_t i = 0; i < row_count; i++) {
        if (command == NULL || command == rows[i])
            add_command(list, rows[i]);
    }
    if (command == NULL) {
        size_t count;
        const opt_spec *specs = settings_specs(&count);
        add_options(root, "global_options", specs, count);
    }
}

void help_show(output *out, const cli_command *const *rows, size_t row_count, const cli_command *command)
{
    if (out->json)
        add_tables(output_root(out), rows, row_count, command);
    else if (command != NULL)
        print_command(out, command);
    else
        print_program(out, rows, row_count);
}
