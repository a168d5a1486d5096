/* SPDX-License-Identifier: Apache-2.0 */
/* Layout: ESP-IDF nvs_flash documentation, "Structure of a page" and "Structure of entry". */
#include <stdlib.h>

#include "base/bytes.h"
#include "image/crc32.h"
#include "image/nvs/nvs_parts.h"

enum {
    BITMAP_AT = 32,
};

espbak_nvs_page_state nvs_page_state_of(const uint8_t *page)
{
    static const struct {
        uint32_t word;
        espbak_nvs_page_state state;
    } states[] = {
        {NVS_PAGE_WORD_ACTIVE, ESPBAK_NVS_PAGE_ACTIVE},
        {NVS_PAGE_WORD_FULL, ESPBAK_NVS_PAGE_FULL},
        {0xFFFFFFF8, ESPBAK_NVS_PAGE_FREEING},
        {0xFFFFFFF0, ESPBAK_NVS_PAGE_CORRUPT},
    };
    const uint32_t word = bytes_get_le32(page);
    if (bytes_are_all(page, ESPBAK_NVS_PAGE_SIZE, 0xFF))
        return ESPBAK_NVS_PAGE_EMPTY;
    if (bytes_get_le32(page + NVS_HEADER_CRC_AT) != crc32_esp(page + 4, NVS_HEADER_CRC_AT - 4) ||
        (page[8] != NVS_VERSION_1 && page[8] != NVS_VERSION_2))
        return ESPBAK_NVS_PAGE_INVALID;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (states[i].word == word)
            return states[i].state;
    }
    return ESPBAK_NVS_PAGE_INVALID;
}

unsigned nvs_entry_state(const uint8_t *page, unsigned index)
{
    return page[BITMAP_AT + index / 4] >> index % 4 * 2 & 3;
}

void nvs_set_entry_state(uint8_t *page, unsigned index, unsigned state)
{
    uint8_t *at = page + BITMAP_AT + index / 4;
    *at = (uint8_t)((*at & ~(3U << index % 4 * 2)) | state << index % 4 * 2);
}

uint32_t nvs_entry_crc(const uint8_t *entry)
{
    return crc32_update(crc32_esp(entry, 4), entry + NVS_KEY_AT, NVS_ENTRY_SIZE - NVS_KEY_AT);
}

static bool header_right(const uint8_t *entry)
{
    return nvs_entry_crc(entry) == bytes_get_le32(entry + 4);
}

static bool span_fits(const uint8_t *entry, unsigned index)
{
    return entry[2] != 0 && entry[2] <= ESPBAK_NVS_PAGE_ENTRIES - index;
}

bool nvs_entry_holds(const uint8_t *entry, unsigned index)
{
    return header_right(entry) && span_fits(entry, index);
}

static uint32_t fixed_size(uint8_t type)
{
    const bool known = (type & 0xE0) == 0 && (type & 15) != 0 && (type & (type - 1) & 15) == 0;
    return known ? type & 15u : 0;
}

bool nvs_has_data_behind(uint8_t type)
{
    return type == ESPBAK_NVS_STRING || type == ESPBAK_NVS_BLOB || type == ESPBAK_NVS_BLOB_DATA;
}

/* False for an entry that says what cannot be. */
static bool take_entry(nvs_entry *entry, const uint8_t *bytes, uint64_t offset)
{
    const uint8_t span = bytes[2];
    *entry = (nvs_entry){
        .space_index = bytes[0],
        .type = bytes[1],
        .chunk = bytes[3],
        .size = fixed_size(bytes[1]),
        .offset = offset + NVS_DATA_AT,
        .intact = true,
    };
    bytes_printable(entry->key, sizeof(entry->key), (const char *)bytes + NVS_KEY_AT, NVS_DATA_AT - NVS_KEY_AT);
    if (nvs_has_data_behind(entry->type)) {
        entry->size = bytes_get_le16(bytes + NVS_DATA_AT);
        entry->offset = offset + NVS_ENTRY_SIZE;
        if (entry->size > (span - 1u) * NVS_ENTRY_SIZE)
            return false;
        entry->intact = crc32_esp(bytes + NVS_ENTRY_SIZE, entry->size) == bytes_get_le32(bytes + 28);
    } else if (entry->type == ESPBAK_NVS_BLOB_INDEX) {
        entry->size = bytes_get_le32(bytes + NVS_DATA_AT);
        entry->chunk_count = bytes[28];
        entry->first_chunk = bytes[29];
    }
    return entry->size != 0 || nvs_has_data_behind(entry->type) || entry->type == ESPBAK_NVS_BLOB_INDEX;
}

static espbak_status append(espbak_nvs *nvs, const nvs_entry *entry, espbak_error *err)
{
    if (nvs->entry_count == nvs->entry_capacity) {
        const size_t capacity = nvs->entry_capacity == 0 ? ESPBAK_NVS_PAGE_ENTRIES : 2 * nvs->entry_capacity;
        nvs_entry *larger = realloc(nvs->entries, capacity * sizeof(*larger));
        if (larger == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory for %zu entries of NVS", capacity);
        nvs->entries = larger;
        nvs->entry_capacity = capacity;
    }
    nvs->entries[nvs->entry_count++] = *entry;
    return ESPBAK_OK;
}

/* One written entry; *span is how many follow each other for it, 1 when that cannot be told. */
static espbak_status take_written(espbak_nvs *nvs, uint64_t offset, const uint8_t *page, unsigned index, unsigned *span,
                                  size_t *damaged, espbak_error *err)
{
    const size_t at = NVS_ENTRIES_AT + (size_t)index * NVS_ENTRY_SIZE;
    const uint8_t *bytes = page + at;
    nvs_entry entry;
    *span = 1;
    const bool right = header_right(bytes);
    nvs->headers_right += right;
    if (!right || !span_fits(bytes, index) || !take_entry(&entry, bytes, offset + at)) {
        ++*damaged;
        return ESPBAK_OK;
    }
    *damaged += !entry.intact;
    *span = bytes[2];
    entry.order = bytes_get_le32(page + 4);
    return append(nvs, &entry, err);
}

espbak_status nvs_take_page(espbak_nvs *nvs, uint64_t offset, const uint8_t *page, nvs_page_report *report,
                            espbak_error *err)
{
    const espbak_nvs_page_state state = nvs_page_state_of(page);
    *report = (nvs_page_report){.state = state};
    nvs->summary.page_states[state]++;
    if (state != ESPBAK_NVS_PAGE_ACTIVE && state != ESPBAK_NVS_PAGE_FULL && state != ESPBAK_NVS_PAGE_FREEING)
        return ESPBAK_OK;
    for (unsigned i = 0, span = 1; i < ESPBAK_NVS_PAGE_ENTRIES; i += span) {
        span = 1;
        const unsigned written = nvs_entry_state(page, i);
        nvs->summary.erased += written == NVS_ENTRY_ERASED;
        if (written != NVS_ENTRY_WRITTEN)
            continue;
        const espbak_status status = take_written(nvs, offset, page, i, &span, &report->damaged, err);
        if (status != ESPBAK_OK)
            return status;
        nvs->summary.written += span;
    }
    nvs->summary.damaged += report->damaged;
    return ESPBAK_OK;
}
