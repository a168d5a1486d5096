/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/vital.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"

static const espbak_chip *chip_at(const piece_list *list, uint64_t at)
{
    uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE];
    espbak_image_header header;
    espbak_error ignored = {0};
    if (!piece_list_covers(list, at, sizeof(bytes)) ||
        piece_list_read((void *)(uintptr_t)list, at, bytes, sizeof(bytes), &ignored) != ESPBAK_OK ||
        !espbak_image_header_parse(&header, bytes))
        return NULL;
    return espbak_chip_by_image_id(header.chip_id);
}

const espbak_chip *vital_chip(const backup_parts *parts)
{
    const espbak_manifest *manifest = espbak_backup_manifest(parts->backup);
    if (manifest->chip[0] != '\0')
        return NULL;
    for (size_t i = 0; i < parts->whole.count; i++) {
        const piece *item = &parts->whole.items[i];
        for (uint64_t at = item->offset; at < item->offset + item->size; at += ESPBAK_FLASH_SECTOR) {
            const espbak_chip *chip = chip_at(&parts->whole, at);
            if (chip != NULL)
                return chip;
        }
    }
    return NULL;
}

/* Whether the backup has a hole in a range that it should have all of; *at is where. */
static bool has_hole(const espbak_manifest *manifest, uint64_t offset, uint64_t size, uint64_t *at)
{
    for (size_t i = 0; i < manifest->region_count; i++) {
        const espbak_region *region = &manifest->regions[i];
        for (size_t k = 0; k < region->unreadable_count; k++) {
            *at = region->unreadable[k].offset;
            if (*at < offset + size && offset < *at + region->unreadable[k].size)
                return true;
        }
    }
    return false;
}

static bool is_vital(const espbak_boot_report *boot, const espbak_partition *entry)
{
    const espbak_boot_app *active = espbak_boot_active(boot);
    if (entry->type == ESPBAK_PARTITION_DATA)
        return entry->subtype == ESPBAK_DATA_OTA;
    return entry->type == ESPBAK_PARTITION_APP && (active == NULL || active->partition == entry);
}

static const char *describe(char text[VITAL_TEXT_MAX], const char *what, uint64_t at)
{
    snprintf(text, VITAL_TEXT_MAX, "0x%llX, a part of %.64s", (unsigned long long)at, what);
    return text;
}

/* Of parts that are named, all applications count: which of them is started is up to the device. */
static const char *missing_of_named(const backup_parts *parts, char text[VITAL_TEXT_MAX])
{
    const espbak_manifest *manifest = espbak_backup_manifest(parts->backup);
    uint64_t at;
    for (size_t i = 0; i < parts->wanted->count; i++) {
        const select_part *part = &parts->wanted->parts[i];
        const espbak_partition *entry = part->entry;
        const bool vital = entry == NULL || entry->type == ESPBAK_PARTITION_APP ||
                           (entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_OTA);
        if (vital && has_hole(manifest, part->region.offset, part->region.size, &at))
            return describe(text, part->region.name, at);
    }
    return NULL;
}

const char *vital_missing(const backup_parts *parts, bool named, const espbak_device_info *device,
                          char text[VITAL_TEXT_MAX])
{
    const espbak_manifest *manifest = espbak_backup_manifest(parts->backup);
    const espbak_boot_report *boot = &parts->contents->boot;
    const uint64_t table = boot->table_found       ? boot->table.offset
                           : manifest->table.known ? manifest->table.offset
                                                   : ESPBAK_PARTITION_TABLE_OFFSET;
    const uint64_t bootloader = device->chip->bootloader_offset;
    uint64_t at;
    if (named)
        return missing_of_named(parts, text);
    if (table > bootloader && has_hole(manifest, bootloader, table - bootloader, &at))
        return describe(text, "the bootloader", at);
    if (has_hole(manifest, table, ESPBAK_PARTITION_TABLE_SIZE, &at))
        return describe(text, "the partition table", at);
    for (size_t i = 0; i < boot->table.count; i++) {
        const espbak_partition *entry = &boot->table.entries[i];
        if (is_vital(boot, entry) && has_hole(manifest, entry->offset, entry->size, &at))
            return describe(text, entry->label, at);
    }
    return NULL;
}
