/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: ESP-IDF esp_image_format.c, bootloader_memory_utils.h; where its parts stand: the bootloader's bootloader.ld.
 */
#include "image/verdict/boot_segments.h"

enum {
    DATA_ROOM = 0x8000,          /* no bootloader has more data than this */
    STACK_HEADROOM = 0x8000,     /* what the bootloader keeps clear below its stack pointer */
    STACK_USED = 0x400,          /* and about what it has on the stack then: 0x380 to 0x4B0 were measured */
    UNLOADED_BELOW = 0x10000000, /* padding and reserved segments have addresses like 0 */
};

static bool within(espbak_address_range range, uint64_t start, uint64_t end)
{
    return start >= range.start && end <= range.end;
}

static bool overlaps(espbak_address_range range, uint64_t start, uint64_t end)
{
    return range.end > range.start && start < range.end && end > range.start;
}

bool boot_memory_is_mapped(const espbak_boot_memory *chip, uint32_t address)
{
    for (size_t i = 0; i < sizeof(chip->mapped) / sizeof(chip->mapped[0]); i++) {
        if (address >= chip->mapped[i].start && address < chip->mapped[i].end)
            return true;
    }
    return false;
}

bool boot_memory_has_two_buses(const espbak_boot_memory *chip)
{
    return chip->dram.start != chip->iram.start;
}

bool boot_image_is_mapped(const espbak_boot_memory *chip, const espbak_image *image)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        if (image->segments[i].size > 0 && boot_memory_is_mapped(chip, image->segments[i].address))
            return true;
    }
    return false;
}

/* Variables without a value come first, so the data begin before the segment does. */
static uint32_t data_start_of(const espbak_boot_memory *chip, uint32_t address)
{
    for (size_t i = 0; i < sizeof(chip->data_starts) / sizeof(chip->data_starts[0]); i++) {
        const uint32_t start = chip->data_starts[i];
        if (start != 0 && address >= start && address - start < DATA_ROOM)
            return start;
    }
    return 0;
}

/* An ESP32's stands in memory of its own. Elsewhere the larger part in IRAM loads; the smaller one is done by then. */
static bool is_loader(const boot_memory *memory, uint32_t address, uint32_t end)
{
    const espbak_address_range home = memory->chip->loader;
    if (home.end != 0)
        return within(home, address, end);
    return within(memory->chip->iram, address, end) && end - address > memory->loader.end - memory->loader.start;
}

static void take_segment(boot_memory *memory, const espbak_image_segment *segment)
{
    const uint32_t data = data_start_of(memory->chip, segment->address);
    const uint32_t end = segment->address + segment->size;
    if (data != 0 && within(memory->chip->dram, segment->address, end)) {
        if (memory->data.start == 0 || data < memory->data.start)
            memory->data.start = data;
        if (end > memory->data.end)
            memory->data.end = end;
    } else if (is_loader(memory, segment->address, end)) {
        memory->loader = (espbak_address_range){segment->address, end};
    }
}

boot_memory boot_memory_of(const espbak_boot_memory *chip, const espbak_image *bootloader)
{
    boot_memory memory = {.chip = chip};
    if (bootloader == NULL)
        return memory;
    memory.stack = (espbak_address_range){chip->stack_end - STACK_HEADROOM - STACK_USED, chip->stack_end};
    for (size_t i = 0; i < bootloader->segment_count; i++)
        take_segment(&memory, &bootloader->segments[i]);
    return memory;
}

static uint64_t other_bus(uint64_t address, espbak_address_range from, espbak_address_range to, bool inverted)
{
    return inverted ? to.start + (from.end - address) : to.start + (address - from.start);
}

/* The part of a segment that is in memory which both buses have, at its addresses on the other one. */
static void translate(uint64_t *start, uint64_t *end, espbak_address_range from, espbak_address_range to, bool inverted)
{
    const uint64_t first = *start > from.start ? *start : from.start;
    const uint64_t last = *end < from.end ? *end : from.end;
    const uint64_t a = other_bus(first, from, to, inverted), b = other_bus(last, from, to, inverted);
    *start = a < b ? a : b;
    *end = a < b ? b : a;
}

static bool data_bus_is_free(const boot_memory *memory, uint64_t start, uint64_t end, boot_cause *cause)
{
    if (overlaps(memory->stack, start, end))
        *cause = BOOT_SLOT_STACK;
    else if (overlaps(memory->data, start, end))
        *cause = BOOT_SLOT_DATA;
    else
        return true;
    return false;
}

static bool code_bus_is_free(const boot_memory *memory, uint64_t start, uint64_t end, boot_cause *cause)
{
    *cause = BOOT_SLOT_LOADER;
    return !overlaps(memory->loader, start, end);
}

static bool takes_in_dram(const boot_memory *memory, uint64_t start, uint64_t end, boot_cause *cause)
{
    const espbak_boot_memory *chip = memory->chip;
    if (!data_bus_is_free(memory, start, end, cause))
        return false;
    if (!overlaps(chip->shared_dram, start, end))
        return true;
    translate(&start, &end, chip->shared_dram, chip->shared_iram, chip->shared_inverted);
    return !within(chip->iram, start, end) || code_bus_is_free(memory, start, end, cause);
}

static bool takes_in_iram(const boot_memory *memory, uint64_t start, uint64_t end, boot_cause *cause)
{
    const espbak_boot_memory *chip = memory->chip;
    if (!code_bus_is_free(memory, start, end, cause))
        return false;
    if (!overlaps(chip->shared_iram, start, end))
        return true;
    translate(&start, &end, chip->shared_iram, chip->shared_dram, chip->shared_inverted);
    return data_bus_is_free(memory, start, end, cause);
}

bool boot_memory_takes(const boot_memory *memory, const espbak_image_segment *segment, boot_cause *cause)
{
    const espbak_boot_memory *chip = memory->chip;
    const uint64_t start = segment->address, end = start + segment->size;
    if (segment->size == 0 || segment->address < UNLOADED_BELOW || boot_memory_is_mapped(chip, segment->address))
        return true;
    if (within(chip->dram, start, end))
        return takes_in_dram(memory, start, end, cause);
    if (within(chip->iram, start, end))
        return takes_in_iram(memory, start, end, cause);
    for (size_t i = 0; i < sizeof(chip->always) / sizeof(chip->always[0]); i++) {
        if (chip->always[i].end != 0 && within(chip->always[i], start, end))
            return true;
    }
    *cause = BOOT_SLOT_ADDRESS;
    return false;
}
