/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP-IDF's components/wear_levelling: WL_Flash.cpp (two copies of a state, behind each a record of 16 bytes for every
 * time that the empty page moved, then the configuration, all at the end of the partition), WL_Ext_Safe.cpp (a sector
 * that was being written when the power went is copied to the last page but the state).
 */
#include "image/files/wear.h"

#include <string.h>

#include "base/bytes.h"
#include "image/crc32.h"

enum {
    STATE = 64, /* bytes of it */
    MAX_POS_AT = 4,
    MOVED_AT = 8,
    PAGE_AT = 20,
    VERSION_AT = 24,
    DEVICE_AT = 28, /* the CRC of version 1 */
    CRC_AT = 60,
    RECORD = 16,
    SECTORS = WEAR_PAGE / WEAR_SECTOR,
    VERSION_OLD = 1,
    VERSION = 2,
};

static uint64_t state_size(const window *bytes)
{
    const uint64_t needed = STATE + bytes->size / WEAR_PAGE * RECORD;
    return (needed + WEAR_PAGE - 1) / WEAR_PAGE * WEAR_PAGE;
}

static uint64_t tail_size(const window *bytes)
{
    return 2 * state_size(bytes) + WEAR_PAGE;
}

wear wear_assume(const window *bytes)
{
    const uint64_t pages = bytes->size / WEAR_PAGE * WEAR_PAGE, tail = tail_size(bytes) + WEAR_PAGE;
    return (wear){.levelled = true, .size = pages > tail ? pages - tail : 0};
}

static bool is_state(const uint8_t state[STATE])
{
    if (bytes_get_le32(state + PAGE_AT) != WEAR_PAGE)
        return false;
    switch (bytes_get_le32(state + VERSION_AT)) {
    case VERSION:
        return bytes_get_le32(state + CRC_AT) == crc32_esp(state, CRC_AT);
    case VERSION_OLD:
        return bytes_get_le32(state + DEVICE_AT) == crc32_esp(state, DEVICE_AT);
    default:
        return false;
    }
}

/* Version 2 has CRCs of numbers that nothing else has; in version 1 the first byte is written. */
static bool is_record(const uint8_t record[RECORD], const uint8_t state[STATE], uint32_t index)
{
    if (bytes_get_le32(state + VERSION_AT) == VERSION_OLD)
        return record[0] != 0xFF;
    for (uint32_t i = 0; i < 4; i++) {
        uint8_t number[4];
        bytes_put_le32(number, bytes_get_le32(state + DEVICE_AT) + index * 4 + i);
        if (bytes_get_le32(record + (size_t)i * 4) != crc32_esp(number, sizeof(number)))
            return false;
    }
    return true;
}

/* How often the empty page has moved in this round. */
static uint32_t count_records(window *bytes, uint64_t at, const uint8_t state[STATE], uint64_t pages)
{
    uint8_t record[RECORD];
    const uint32_t most = (uint32_t)bytes_min64(bytes_get_le32(state + MAX_POS_AT), pages);
    uint32_t count = 0;
    while (count + 1 < most && window_read(bytes, at + STATE + (uint64_t)count * RECORD, record, RECORD) &&
           is_record(record, state, count))
        count++;
    return count;
}

/* Safe mode only, whose volume ends two pages earlier: what is there otherwise is a file's, and says nothing likely. */
static void find_saved(wear *layer, window *bytes)
{
    enum { SIGN = 0x12345678, NOTE = 16 };
    uint8_t note[NOTE];
    if (layer->size <= 2 * WEAR_PAGE || !wear_read(layer, bytes, layer->size - 2 * WEAR_PAGE, note, NOTE) ||
        bytes_get_le32(note) != SIGN)
        return;
    layer->saved = layer->size / WEAR_PAGE - 1;
    layer->target = bytes_get_le32(note + 4);
    layer->first = bytes_get_le32(note + 8);
    layer->count = bytes_get_le32(note + 12);
    layer->restored = layer->target + 2 < layer->saved + 1 && layer->first < SECTORS && layer->count <= SECTORS;
}

wear wear_find(window *bytes, bool *damaged)
{
    wear layer = wear_assume(bytes);
    const uint64_t at =
        bytes->size / WEAR_PAGE * WEAR_PAGE - bytes_min64(bytes->size / WEAR_PAGE * WEAR_PAGE, tail_size(bytes));
    uint8_t state[2][STATE];
    *damaged = false;
    if (layer.size == 0 || !window_read(bytes, at, state[0], STATE) ||
        !window_read(bytes, at + state_size(bytes), state[1], STATE))
        return (wear){.size = bytes->size};
    for (unsigned i = 0; i < 2; i++) {
        if (!is_state(state[i]))
            continue;
        const uint64_t pages = layer.size / WEAR_PAGE;
        const uint32_t records = count_records(bytes, at + i * state_size(bytes), state[i], pages + 1);
        layer.dummy = (uint64_t)records * WEAR_PAGE;
        layer.moved = bytes_get_le32(state[i] + MOVED_AT) % pages * WEAR_PAGE;
        find_saved(&layer, bytes);
        return layer;
    }
    *damaged = bytes_get_le32(state[0] + PAGE_AT) == WEAR_PAGE || bytes_get_le32(state[1] + PAGE_AT) == WEAR_PAGE;
    return (wear){.size = bytes->size};
}

uint64_t wear_place(const wear *layer, uint64_t at)
{
    if (!layer->levelled)
        return at;
    if (layer->restored && at / WEAR_PAGE == layer->target) {
        const unsigned sector = (unsigned)(at % WEAR_PAGE / WEAR_SECTOR);
        if (sector < layer->first || sector >= layer->first + layer->count)
            at = layer->saved * WEAR_PAGE + at % WEAR_PAGE;
    }
    const uint64_t moved = (layer->size - layer->moved + at) % layer->size;
    return moved < layer->dummy ? moved : moved + WEAR_PAGE;
}

bool wear_read(const wear *layer, window *bytes, uint64_t at, uint8_t *buffer, size_t size)
{
    if (!bytes_range_within(at, size, layer->size))
        return false;
    if (!layer->levelled)
        return window_read(bytes, at, buffer, size);
    while (size > 0) {
        const size_t part = (size_t)bytes_min64(size, WEAR_SECTOR - at % WEAR_SECTOR);
        if (!window_read(bytes, wear_place(layer, at), buffer, part))
            return false;
        buffer += part;
        at += part;
        size -= part;
    }
    return true;
}
