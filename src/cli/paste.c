/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/paste.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/os/shell.h"

enum { WORDS_MAX = 32, NUMBER_SIZE = 24 };

typedef struct line {
    char *out;
    size_t used;
    shell_kind shell;
    bool cut;
} line;

static void add_word(line *l, const char *word)
{
    if (l->used > 0 && l->used + 1 < PASTE_MAX)
        l->out[l->used++] = ' ';
    l->cut = l->cut || !shell_quote(l->out + l->used, PASTE_MAX - l->used, l->shell, word);
    l->used += l->cut ? 0 : strlen(l->out + l->used);
}

/* One that was started by its path is found by that alone. PowerShell takes a word in quotes for a text. */
static line start(const cli *c, char *out)
{
    line l = {.out = out, .shell = shell_at_hand()};
    const char *own = c->argc > 0 ? c->argv[0] : "";
    out[0] = '\0';
    if (strpbrk(own, "/\\") == NULL)
        own = "espbak";
    add_word(&l, own);
    if (l.shell == SHELL_POWERSHELL && out[0] == '\'' && l.used + 3 < PASTE_MAX) {
        memmove(out + 2, out, l.used + 1);
        memcpy(out, "& ", 2);
        l.used += 2;
    }
    return l;
}

static const char *finish(const line *l)
{
    char shown[PASTE_MAX];
    bytes_printable(shown, sizeof(shown), l->out, l->used);
    /* What a terminal must not be given cannot be copied from it either. */
    if (l->cut || strcmp(shown, l->out) != 0)
        l->out[0] = '\0';
    return l->out;
}

static const char *value_of(const opt_spec *spec, const void *values, char number[NUMBER_SIZE])
{
    const void *slot = (const char *)values + spec->offset;
    const opt_number *given = slot;
    switch (spec->kind) {
    case OPT_TEXT:
        return *(const char *const *)slot;
    case OPT_TEXTS:
        return ((const opt_texts *)slot)->all[0];
    case OPT_NUMBER:
        snprintf(number, NUMBER_SIZE, "0x%llX", (unsigned long long)given->value);
        return given->given ? number : NULL;
    case OPT_CHOICE:
        for (const opt_choice *choice = spec->choices; choice->name != NULL && *(const int *)slot != 0; choice++) {
            if (choice->value == *(const int *)slot)
                return choice->name;
        }
        return NULL;
    default:
        return NULL;
    }
}

/* "-p PORT", or "--note=-x" where the value would be taken for an option. */
static void add_option(line *l, const opt_spec *spec, const void *values)
{
    char number[NUMBER_SIZE], name[64], joined[PASTE_MAX];
    const char *value = value_of(spec, values, number);
    const bool flag = spec->kind == OPT_FLAG && *(const bool *)((const char *)values + spec->offset);
    if (value == NULL && !flag)
        return;
    if (spec->letter != 0 && (value == NULL || value[0] != '-'))
        snprintf(name, sizeof(name), "-%c", spec->letter);
    else
        snprintf(name, sizeof(name), "--%s", spec->name);
    if (value != NULL && value[0] == '-') {
        l->cut = l->cut || (size_t)snprintf(joined, sizeof(joined), "%s=%s", name, value) >= sizeof(joined);
        add_word(l, joined);
        return;
    }
    add_word(l, name);
    if (value != NULL)
        add_word(l, value);
}

static bool has_word(const char *const *words, const opt_spec *spec)
{
    char full[64];
    const char letter[] = {'-', spec->letter, '\0'};
    snprintf(full, sizeof(full), "--%s", spec->name);
    for (; *words != NULL && strcmp(*words, "--") != 0; words++) {
        if (strcmp(*words, full) == 0 || (spec->letter != 0 && strcmp(*words, letter) == 0))
            return true;
    }
    return false;
}

static const opt_spec *find_option(const cli_command *command, const char *name)
{
    for (size_t i = 0; i < command->option_count; i++) {
        if (strcmp(command->options[i].name, name) == 0)
            return &command->options[i];
    }
    return NULL;
}

static void add_globals(line *l, const cli *c, const cli_command *target, const char *const *words)
{
    size_t count;
    const opt_spec *specs = settings_specs(&count);
    for (size_t i = 0; i < count && target != NULL; i++) {
        /* Two names of one option. */
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || specs[k].offset == specs[i].offset;
        if (again)
            continue;
        const unsigned group = settings_group(&specs[i]);
        if ((group & SETTINGS_OF_DEVICE) != 0 && (group & target->ignores) == 0 && !has_word(words, &specs[i]))
            add_option(l, &specs[i], &c->global);
    }
}

/* What this command was told of places counts for the next one as well. */
static void add_own(line *l, const cli *c, const cli_command *target, const char *const *words)
{
    static const struct {
        const char *name;
        bool same_command; /* only there it means the same */
    } rows[] = {{"output", true}, {"profile", false}, {"partition-table", false}, {"table-offset", false}};
    for (size_t i = 0; c->command != NULL && target != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
        const opt_spec *given = find_option(c->command, rows[i].name);
        if (given != NULL && find_option(target, rows[i].name) != NULL && !has_word(words, given) &&
            (!rows[i].same_command || c->command == target))
            add_option(l, given, c->options);
    }
}

/* "--" is only there where something behind it needs it. */
static void add_words(line *l, const char *const *words)
{
    for (; *words != NULL && strcmp(*words, "--") != 0; words++)
        add_word(l, *words);
    bool needed = false;
    for (size_t i = 1; words[0] != NULL && words[i] != NULL; i++)
        needed = needed || words[i][0] == '-';
    for (size_t i = needed ? 0 : 1; words[0] != NULL && words[i] != NULL; i++)
        add_word(l, words[i]);
}

const char *paste_command(const cli *c, char out[PASTE_MAX], const char *const *words)
{
    const cli_command *target = command_named(c->commands, c->command_count, words[0]);
    line l = start(c, out);
    add_globals(&l, c, target, words);
    if (target == NULL) {
        add_words(&l, words);
        return finish(&l);
    }
    add_word(&l, words[0]);
    add_own(&l, c, target, words + 1);
    add_words(&l, words + 1);
    return finish(&l);
}

/* How many words from argv[i] on say which loader: "--loader own" is two. */
static int loader_words(const cli *c, int i)
{
    static const char *const names[] = {"--loader", "--reader"};
    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
        const size_t size = strlen(names[k]);
        if (strncmp(c->argv[i], names[k], size) == 0 && (c->argv[i][size] == '=' || c->argv[i][size] == '\0'))
            return c->argv[i][size] == '=' ? 1 : 2;
    }
    return 0;
}

const char *paste_again(const cli *c, char out[PASTE_MAX], const char *next_loader, const char *const *more)
{
    line l = start(c, out);
    if (next_loader != NULL) {
        add_word(&l, "--loader");
        add_word(&l, next_loader);
    }
    for (int i = 1; i < c->argc; i++) {
        const int left_out = next_loader != NULL ? loader_words(c, i) : 0;
        if (left_out > 0) {
            i += left_out - 1;
            continue;
        }
        add_word(&l, c->argv[i]);
        for (; more != NULL && *more != NULL && i == c->command_at; more++)
            add_word(&l, *more);
    }
    return finish(&l);
}

void paste_show(cli *c, const char *const *words)
{
    char text[PASTE_MAX];
    if (paste_command(c, text, words)[0] != '\0')
        output_command(&c->out, text);
}

void paste_of_error(const cli *c, const espbak_error *err, report_advice *advice)
{
    const char *at = err->commands;
    while (*at != '\0' && advice->count < REPORT_COMMANDS_MAX) {
        const char *words[WORDS_MAX + 1] = {NULL};
        char text[PASTE_MAX];
        for (size_t i = 0; *at != '\0' && i < WORDS_MAX; i++, at += strlen(at) + 1)
            words[i] = at;
        const bool whole = *at == '\0';
        while (*at != '\0')
            at += strlen(at) + 1;
        at++;
        char *copy = whole && paste_command(c, text, words)[0] != '\0' ? bytes_copy_text(text) : NULL;
        if (copy != NULL)
            advice->commands[advice->count++] = copy;
    }
}

void paste_free(report_advice *advice)
{
    for (size_t i = 0; i < advice->count; i++)
        free(advice->commands[i]);
    advice->count = 0;
}
