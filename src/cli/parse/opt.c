/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/opt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/parse/suggest.h"

enum { NAME_MAX_LENGTH = 48 };

bool opt_same_name(const char *a, const char *b)
{
    for (; *a != '\0' || *b != '\0'; a++, b++) {
        const char x = *a == '_' ? '-' : *a;
        const char y = *b == '_' ? '-' : *b;
        if (x != y)
            return false;
    }
    return true;
}

/* The row for a choice's name, NULL when there is none. */
static const opt_choice *find_choice(const opt_choice *choices, const char *name)
{
    for (; choices->name != NULL; choices++) {
        if (opt_same_name(choices->name, name))
            return choices;
    }
    return NULL;
}

static const opt_spec *find_long(const opt_parser *parser, const char *name, void **values)
{
    for (size_t s = 0; s < OPT_SETS_MAX; s++) {
        for (size_t i = 0; i < parser->sets[s].count; i++) {
            if (opt_same_name(parser->sets[s].specs[i].name, name)) {
                *values = parser->sets[s].values;
                return &parser->sets[s].specs[i];
            }
        }
    }
    return NULL;
}

static const opt_spec *find_letter(const opt_parser *parser, char letter, void **values)
{
    for (size_t s = 0; s < OPT_SETS_MAX; s++) {
        for (size_t i = 0; i < parser->sets[s].count; i++) {
            if (parser->sets[s].specs[i].letter == letter) {
                *values = parser->sets[s].values;
                return &parser->sets[s].specs[i];
            }
        }
    }
    return NULL;
}

static espbak_status unknown_option(const opt_parser *parser, const char *name, espbak_error *err)
{
    suggest near;
    suggest_start(&near, name);
    for (size_t s = 0; s < OPT_SETS_MAX; s++) {
        for (size_t i = 0; i < parser->sets[s].count; i++)
            suggest_offer(&near, parser->sets[s].specs[i].name);
    }
    espbak_fail(err, ESPBAK_E_USAGE, "there is no option --%s here", name);
    if (near.best != NULL)
        espbak_error_hint(err, "did you mean --%s?", near.best);
    else if (parser->sets[1].values == NULL)
        espbak_error_hint(err, "options of a command stand behind its name; --help lists the others");
    else
        espbak_error_hint(err, "add --help to see the options of this command");
    return ESPBAK_E_USAGE;
}

bool opt_takes_value(const opt_spec *spec)
{
    return spec->kind != OPT_FLAG && spec->kind != OPT_COUNT;
}

static espbak_status bad_choice(const opt_spec *spec, const char *text, espbak_error *err)
{
    suggest near;
    char all[256] = "";
    suggest_start(&near, text);
    for (const opt_choice *c = spec->choices; c->name != NULL; c++) {
        suggest_offer(&near, c->name);
        const size_t used = strlen(all);
        snprintf(all + used, sizeof(all) - used, "%s%s", used > 0 ? ", " : "", c->name);
    }
    espbak_fail(err, ESPBAK_E_USAGE, "option --%s cannot be '%s'", spec->name, text);
    if (near.best != NULL)
        espbak_error_hint(err, "did you mean %s? possible are: %s", near.best, all);
    else
        espbak_error_hint(err, "possible are: %s", all);
    return ESPBAK_E_USAGE;
}

static espbak_status add_text(opt_texts *texts, const char *name, const char *text, espbak_error *err)
{
    if (texts->count == OPT_TEXTS_MAX)
        return espbak_fail(err, ESPBAK_E_USAGE, "option --%s is given more than %d times", name, OPT_TEXTS_MAX);
    texts->all[texts->count++] = text;
    return ESPBAK_OK;
}

static espbak_status store(const opt_spec *spec, void *values, const char *text, espbak_error *err)
{
    void *slot = (char *)values + spec->offset;
    char what[NAME_MAX_LENGTH + 16];
    const opt_choice *choice;
    opt_number number = {.given = true};
    snprintf(what, sizeof(what), "option --%s", spec->name);
    switch (spec->kind) {
    case OPT_FLAG:
        *(bool *)slot = true;
        break;
    case OPT_COUNT:
        ++*(unsigned *)slot;
        break;
    case OPT_TEXT:
        *(const char **)slot = text;
        break;
    case OPT_TEXTS:
        return add_text(slot, spec->name, text, err);
    case OPT_NUMBER:
        choice = spec->choices != NULL ? find_choice(spec->choices, text) : NULL;
        if (choice != NULL) {
            *(opt_number *)slot = (opt_number){.word = choice->value};
            break;
        }
        if (opt_parse_number(text, spec->max, what, &number.value, err) != ESPBAK_OK)
            return err->status;
        *(opt_number *)slot = number;
        break;
    case OPT_CHOICE:
        choice = find_choice(spec->choices, text);
        if (choice == NULL)
            return bad_choice(spec, text, err);
        *(int *)slot = choice->value;
        break;
    }
    return ESPBAK_OK;
}

/* Something that starts like another option is one: "-p --json" lacks a port. "-" and "-5" are values. */
static bool looks_like_option(const char *text)
{
    return text[0] == '-' && text[1] != '\0' && !isdigit((unsigned char)text[1]) && text[1] != '.';
}

static espbak_status take_value(opt_parser *parser, const opt_spec *spec, const char **value, espbak_error *err)
{
    const char *following = parser->next < parser->argc ? parser->argv[parser->next] : NULL;
    if (following == NULL || looks_like_option(following)) {
        espbak_fail(err, ESPBAK_E_USAGE, "option --%s needs a value", spec->name);
        espbak_error_hint(err, "write --%s=%s", spec->name,
                          spec->kind == OPT_CHOICE ? spec->choices->name : spec->value);
        return ESPBAK_E_USAGE;
    }
    parser->next++;
    *value = following;
    return ESPBAK_OK;
}

/* Which of two values is meant cannot be known. */
static espbak_status give(opt_parser *parser, const opt_spec *spec, void *values, const char *value, espbak_error *err)
{
    for (size_t s = 0; s < OPT_SETS_MAX && opt_takes_value(spec); s++) {
        const opt_set *set = &parser->sets[s];
        for (size_t i = 0; i < set->count; i++) {
            const uint64_t bit = UINT64_C(1) << i % 64;
            if (&set->specs[i] != spec)
                continue;
            const void *slot = (const char *)values + spec->offset;
            const bool same = spec->kind == OPT_TEXT && (parser->given[s] & bit) != 0 &&
                              strcmp(*(const char *const *)slot, value) == 0;
            if ((parser->given[s] & bit) != 0 && !same && spec->kind != OPT_TEXTS) {
                espbak_fail(err, ESPBAK_E_USAGE, "option --%s is given twice, the second time as '%s'", spec->name,
                            value);
                espbak_error_hint(err, "give it once");
                return ESPBAK_E_USAGE;
            }
            parser->given[s] |= bit;
        }
    }
    return store(spec, values, value, err);
}

static espbak_status parse_long(opt_parser *parser, const char *text, espbak_error *err)
{
    char name[NAME_MAX_LENGTH];
    const char *equals = strchr(text, '=');
    const size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
    if (length >= sizeof(name))
        return espbak_fail(err, ESPBAK_E_USAGE, "there is no option --%.40s... here", text);
    memcpy(name, text, length);
    name[length] = '\0';

    void *values = NULL;
    const opt_spec *spec = find_long(parser, name, &values);
    if (spec == NULL)
        return unknown_option(parser, name, err);
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (!opt_takes_value(spec) && value != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "option --%s takes no value, but got '%s'", spec->name, value);
    if (opt_takes_value(spec) && value == NULL && take_value(parser, spec, &value, err) != ESPBAK_OK)
        return err->status;
    return give(parser, spec, values, value, err);
}

/* "-vv", "-yv", "-p PORT" and "-pPORT". */
static espbak_status parse_letters(opt_parser *parser, const char *letters, espbak_error *err)
{
    for (; *letters != '\0'; letters++) {
        void *values = NULL;
        const opt_spec *spec = find_letter(parser, *letters, &values);
        if (spec == NULL) {
            espbak_fail(err, ESPBAK_E_USAGE, "there is no option -%c here", *letters);
            espbak_error_hint(err, "add --help to see the options");
            return ESPBAK_E_USAGE;
        }
        const char *value = NULL;
        if (opt_takes_value(spec) && letters[1] != '\0') {
            value = letters + 1;
            letters += strlen(letters) - 1;
        } else if (opt_takes_value(spec) && take_value(parser, spec, &value, err) != ESPBAK_OK) {
            return err->status;
        }
        if (give(parser, spec, values, value, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

const opt_spec *opt_named(const opt_parser *parser, const char *word)
{
    void *ignored;
    if (word[0] != '-')
        return NULL;
    if (word[1] != '-') {
        const size_t length = strlen(word);
        return length > 1 ? find_letter(parser, word[length - 1], &ignored) : NULL;
    }
    char name[NAME_MAX_LENGTH];
    const size_t length = strcspn(word + 2, "=");
    if (length >= sizeof(name))
        return NULL;
    memcpy(name, word + 2, length);
    name[length] = '\0';
    return find_long(parser, name, &ignored);
}

/* What esptool has behind one dash: "-fm dio". NULL for anything else. */
static const char *long_name(const char *word)
{
    static const char *const rows[][2] = {
        {"fm", "flash-mode"}, {"ff", "flash-freq"}, {"fs", "flash-size"}, {"sc", "spi-connection"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i][0], word) == 0)
            return rows[i][1];
    }
    return NULL;
}

espbak_status opt_next(opt_parser *parser, const char **word, espbak_error *err)
{
    *word = NULL;
    while (parser->next < parser->argc) {
        const char *text = parser->argv[parser->next++];
        espbak_status status = ESPBAK_OK;
        if (parser->only_words || !looks_like_option(text)) {
            *word = text;
            return ESPBAK_OK;
        }
        if (strcmp(text, "--") == 0)
            parser->only_words = true;
        else if (text[1] == '-')
            status = parse_long(parser, text + 2, err);
        else if (long_name(text + 1) != NULL)
            status = parse_long(parser, long_name(text + 1), err);
        else
            status = parse_letters(parser, text + 1, err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}
