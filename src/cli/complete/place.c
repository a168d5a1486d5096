/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete/place.h"

#include <string.h>

static void take_word(place *at, const cli *c, const char *word)
{
    if (at->command != NULL) {
        if (at->word_count < PLACE_WORDS_MAX)
            at->words[at->word_count++] = word;
        return;
    }
    at->command = command_named(c->commands, c->command_count, word);
    if (at->command != NULL)
        at->parser.sets[1] = (opt_set){at->command->options, at->command->option_count, NULL};
}

static bool is_option(const place *at, const char *word)
{
    return !at->only_words && word[0] == '-' && word[1] != '\0';
}

/* The option whose value follows in the next word, NULL when none does. */
static const opt_spec *take_option(place *at, const char *word)
{
    if (strcmp(word, "--") == 0) {
        at->only_words = true;
        return NULL;
    }
    const opt_spec *spec = opt_named(&at->parser, word);
    return spec != NULL && opt_takes_value(spec) && strchr(word, '=') == NULL ? spec : NULL;
}

void place_find(place *out, const cli *c, const char *const *words, size_t count)
{
    *out = (place){.typed = count > 0 ? words[count - 1] : "", .before = ""};
    out->parser.sets[0].specs = settings_specs(&out->parser.sets[0].count);
    for (size_t i = 0; i + 1 < count; i++) {
        if (out->option != NULL)
            out->option = NULL;
        else if (is_option(out, words[i]))
            out->option = take_option(out, words[i]);
        else
            take_word(out, c, words[i]);
    }
    const char *equals = strchr(out->typed, '=');
    if (out->option == NULL && is_option(out, out->typed) && equals != NULL) {
        out->option = opt_named(&out->parser, out->typed);
        out->before = out->typed;
        out->before_length = (int)(equals + 1 - out->typed);
        out->typed = equals + 1;
    }
}
