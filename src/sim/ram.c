/* SPDX-License-Identifier: Apache-2.0 */
#include "ram.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

void ram_reset(sim_ram *ram)
{
    for (size_t i = 0; i < ram->count; i++)
        free(ram->segments[i].bytes);
    memset(ram, 0, sizeof(*ram));
}

static void forget(sim_ram *ram, size_t index)
{
    free(ram->segments[index].bytes);
    ram->count--;
    memmove(&ram->segments[index], &ram->segments[index + 1], (ram->count - index) * sizeof(ram->segments[0]));
}

static bool overlaps(const sim_ram_segment *segment, uint32_t start, uint32_t size)
{
    return start < (uint64_t)segment->start + segment->size && segment->start < (uint64_t)start + size;
}

bool ram_begin(sim_ram *ram, uint32_t start, uint32_t size)
{
    for (size_t i = ram->count; i-- > 0;) {
        if (overlaps(&ram->segments[i], start, size) || ram->segments[i].start == start)
            forget(ram, i);
    }
    if (ram->count == RAM_SEGMENTS)
        forget(ram, 0);
    if (size > RAM_SEGMENT_MAX)
        return false;
    uint8_t *bytes = calloc(size + 1u, 1);
    if (bytes == NULL)
        return false;
    ram->segments[ram->count++] = (sim_ram_segment){.start = start, .size = size, .filled = 0, .bytes = bytes};
    return true;
}

bool ram_append(sim_ram *ram, const uint8_t *bytes, uint32_t size)
{
    if (ram->count == 0)
        return false;
    sim_ram_segment *segment = &ram->segments[ram->count - 1];
    if (size > segment->size - segment->filled)
        return false;
    memcpy(segment->bytes + segment->filled, bytes, size);
    segment->filled += size;
    return true;
}

bool ram_can_run(const sim_ram *ram, uint32_t entry)
{
    bool inside = false;
    for (size_t i = 0; i < ram->count; i++) {
        const sim_ram_segment *segment = &ram->segments[i];
        if (segment->filled != segment->size)
            return false;
        if (entry >= segment->start && entry - segment->start < segment->size)
            inside = true;
    }
    return inside;
}

bool ram_has_segment(const sim_ram *ram, uint32_t start)
{
    for (size_t i = 0; i < ram->count; i++) {
        if (ram->segments[i].start == start)
            return true;
    }
    return false;
}

bool ram_segment_begins(const sim_ram *ram, uint32_t entry, const uint8_t *bytes, uint32_t size)
{
    for (size_t i = 0; i < ram->count; i++) {
        const sim_ram_segment *segment = &ram->segments[i];
        if (entry >= segment->start && entry - segment->start < segment->size)
            return segment->size >= size && memcmp(segment->bytes, bytes, size) == 0;
    }
    return false;
}

static uint8_t *find(const sim_ram *ram, uint32_t address)
{
    for (size_t i = 0; i < ram->count; i++) {
        const sim_ram_segment *segment = &ram->segments[i];
        if (address >= segment->start && bytes_range_within(address - segment->start, 4, segment->size))
            return segment->bytes + (address - segment->start);
    }
    return NULL;
}

bool ram_read(const sim_ram *ram, uint32_t address, uint32_t *value)
{
    const uint8_t *at = find(ram, address);
    if (at != NULL)
        *value = bytes_get_le32(at);
    return at != NULL;
}

bool ram_write(sim_ram *ram, uint32_t address, uint32_t value)
{
    uint8_t *at = find(ram, address);
    if (at != NULL)
        bytes_put_le32(at, value);
    return at != NULL;
}

bool ram_exists(const sim_chip *chip, uint32_t start, uint32_t size)
{
    for (size_t i = 0; i < SIM_RAM_RANGES; i++) {
        const sim_range *range = &chip->ram[i];
        if (start >= range->start && bytes_range_within(start - range->start, size, range->end - range->start))
            return true;
    }
    return false;
}
