/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"

#include <string.h>

const char *words_name(const word_table *table, size_t value)
{
    return value < table->count ? table->rows[value].name : "unknown";
}

const char *words_phrase(const word_table *table, size_t value)
{
    const bool own = value < table->count && table->rows[value].phrase != NULL;
    return own ? table->rows[value].phrase : words_name(table, value);
}

bool words_find(const word_table *table, const char *name, size_t *value)
{
    for (size_t i = 0; i < table->count; i++) {
        const word_row *row = &table->rows[i];
        if (strcmp(row->name, name) == 0 || (row->former != NULL && strcmp(row->former, name) == 0)) {
            *value = i;
            return true;
        }
    }
    return false;
}
