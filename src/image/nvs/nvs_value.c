/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/words.h"
#include "image/nvs/nvs_parts.h"

const char *espbak_nvs_type_name(uint8_t type)
{
    static const struct {
        uint8_t type;
        const char *name;
    } names[] = {
        {ESPBAK_NVS_U8, "u8"},     {ESPBAK_NVS_U16, "u16"},        {ESPBAK_NVS_U32, "u32"},
        {ESPBAK_NVS_U64, "u64"},   {ESPBAK_NVS_I8, "i8"},          {ESPBAK_NVS_I16, "i16"},
        {ESPBAK_NVS_I32, "i32"},   {ESPBAK_NVS_I64, "i64"},        {ESPBAK_NVS_STRING, "string"},
        {ESPBAK_NVS_BLOB, "blob"}, {ESPBAK_NVS_BLOB_DATA, "blob"}, {ESPBAK_NVS_BLOB_INDEX, "blob"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].type == type)
            return names[i].name;
    }
    return "unknown";
}

static espbak_status read_entry(const espbak_nvs *nvs, const nvs_entry *entry, uint8_t *value, espbak_error *err)
{
    if (entry->size == 0)
        return ESPBAK_OK;
    return nvs->reader.read(nvs->reader.ctx, entry->offset, value, entry->size, err);
}

static espbak_status read_pieces(const espbak_nvs *nvs, const espbak_nvs_item *item, uint8_t *value, espbak_error *err)
{
    const nvs_entry *index = &nvs->entries[item->at];
    espbak_status status = ESPBAK_OK;
    size_t done = 0;
    for (unsigned i = 0; i < item->pieces && status == ESPBAK_OK; i++) {
        const nvs_entry *piece = nvs_find_piece(nvs, index, index->first_chunk + i);
        if (piece == NULL)
            continue;
        status = read_entry(nvs, piece, value + done, err);
        done += piece->size;
    }
    return status;
}

espbak_status espbak_nvs_read_value(const espbak_nvs *nvs, const espbak_nvs_item *item, uint8_t **value,
                                    espbak_error *err)
{
    *value = malloc(item->size > 0 ? item->size : 1);
    if (*value == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory for the value of %s", item->key);
    espbak_status status = ESPBAK_OK;
    if (item->type == ESPBAK_NVS_BLOB_INDEX)
        status = read_pieces(nvs, item, *value, err);
    else
        status = read_entry(nvs, &nvs->entries[item->at], *value, err);
    if (status != ESPBAK_OK) {
        free(*value);
        *value = NULL;
    }
    return status;
}

static uint64_t number_of(const espbak_nvs_item *item, const uint8_t *value)
{
    const bool is_signed = (item->type & 0x10) != 0;
    uint64_t number = is_signed && (value[item->size - 1] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = item->size; i-- > 0;)
        number = number << 8 | value[i];
    return number;
}

static void hex_text(const espbak_nvs_item *item, const uint8_t *value, char *out, size_t capacity)
{
    static const char dots[] = "...";
    size_t bytes = item->size;
    if (2 * bytes + 1 <= capacity) {
        bytes_to_hex(out, value, bytes);
        return;
    }
    bytes = capacity > sizeof(dots) ? (capacity - sizeof(dots)) / 2 : 0;
    out[0] = '\0';
    if (bytes == 0)
        return;
    bytes_to_hex(out, value, bytes);
    memcpy(out + 2 * bytes, dots, sizeof(dots));
}

void espbak_nvs_value_text(const espbak_nvs_item *item, const uint8_t *value, char *out, size_t capacity)
{
    if (capacity == 0)
        return;
    if (item->type == ESPBAK_NVS_STRING) {
        bytes_printable(out, capacity, (const char *)value, item->size);
        if (strlen(out) + 1 == capacity && capacity > 4 && item->size > capacity)
            memcpy(out + capacity - 4, "...", 4);
    } else if (item->size == 0 || (item->type & 0xE0) != 0) {
        hex_text(item, value, out, capacity);
    } else if ((item->type & 0x10) != 0) {
        snprintf(out, capacity, "%lld", (long long)(int64_t)number_of(item, value));
    } else {
        snprintf(out, capacity, "%llu", (unsigned long long)number_of(item, value));
    }
}

/* Types are compared as they are shown: a blob may change from one page to several and still be the same. */
static espbak_status differs(const espbak_nvs *before, const espbak_nvs_item *a, const espbak_nvs *after,
                             const espbak_nvs_item *b, bool *differ, espbak_error *err)
{
    uint8_t *left = NULL, *right = NULL;
    *differ = a->size != b->size || strcmp(espbak_nvs_type_name(a->type), espbak_nvs_type_name(b->type)) != 0;
    if (*differ)
        return ESPBAK_OK;
    espbak_status status = espbak_nvs_read_value(before, a, &left, err);
    if (status == ESPBAK_OK)
        status = espbak_nvs_read_value(after, b, &right, err);
    if (status == ESPBAK_OK)
        *differ = memcmp(left, right, a->size) != 0;
    free(left);
    free(right);
    return status;
}

/* Below 0 when the first comes first; nothing comes last. */
static int order_of(const espbak_nvs_item *a, const espbak_nvs_item *b)
{
    if (a == NULL || b == NULL)
        return (a == NULL) - (b == NULL);
    const int order = strcmp(a->space, b->space);
    return order != 0 ? order : strcmp(a->key, b->key);
}

espbak_status espbak_nvs_compare(const espbak_nvs *before, const espbak_nvs *after, espbak_nvs_each_change each,
                                 void *user, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0, k = 0; status == ESPBAK_OK;) {
        const espbak_nvs_item *a = espbak_nvs_item_at(before, i), *b = espbak_nvs_item_at(after, k);
        const int order = order_of(a, b);
        bool differ = false;
        if (a == NULL && b == NULL)
            break;
        if (order < 0)
            status = each(user, ESPBAK_NVS_REMOVED, a, NULL, err);
        else if (order > 0)
            status = each(user, ESPBAK_NVS_ADDED, NULL, b, err);
        else
            status = differs(before, a, after, b, &differ, err);
        if (status == ESPBAK_OK && differ)
            status = each(user, ESPBAK_NVS_CHANGED, a, b, err);
        i += order <= 0;
        k += order >= 0;
    }
    return status;
}

static const word_row changes[] = {
    [ESPBAK_NVS_ADDED] = {.name = "added"},
    [ESPBAK_NVS_REMOVED] = {.name = "removed"},
    [ESPBAK_NVS_CHANGED] = {.name = "changed"},
};
static const word_table change_words = WORD_TABLE(changes);

const char *espbak_nvs_change_name(espbak_nvs_change change)
{
    return words_name(&change_words, change);
}
