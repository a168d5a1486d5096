/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/os/exit_code.h"
#include "cli/os/signals.h"
#include "cli/os/terminal.h"
#include "cli/show/fields.h"
#include "cli/show/help.h"
#include "cli/show/text.h"
#include "espbak/version.h"

enum { AGAIN_MAX = 1024, PATH_SHOWN = 512 };

/* Needed before the options are parsed: a mistake in them must still give one JSON document. */
static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

static espbak_status start_command(cli *c, opt_parser *parser, const char *word, espbak_error *err)
{
    c->command = commands_find(word);
    if (c->command == NULL)
        return commands_unknown(word, err);
    c->options = calloc(1, c->command->options_size + 1);
    if (c->options == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    parser->sets[1] = (opt_set){c->command->options, c->command->option_count, c->options};
    return ESPBAK_OK;
}

static espbak_status parse(cli *c, espbak_error *err)
{
    opt_parser parser = {.argv = c->argv + 1, .argc = c->argc > 0 ? c->argc - 1 : 0};
    parser.sets[0].specs = settings_specs(&parser.sets[0].count);
    parser.sets[0].values = &c->global;
    c->words = calloc((size_t)parser.argc + 1, sizeof(c->words[0]));
    if (c->words == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (;;) {
        const char *word;
        if (opt_next(&parser, &word, err) != ESPBAK_OK)
            return err->status;
        if (word == NULL)
            return ESPBAK_OK;
        if (c->command != NULL)
            c->words[c->word_count++] = word;
        else if (start_command(c, &parser, word, err) != ESPBAK_OK)
            return err->status;
    }
}

static espbak_status check_words(const cli *c, espbak_error *err)
{
    const cli_command *command = c->command;
    if (c->word_count >= command->min_words && c->word_count <= command->max_words)
        return ESPBAK_OK;
    if (command->max_words == 0)
        espbak_fail(err, ESPBAK_E_USAGE, "%s takes no arguments, but got '%s'", command->name, c->words[0]);
    else
        espbak_fail(err, ESPBAK_E_USAGE, "%s takes %s, but got %d argument%s", command->name, command->arguments,
                    c->word_count, c->word_count == 1 ? "" : "s");
    espbak_error_hint(err, "espbak help %s tells more", command->name);
    return ESPBAK_E_USAGE;
}

static void show_version(cli *c)
{
    const field rows[] = {{NULL, "name", TEXT("espbak")}, {NULL, "version", TEXT(ESPBAK_VERSION)}};
    output_line(&c->out, "espbak %s", ESPBAK_VERSION);
    fields_show(&c->out, rows, FIELD_COUNT(rows));
}

static void show_help(cli *c)
{
    size_t count;
    const cli_command *const *rows = commands_all(&count);
    help_show(&c->out, rows, count, c->command);
}

static const char *environment(const char *name)
{
    return getenv(name);
}

static void show_sources(cli *c)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const settings_source *source = &c->set.sources[i];
        espbak_log(&c->watch.events, ESPBAK_LOG_DETAIL, "%s: %s (from %s)", source->name, source->value, source->from);
    }
}

static espbak_status find_settings(cli *c, espbak_error *err)
{
    const char *folder = NULL;
    char foreign[PATH_SHOWN];
    if (c->command->folder_offset != CLI_NO_FOLDER)
        folder = *(const char *const *)((const char *)c->options + c->command->folder_offset);
    if (config_files_load(&c->files, foreign, sizeof(foreign), err) != ESPBAK_OK)
        return err->status;
    if (foreign[0] != '\0')
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "%s is not used: it belongs to somebody else", foreign);
    return settings_resolve(&c->set, &c->global, folder, environment, &c->files, err);
}

static espbak_status run_command(cli *c, espbak_error *err)
{
    if (check_words(c, err) != ESPBAK_OK || find_settings(c, err) != ESPBAK_OK)
        return err->status;
    if (observe_trace(&c->watch, c->global.trace, err) != ESPBAK_OK)
        return err->status;
    show_sources(c);
    return c->command->run(c, err);
}

static espbak_status dispatch(cli *c, espbak_error *err)
{
    const espbak_status parsed = parse(c, err);
    c->out.json = c->out.json || c->global.json;
    observe_start(&c->watch, &c->out, &c->global, environment);
    if (parsed != ESPBAK_OK)
        return parsed;
    if (c->global.version) {
        show_version(c);
        return ESPBAK_OK;
    }
    if (c->global.help) {
        show_help(c);
        return ESPBAK_OK;
    }
    if (c->command != NULL)
        return run_command(c, err);
    espbak_fail(err, ESPBAK_E_USAGE, "no command was given");
    espbak_error_hint(err, "espbak backup saves the attached device; espbak --help lists the commands");
    return ESPBAK_E_USAGE;
}

static void command_line(const cli *c, char again[AGAIN_MAX])
{
    size_t used = 0;
    for (int i = 0; i < c->argc && used + 8 < AGAIN_MAX; i++) {
        if (i > 0)
            again[used++] = ' ';
        text_shell_word(again + used, AGAIN_MAX - used, c->argv[i]);
        used += strlen(again + used);
    }
}

/*
 * The exit code when standard output did not take all. A device that was written completely is not reported as
 * a failure: whoever is told 8 may do it again, or think that nothing was done.
 */
static int output_lost(cli *c, const espbak_error *err)
{
    if (c->written) {
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "%s is complete, but %s", c->command->name, err->message);
        return 0;
    }
    const int code = exit_code_of(err->status, false);
    report_error(&c->watch.messages, err, code, NULL);
    return code;
}

/* Errors are reported in both streams; what cannot be written to standard output is an error too. */
static int finish(cli *c, espbak_status status, espbak_error *err)
{
    char again[AGAIN_MAX] = "";
    progress_wipe(&c->watch.bar);
    espbak_error late = {0};
    if (trace_close(&c->watch.trace, &late) != ESPBAK_OK)
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "%s", late.message);
    int code = exit_code_of(status, err->flash_changed);
    if (code == EXIT_INTERRUPTED)
        espbak_error_hint(err, "the flash was not changed");
    if (code == EXIT_UNFINISHED)
        command_line(c, again);
    /* Whoever sees both streams on one terminal gets the result before the verdict. */
    if (!c->out.json)
        (void)fflush(c->out.stream);
    if (status != ESPBAK_OK) {
        report_error(&c->watch.messages, err, code, code == EXIT_UNFINISHED ? again : NULL);
        report_add_error(cJSON_AddObjectToObject(output_root(&c->out), "error"), err, code, NULL);
    }
    observe_warnings(&c->watch, &c->out);
    espbak_error_clear(&late);
    if (output_finish(&c->out, &late) != ESPBAK_OK && status == ESPBAK_OK)
        code = output_lost(c, &late);
    return code;
}

int cli_main(int argc, char **argv)
{
    terminal_guard_streams();
    espbak_error err = {0};
    cli c = {.argc = argc, .argv = argv, .cancel = signals_install()};
    c.commands = commands_all(&c.command_count);
    c.out = (output){.stream = stdout, .json = asks_for_json(argc, argv)};
    const espbak_status status = dispatch(&c, &err);
    const int code = finish(&c, status, &err);
    report_free(&c.watch.messages);
    config_free(&c.files);
    free(c.options);
    free((void *)c.words);
    return code;
}
