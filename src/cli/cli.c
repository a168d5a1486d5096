/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/many.h"
#include "cli/os/exit_code.h"
#include "cli/os/signals.h"
#include "cli/os/terminal.h"
#include "cli/parse/wait_option.h"
#include "cli/paste.h"
#include "cli/show/fields.h"
#include "cli/show/help.h"
#include "espbak/api.h"

enum { PATH_SHOWN = 512 };

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
    const char *second = parser->next < parser->argc ? parser->argv[parser->next] : NULL;
    c->command = second != NULL ? commands_find_pair(word, second) : NULL;
    if (c->command != NULL)
        parser->next++;
    else
        c->command = commands_find(word);
    c->command_at = parser->next;
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

/* esptool has another -p behind its write-flash, which takes no value; an offset follows it. */
static espbak_status check_ports(const cli *c, espbak_error *err)
{
    for (size_t i = 0; i < c->global.ports.count; i++) {
        const char *port = c->global.ports.all[i];
        if (strncmp(port, "0x", 2) != 0)
            continue;
        espbak_fail(err, ESPBAK_E_USAGE, "option -p names a port, and %s cannot be one", port);
        espbak_error_hint(err, "leave -p out where it is esptool's for --no-progress; -q is its like");
        return ESPBAK_E_USAGE;
    }
    return ESPBAK_OK;
}

static espbak_status check_words(const cli *c, espbak_error *err)
{
    const cli_command *command = c->command;
    if (check_ports(c, err) != ESPBAK_OK)
        return err->status;
    if (c->word_count >= command->min_words && c->word_count <= command->max_words)
        return ESPBAK_OK;
    if (command->max_words == 0)
        espbak_fail(err, ESPBAK_E_USAGE, "%s takes no arguments, but got '%s'", command->name, c->words[0]);
    else
        espbak_fail(err, ESPBAK_E_USAGE, "%s takes %s, but got %d argument%s", command->name, command->arguments,
                    c->word_count, c->word_count == 1 ? "" : "s");
    espbak_error_suggest(err, (const char *const[]){"help", command->name, NULL});
    espbak_error_hint(err, "its help tells more:");
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

/* Who sits before a terminal can put the plug back; a script is told at once. */
static void wait_for_person(cli *c)
{
    for (size_t i = 0; i < c->command->option_count; i++) {
        const opt_spec *spec = &c->command->options[i];
        if (strcmp(spec->name, "wait") != 0)
            continue;
        opt_number *wait = (opt_number *)((char *)c->options + spec->offset);
        if (!wait->given && terminal_is_tty(TERMINAL_STDIN) && terminal_is_tty(TERMINAL_STDERR))
            wait->value = WAIT_OPTION_PERSON;
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
    show_sources(c);
    wait_for_person(c);
    if (c->seat == NULL && many_wanted(c))
        return many_run(c, err);
    return observe_trace(&c->watch, c->global.trace, err) == ESPBAK_OK ? c->command->run(c, err) : err->status;
}

static espbak_status dispatch(cli *c, espbak_error *err)
{
    const espbak_status parsed = parse(c, err);
    c->out.json = c->out.json || c->global.json;
    observe_start(&c->watch, &c->out, &c->global, environment, c->seat != NULL ? c->seat->with : NULL);
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
    espbak_error_suggest(err, (const char *const[]){"backup", NULL});
    espbak_error_suggest(err, (const char *const[]){"--help", NULL});
    espbak_error_hint(err, "save the attached device, or see what else there is:");
    return ESPBAK_E_USAGE;
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
    report_error(&c->watch.messages, err, code, &c->advice);
    return code;
}

/* Whoever pressed Ctrl-C knows why; where in the work it was is of no use. */
static void say_interrupted(cli *c, espbak_error *err)
{
    char why[PASTE_MAX];
    snprintf(why, sizeof(why), "%s", c->advice.again[0] != '\0' ? c->advice.why : "the flash was not changed");
    espbak_fail(err, ESPBAK_E_CANCELLED, "interrupted; %.*s", (int)strcspn(why, ";"), why);
    snprintf(c->advice.why, sizeof(c->advice.why), "%s", why[strcspn(why, ";")] == ';' ? strchr(why, ';') + 2 : why);
}

/* Errors are reported in both streams; what cannot be written to standard output is an error too. */
static int finish(cli *c, espbak_status status, espbak_error *err)
{
    progress_rest(&c->watch.bar);
    espbak_error late = {0};
    if (trace_close(&c->watch.trace, &late) != ESPBAK_OK)
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "%s", late.message);
    int code = exit_code_of(status, err->flash_changed);
    if (code == EXIT_UNFINISHED && status != ESPBAK_E_REFUSED) { /* that would be refused again */
        snprintf(c->advice.why, sizeof(c->advice.why), "the flash was changed and is not complete; run again:");
        paste_again(c, c->advice.again, err->next_loader, NULL);
    }
    if (status == ESPBAK_E_CANCELLED)
        say_interrupted(c, err);
    /* Whoever sees both streams on one terminal gets the result before the verdict. */
    if (!c->out.json)
        (void)fflush(c->out.stream);
    if (status != ESPBAK_OK) {
        paste_of_error(c, err, &c->advice);
        report_error(&c->watch.messages, err, code, &c->advice);
        report_add_error(cJSON_AddObjectToObject(output_root(&c->out), "error"), err, code, &c->advice);
    }
    observe_warnings(&c->watch, &c->out);
    if (c->seat != NULL) {
        c->seat->document = c->out.root;
        return code;
    }
    espbak_error_clear(&late);
    if (output_finish(&c->out, &late) != ESPBAK_OK && status == ESPBAK_OK)
        code = output_lost(c, &late);
    return c->worst != 0 ? c->worst : code;
}

static int run(cli_seat *seat, int argc, char **argv)
{
    espbak_error err = {0};
    cli c = {.argc = argc,
             .argv = argv,
             .seat = seat,
             .run_at = run,
             .cancel = seat != NULL ? seat->cancel : signals_install()};
    c.commands = commands_all(&c.command_count);
    c.out = (output){.stream = seat != NULL ? seat->result : stdout, .json = asks_for_json(argc, argv)};
    const espbak_status status = dispatch(&c, &err);
    const int code = finish(&c, status, &err);
    if (c.temporary != NULL)
        file_remove_all(c.temporary);
    free(c.temporary);
    report_free(&c.watch.messages);
    config_free(&c.files);
    paste_free(&c.advice);
    free(c.options);
    free((void *)c.words);
    return code;
}

int cli_main(int argc, char **argv)
{
    terminal_guard_streams();
    return run(NULL, argc, argv);
}
