/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/ram.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

void ram_reset(sim_ram *ram)
{
    for (size_t i = 0; i < ram->count; i++)
        free(ram->pages[i]);
    memset(ram, 0, sizeof(*ram));
}

static sim_ram_page *find_page(const sim_ram *ram, uint32_t address)
{
    for (size_t i = 0; i < ram->count; i++) {
        if (ram->pages[i]->base == address / RAM_PAGE * RAM_PAGE)
            return ram->pages[i];
    }
    return NULL;
}

static sim_ram_page *make_page(sim_ram *ram, uint32_t address)
{
    sim_ram_page *page = find_page(ram, address);
    if (page != NULL || ram->count == RAM_PAGES)
        return page;
    page = calloc(1, sizeof(*page));
    if (page == NULL)
        return NULL;
    page->base = address / RAM_PAGE * RAM_PAGE;
    ram->pages[ram->count++] = page;
    return page;
}

bool ram_begin(sim_ram *ram, uint32_t start, uint32_t size)
{
    if (size > RAM_SEGMENT_MAX || start > UINT32_MAX - size)
        return false;
    for (uint32_t at = start; at < start + size; at++) {
        sim_ram_page *page = make_page(ram, at);
        if (page == NULL)
            return false;
        page->states[at % RAM_PAGE] = RAM_ANNOUNCED;
    }
    ram->next = start;
    ram->left = size;
    return true;
}

bool ram_store(sim_ram *ram, uint32_t address, const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++, address++) {
        sim_ram_page *page = make_page(ram, address);
        if (page == NULL)
            return false;
        page->bytes[address % RAM_PAGE] = bytes[i];
        page->states[address % RAM_PAGE] = RAM_LOADED;
    }
    return true;
}

bool ram_append(sim_ram *ram, const uint8_t *bytes, uint32_t size)
{
    if (size > ram->left || !ram_store(ram, ram->next, bytes, size))
        return false;
    ram->next += size;
    ram->left -= size;
    return true;
}

static sim_ram_state state_at(const sim_ram *ram, uint32_t address)
{
    const sim_ram_page *page = find_page(ram, address);
    return page != NULL ? (sim_ram_state)page->states[address % RAM_PAGE] : RAM_NOTHING;
}

bool ram_can_run(const sim_ram *ram, uint32_t entry)
{
    for (size_t i = 0; i < ram->count; i++) {
        if (memchr(ram->pages[i]->states, RAM_ANNOUNCED, RAM_PAGE) != NULL)
            return false;
    }
    return state_at(ram, entry) == RAM_LOADED;
}

bool ram_has_segment(const sim_ram *ram, uint32_t start)
{
    return state_at(ram, start) == RAM_LOADED && state_at(ram, start - 1) != RAM_LOADED;
}

bool ram_segment_begins(const sim_ram *ram, uint32_t entry, const uint8_t *bytes, uint32_t size)
{
    if (state_at(ram, entry) != RAM_LOADED)
        return false;
    uint32_t at = entry;
    while (state_at(ram, at - 1) == RAM_LOADED)
        at--;
    for (uint32_t i = 0; i < size; i++, at++) {
        if (state_at(ram, at) != RAM_LOADED || find_page(ram, at)->bytes[at % RAM_PAGE] != bytes[i])
            return false;
    }
    return true;
}

/* A word; NULL where nothing of it was loaded. */
static uint8_t *find(const sim_ram *ram, uint32_t address)
{
    sim_ram_page *page = find_page(ram, address);
    const uint32_t within = address % RAM_PAGE;
    if (page == NULL || within > RAM_PAGE - 4 || bytes_are_all(page->states + within, 4, RAM_NOTHING))
        return NULL;
    return page->bytes + within;
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
