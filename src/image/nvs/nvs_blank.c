/* SPDX-License-Identifier: Apache-2.0 */
/* Layout as in nvs_page.c. */
#include "image/nvs/nvs_blank.h"

#include <string.h>

#include "base/bytes.h"
#include "image/crc32.h"
#include "image/nvs/nvs_parts.h"

enum {
    MARK_AT = 9, /* behind the version; so many bytes have no meaning */
    MARK_ROOM = 19,
    TYPE_AT = 1,
    SPAN_AT = 2,
    ENTRY_CRC_AT = 4,
    KEY_SIZE = 16,
    DATA_SIZE = 8,
    DATA_CRC_AT = 28,
};

static const char mark[] = "espbak redacted";

static bool header_is_right(const uint8_t *page)
{
    return bytes_get_le32(page + NVS_HEADER_CRC_AT) == crc32_esp(page + 4, NVS_HEADER_CRC_AT - 4);
}

/* Behind the end of a key, and behind the data, stands what was there before. */
static void clear_key(uint8_t *key)
{
    const uint8_t *end = memchr(key, 0, KEY_SIZE);
    const size_t used = end != NULL ? (size_t)(end - key) : KEY_SIZE;
    memset(key + used, 0, KEY_SIZE - used);
}

static void blank_behind(uint8_t *entry, uint8_t span)
{
    uint8_t *data = entry + NVS_ENTRY_SIZE;
    const size_t room = (span - 1u) * NVS_ENTRY_SIZE;
    size_t size = bytes_get_le16(entry + NVS_DATA_AT);
    size = size < room ? size : room;
    memset(data, entry[TYPE_AT] == ESPBAK_NVS_STRING ? 'x' : 0, size);
    if (entry[TYPE_AT] == ESPBAK_NVS_STRING && size > 0)
        data[size - 1] = '\0';
    memset(data + size, 0xFF, room - size);
    memset(entry + NVS_DATA_AT + 2, 0xFF, 2);
    bytes_put_le32(entry + DATA_CRC_AT, crc32_esp(data, size));
}

/* Returns whether there was a value: names of namespaces, and what says of which pieces a blob is, are none. */
static bool blank_entry(uint8_t *entry, uint8_t span)
{
    const uint8_t type = entry[TYPE_AT];
    const size_t number = type & 15u;
    const bool names_space = entry[0] == 0 && type == ESPBAK_NVS_U8, is_index = type == ESPBAK_NVS_BLOB_INDEX;
    clear_key(entry + NVS_KEY_AT);
    if (nvs_has_data_behind(type))
        blank_behind(entry, span);
    else if (names_space)
        memset(entry + NVS_DATA_AT + 1, 0xFF, DATA_SIZE - 1);
    else if (is_index)
        memset(entry + NVS_DATA_AT + 6, 0xFF, DATA_SIZE - 6);
    else {
        memset(entry + NVS_DATA_AT, 0xFF, DATA_SIZE);
        memset(entry + NVS_DATA_AT, 0, number < DATA_SIZE ? number : DATA_SIZE);
    }
    if (!nvs_has_data_behind(type))
        memset(entry + NVS_ENTRY_SIZE, 0xFF, (span - 1u) * NVS_ENTRY_SIZE);
    bytes_put_le32(entry + ENTRY_CRC_AT, nvs_entry_crc(entry));
    return !names_space && !is_index;
}

static void mark_page(uint8_t *page)
{
    memset(page + MARK_AT, 0xFF, MARK_ROOM);
    memcpy(page + MARK_AT, mark, sizeof(mark) - 1);
    bytes_put_le32(page + NVS_HEADER_CRC_AT, crc32_esp(page + 4, NVS_HEADER_CRC_AT - 4));
}

size_t nvs_blank_page(uint8_t *page)
{
    size_t values = 0;
    if (bytes_are_all(page, ESPBAK_NVS_PAGE_SIZE, 0xFF))
        return 0;
    if (!header_is_right(page)) {
        memset(page, 0xFF, ESPBAK_NVS_PAGE_SIZE);
        return 0;
    }
    for (unsigned i = 0; i < ESPBAK_NVS_PAGE_ENTRIES;) {
        uint8_t *entry = page + NVS_ENTRIES_AT + (size_t)i * NVS_ENTRY_SIZE;
        const uint8_t span = entry[SPAN_AT];
        if (nvs_entry_state(page, i) == NVS_ENTRY_WRITTEN && nvs_entry_holds(entry, i)) {
            values += blank_entry(entry, span);
            i += span;
            continue;
        }
        memset(entry, 0xFF, NVS_ENTRY_SIZE);
        i++;
    }
    mark_page(page);
    return values;
}

bool nvs_blank_is_done(const uint8_t head[NVS_BLANK_HEAD])
{
    return memcmp(head + MARK_AT, mark, sizeof(mark) - 1) == 0 && header_is_right(head);
}
