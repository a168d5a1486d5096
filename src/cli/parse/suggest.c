/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/suggest.h"

#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 32, SHORTEST_BEGINNING = 3 };

static size_t min3(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`. */
static size_t edit_distance(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    if (n > WORD_MAX || m > WORD_MAX)
        return WORD_MAX;
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            const size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost);
            const int swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    }
    return d[n][m];
}

void suggest_start(suggest *s, const char *word)
{
    s->word = word;
    s->best = NULL;
    /* A third of the letters may be wrong; with more it is another word. */
    s->distance = strlen(word) / 3 + 1;
}

void suggest_offer(suggest *s, const char *name)
{
    const size_t length = strlen(s->word);
    /* Only the beginning was written. */
    const bool begins = length >= SHORTEST_BEGINNING && strncmp(name, s->word, length) == 0;
    const size_t distance = begins ? 1 : edit_distance(s->word, name);
    if (distance > s->distance || (distance == s->distance && s->best != NULL))
        return;
    s->best = name;
    s->distance = distance;
}
