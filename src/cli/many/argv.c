/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many/argv.h"

#include <stdlib.h>
#include <string.h>

typedef struct words {
    char **all;
    int count;
    bool named; /* the port stands there */
    bool lost;  /* out of memory */
} words;

static void add(words *w, const char *prefix, size_t prefix_size, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(prefix_size + size);
    w->lost = w->lost || copy == NULL;
    if (copy == NULL)
        return;
    memcpy(copy, prefix, prefix_size);
    memcpy(copy + prefix_size, text, size);
    w->all[w->count++] = copy;
}

/* The port that was given by this word, or within it; NULL: none. */
static const char *port_in(const cli *c, const char *word)
{
    for (size_t i = 0; i < c->global.ports.count; i++) {
        const char *port = c->global.ports.all[i];
        if (port >= word && port <= word + strlen(word))
            return port;
    }
    return NULL;
}

static bool is_port_flag(const char *word)
{
    return strcmp(word, "-p") == 0 || strcmp(word, "--port") == 0;
}

static bool names_one_of_several(const char *word)
{
    return strcmp(word, "--all-ports") == 0 || strcmp(word, "--all_ports") == 0;
}

/* "--jobs 4", "--jobs=4", "-j4": how many words it takes, 0 for anything else. */
static int jobs_words(const char *word)
{
    if (strcmp(word, "--jobs") == 0 || strcmp(word, "-j") == 0)
        return 2;
    return strncmp(word, "--jobs=", 7) == 0 || (strncmp(word, "-j", 2) == 0 && word[2] != '\0') ? 1 : 0;
}

/* "-p A" and "--port=A" once, "-vp A" with what else is in it. */
static void put_port(words *w, const char *word, const char *given, const char *port)
{
    const size_t before = (size_t)(given - word);
    if (!w->named || (before > 0 && word[1] != '-' && word[1] != 'p')) {
        add(w, word, before, port);
        w->named = true;
    } else if (before == 0 && w->count > 0 && is_port_flag(w->all[w->count - 1])) {
        free(w->all[--w->count]);
    } else if (before == 0) {
        add(w, "", 0, port);
    }
}

/* A port that was not given by a word of its own: a file of settings or --all-ports. */
static void name_port(words *w, const char *port)
{
    add(w, "", 0, "-p");
    add(w, "", 0, port);
    w->named = true;
}

static void put_word(words *w, const cli *c, int i, const char *port)
{
    const char *word = c->argv[i], *given = port_in(c, word);
    if (given != NULL)
        put_port(w, word, given, port);
    else if (!names_one_of_several(word))
        add(w, "", 0, word);
    else if (!w->named)
        name_port(w, port);
}

static char **finish(words *w, int *argc)
{
    *argc = w->count;
    if (!w->lost)
        return w->all;
    many_argv_free(w->all);
    return NULL;
}

char **many_argv(const cli *c, const char *port, int *argc)
{
    words w = {.all = calloc((size_t)c->argc + 3, sizeof(w.all[0]))};
    bool options = true;
    if (w.all == NULL)
        return NULL;
    add(&w, "", 0, c->argv[0]);
    for (int i = 1; i < c->argc && !w.lost; i++) {
        options = options && strcmp(c->argv[i], "--") != 0;
        const int skipped = options ? jobs_words(c->argv[i]) : 0;
        if (skipped > 0)
            i += skipped - 1;
        else if (options)
            put_word(&w, c, i, port);
        else
            add(&w, "", 0, c->argv[i]);
    }
    return finish(&w, argc);
}

/* How many words an option of this command takes here; 0 for anything else. */
static int own_words(const cli *c, const char *word)
{
    for (size_t i = 0; i < c->command->option_count && strncmp(word, "--", 2) == 0; i++) {
        const opt_spec *spec = &c->command->options[i];
        const size_t length = strlen(spec->name);
        if (strncmp(word + 2, spec->name, length) != 0)
            continue;
        if (word[2 + length] == '=')
            return 1;
        if (word[2 + length] == '\0')
            return opt_takes_value(spec) ? 2 : 1;
    }
    return 0;
}

char **many_argv_of_job(const cli *c, const char *port, const char *const *job, int *argc)
{
    words w = {.all = NULL};
    size_t room = (size_t)c->argc + 5;
    int i = 1;
    for (size_t k = 0; job[k] != NULL; k++)
        room++;
    w.all = calloc(room, sizeof(w.all[0]));
    if (w.all == NULL)
        return NULL;
    add(&w, "", 0, c->argv[0]);
    for (; i < c->argc && strcmp(c->argv[i], "--") != 0; i++) {
        const int skipped = i == c->command_at ? 1 : own_words(c, c->argv[i]) + jobs_words(c->argv[i]);
        if (skipped > 0)
            i += skipped - 1;
        else
            put_word(&w, c, i, port);
    }
    if (!w.named)
        name_port(&w, port);
    add(&w, "", 0, "--json");
    for (; *job != NULL; job++)
        add(&w, "", 0, *job);
    for (i++; i < c->argc; i++)
        add(&w, "", 0, c->argv[i]);
    return finish(&w, argc);
}

void many_argv_free(char **argv)
{
    for (char **word = argv; word != NULL && *word != NULL; word++)
        free(*word);
    free((void *)argv);
}
