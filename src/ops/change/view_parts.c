/* SPDX-License-Identifier: Apache-2.0 */
/* What stands now where something is written or erased. */
#include <stdio.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "ops/change/view.h"
#include "ops/content/select.h"
#include "ops/safety/factory.h"

/* What is larger is taken to hold something: to hash it would take longer than the answer is worth. */
enum { HASHED_MAX = 1024 * 1024 };

/* How many bytes of a place the pieces change, in whole sectors. */
static uint64_t changed_bytes(const piece_list *pieces, uint64_t offset, uint64_t size)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        const piece *item = &pieces->items[i];
        const uint64_t tail = (item->offset + item->size + ESPBAK_FLASH_SECTOR - 1) % ESPBAK_FLASH_SECTOR;
        const uint64_t last = item->offset + item->size + ESPBAK_FLASH_SECTOR - 1 - tail;
        const uint64_t start = item->offset > offset ? item->offset : offset;
        const uint64_t end = bytes_min64(last, offset + size);
        sum += end > start ? end - start : 0;
    }
    return sum;
}

/* NULL when the pieces are not over it. */
static espbak_planned_part *add(view *v, const piece_list *pieces, const char *name, uint64_t offset, uint64_t size)
{
    const uint64_t bytes = changed_bytes(pieces, offset, size);
    if (bytes == 0 || v->plan.part_count == VIEW_PARTS_MAX)
        return NULL;
    espbak_planned_part *part = &v->parts[v->plan.part_count++];
    *part = (espbak_planned_part){.offset = offset, .size = size, .bytes = bytes, .lost = true};
    snprintf(part->name, sizeof(part->name), "%s", name);
    return part;
}

static void name_app(const espbak_boot_app *app, espbak_planned_part *part)
{
    const espbak_app_description *about = &app->image.app;
    part->lost = app->present;
    if (!app->present)
        snprintf(part->what, sizeof(part->what), "no application");
    else if (app->image.app_described)
        snprintf(part->what, sizeof(part->what), "application %s %s (ESP-IDF %s)", about->project, about->version,
                 about->idf);
    else
        snprintf(part->what, sizeof(part->what), "application without a description");
}

static void name_data(const view *v, const espbak_partition *entry, espbak_planned_part *part)
{
    const char *volume = v->before.volumes[entry - v->before.boot.table.entries];
    const char *what = part->nvs                           ? "NVS"
                       : entry->subtype == ESPBAK_DATA_OTA ? "otadata"
                       : volume != NULL                    ? volume
                                                           : "data";
    snprintf(part->what, sizeof(part->what), "%s%s%s", part->factory ? "factory data of this device, " : "", what,
             part->lost ? "" : ", erased or the same afterwards");
}

static void add_entry(view *v, const view_wish *wish, const piece_list *pieces, const espbak_partition *entry)
{
    const espbak_boot_app *app = espbak_contents_app(&v->before, entry);
    const factory_check check = {.session = wish->session, .pieces = pieces};
    espbak_planned_part *part = add(v, pieces, entry->label, entry->offset, entry->size);
    if (part == NULL)
        return;
    part->factory = espbak_contents_is_factory(&v->before, wish->table, entry);
    part->nvs = entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_NVS;
    if (app == NULL && !entry->outside && entry->size <= HASHED_MAX)
        part->lost = factory_loses(&check, entry);
    if (v->before.ciphertext == ESPBAK_YES)
        snprintf(part->what, sizeof(part->what), "encrypted");
    else if (app != NULL)
        name_app(app, part);
    else
        name_data(v, entry, part);
}

static void add_bootloader(view *v, const piece_list *pieces, uint64_t end)
{
    const espbak_image *image = &v->before.boot.bootloader;
    const uint64_t start = v->plan.device->chip->bootloader_offset;
    espbak_planned_part *part =
        v->before.boot.bootloader_found && end > start ? add(v, pieces, SELECT_BOOTLOADER, start, end - start) : NULL;
    if (part == NULL)
        return;
    if (image->bootloader.idf[0] != '\0')
        snprintf(part->what, sizeof(part->what), "bootloader (ESP-IDF %s)", image->bootloader.idf);
    else
        snprintf(part->what, sizeof(part->what), "an image");
}

void view_find_parts(view *v, const view_wish *wish, const piece_list *pieces)
{
    const espbak_partition_table *table = &v->before.boot.table;
    const bool own_table = v->before.boot.table_found && !v->before.table_from_file;
    const uint64_t place = own_table ? table->offset : ESPBAK_PARTITION_TABLE_OFFSET;
    if (v->before.esp8266 == NULL || own_table)
        add_bootloader(v, pieces, place);
    espbak_planned_part *part = own_table ? add(v, pieces, SELECT_TABLE, place, ESPBAK_FLASH_SECTOR) : NULL;
    if (part != NULL)
        snprintf(part->what, sizeof(part->what), "partition table of %zu rows", table->count);
    for (size_t i = 0; i < table->count; i++)
        add_entry(v, wish, pieces, &table->entries[i]);
}
