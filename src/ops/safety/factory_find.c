/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/flash.h"
#include "ops/content/device_contents.h"
#include "ops/safety/factory.h"
#include "ops/safety/factory_scan.h"

static bool overlaps(const espbak_partition *a, uint64_t offset, uint64_t size)
{
    return a->offset < offset + size && offset < (uint64_t)a->offset + a->size;
}

bool factory_list_has(const factory_list *list, uint64_t offset, uint64_t size)
{
    for (size_t i = 0; i < list->count; i++) {
        if (overlaps(&list->items[i], offset, size))
            return true;
    }
    return false;
}

void factory_list_add(factory_list *list, const espbak_partition *entry)
{
    if (list->count < FACTORY_MAX)
        list->items[list->count++] = *entry;
}

static void take_table(factory_list *list, const espbak_contents *contents, const espbak_table_source *source)
{
    for (size_t i = 0; i < contents->boot.table.count; i++) {
        const espbak_partition *entry = &contents->boot.table.entries[i];
        if (espbak_contents_is_factory(contents, source, entry) && !factory_list_has(list, entry->offset, entry->size))
            factory_list_add(list, entry);
    }
}

/* The device's own table, whatever else is said of it: at the usual place, at the one that was named, and where the
   other one stands. */
static espbak_status look(const factory_check *check, espbak_contents *device, espbak_error *err)
{
    const espbak_table_source own = {.offset = check->table->offset};
    const espbak_table_source there = {.offset = check->known->boot.table.offset};
    const espbak_status status = device_contents_look(check->session, &own, NULL, device, err);
    if (status != ESPBAK_OK || device->boot.table_found || there.offset == 0 || there.offset == own.offset)
        return status;
    espbak_contents_free(device);
    return device_contents_look(check->session, &there, NULL, device, err);
}

static espbak_status take_without_table(const factory_check *check, bool readable, factory_list *list,
                                        espbak_error *err)
{
    take_table(list, check->known, check->table);
    for (size_t i = 0; i < check->table->place_count; i++) {
        const espbak_partition *place = &check->table->places[i];
        if (!factory_list_has(list, place->offset, place->size))
            factory_list_add(list, place);
    }
    return readable ? factory_scan(check, list, err) : ESPBAK_OK;
}

static espbak_status take_candidates(const factory_check *check, factory_list *list, espbak_error *err)
{
    espbak_error ignored = {0};
    const bool can_read = espbak_flash_can_read(check->session, &ignored) == ESPBAK_OK;
    espbak_contents *device = calloc(1, sizeof(*device));
    if (device == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = can_read ? look(check, device, err) : ESPBAK_OK;
    list->by_name = status == ESPBAK_OK && device->boot.table_found;
    if (list->by_name)
        take_table(list, device, check->table);
    else if (status == ESPBAK_OK)
        status = take_without_table(check, can_read && device->ciphertext != ESPBAK_YES, list, err);
    explain_discard(device);
    return status;
}

/* Whether the part of an item that lies in the entry is on the flash already. */
static bool is_there(const factory_check *check, const piece *item, const espbak_partition *entry)
{
    const uint64_t start = item->offset > entry->offset ? item->offset : entry->offset;
    const uint64_t end = bytes_min64(item->offset + item->size, (uint64_t)entry->offset + entry->size);
    uint8_t here[16], there[16];
    espbak_error ignored = {0};
    /* What is left of a file's last sector becomes 0xFF. */
    return start >= end || (end % ESPBAK_FLASH_SECTOR == 0 &&
                            piece_list_md5(check->pieces, start, end - start, here, &ignored) == ESPBAK_OK &&
                            espbak_flash_md5(check->session, start, end - start, there, &ignored) == ESPBAK_OK &&
                            memcmp(here, there, sizeof(here)) == 0);
}

/* Where the chip cannot say what is there, it is taken to be something that would be lost. */
bool factory_loses(const factory_check *check, const espbak_partition *entry)
{
    espbak_error ignored = {0};
    bool erased = false;
    if (!piece_list_touches(check->pieces, entry->offset, entry->size))
        return false;
    if (espbak_flash_can_hash(check->session, &ignored) != ESPBAK_OK)
        return true;
    if (device_contents_erased(check->session, entry->offset, entry->size, &erased, &ignored) == ESPBAK_OK && erased)
        return false;
    for (size_t i = 0; i < check->pieces->count; i++) {
        if (!is_there(check, &check->pieces->items[i], entry))
            return true;
    }
    return false;
}

espbak_status factory_find(const factory_check *check, factory_list *found, espbak_error *err)
{
    factory_list candidates = {.count = 0};
    found->count = 0;
    if (check->own)
        return ESPBAK_OK;
    if (take_candidates(check, &candidates, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "looking for factory data");
    found->by_name = candidates.by_name;
    for (size_t i = 0; i < candidates.count; i++) {
        if (factory_loses(check, &candidates.items[i]))
            factory_list_add(found, &candidates.items[i]);
    }
    return ESPBAK_OK;
}
