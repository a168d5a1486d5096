/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

/*
 * The words for the values of an enum, once for all who need them: text for people, JSON and manifests. A table stands
 * in the layer that owns the enum; programs get at it by functions such as espbak_loader_name.
 */

#include <stdbool.h>
#include <stddef.h>

/* One value; the table is indexed by it. */
typedef struct word_row {
    const char *name;   /* a token, as it stands in JSON, in manifests and behind labels */
    const char *phrase; /* in sentences, where that is another; else NULL */
    const char *former; /* a name it had before, still read; else NULL */
} word_row;

typedef struct word_table {
    const word_row *rows;
    size_t count;
} word_table;

#define WORD_TABLE(array) {(array), sizeof(array) / sizeof((array)[0])}

/* "unknown" for a value that the table does not have. */
const char *words_name(const word_table *table, size_t value);
const char *words_phrase(const word_table *table, size_t value);

/* The value with this name; false where there is none. */
bool words_find(const word_table *table, const char *name, size_t *value);

/* Of espbak/device.h. */
extern const word_table loader_words, size_source_words, size_proof_words;

#endif
