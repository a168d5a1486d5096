/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/files/flash_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "image/files/volume.h"
#include "ops/content/device_contents.h"
#include "ops/content/select.h"
#include "ops/safety/unchanged.h"

static espbak_status open_device(flash_view *out, espbak_error *err)
{
    out->quiet = out->from->session;
    out->quiet.reads_only = true;
    out->cache = calloc(1, sizeof(*out->cache));
    out->on_device = calloc(1, sizeof(*out->on_device));
    if (out->cache == NULL || out->on_device == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (reconnect_open(&out->session, &out->quiet, err) != ESPBAK_OK)
        return err->status;
    out->reader = flash_reader_open(out->cache, out->session);
    out->contents = out->on_device;
    return device_contents_look(out->session, &out->from->table, NULL, out->on_device, err);
}

espbak_status flash_view_open(flash_view *out, const espbak_files_source *from, espbak_error *err)
{
    *out = (flash_view){.from = from};
    if (from->path == NULL)
        return open_device(out, err);
    if (flash_source_open(&out->source, from->path, from->chip, &from->table, err) != ESPBAK_OK)
        return err->status;
    out->reader = out->source.reader;
    out->contents = out->source.contents;
    return ESPBAK_OK;
}

espbak_status flash_view_end(flash_view *view, espbak_status status, espbak_error *err)
{
    if (view->session != NULL)
        status = unchanged_end(&view->session, &view->quiet, NULL, status, err);
    espbak_session_close(view->session);
    flash_source_close(&view->source);
    explain_discard(view->on_device);
    free(view->cache);
    *view = (flash_view){.from = NULL};
    return status;
}

static void put(flash_range *range, const char *name, uint64_t offset, uint64_t size)
{
    snprintf(range->name, sizeof(range->name), "%s", name);
    range->offset = offset;
    range->size = size;
    range->nvs = false;
}

/* An image of a file system or an NVS has no table, and begins at its first byte. */
static espbak_status find_alone(flash_view *view, bool *found, espbak_error *err)
{
    const char *name = NULL;
    *found = false;
    if (view->session != NULL || view->source.backup != NULL || view->contents->boot.table_found)
        return ESPBAK_OK;
    const espbak_image_reader held = dump_held_reader(&view->source.dump);
    espbak_volume *volume = NULL;
    if (volume_find(&held, 0, held.size, &name, err) != ESPBAK_OK ||
        espbak_volume_open(&volume, &held, 0, held.size, &view->from->options, NULL, err) != ESPBAK_OK)
        return err->status;
    /* A damaged one has a name all the same. */
    *found = name != NULL || volume != NULL || view->from->name == NULL;
    espbak_volume_close(volume);
    if (*found)
        view->reader = held;
    return ESPBAK_OK;
}

static bool is_held(const flash_view *view, const espbak_partition *entry)
{
    if (entry->outside || (uint64_t)entry->offset + entry->size > view->reader.size)
        return false;
    return view->session != NULL || flash_source_holds(&view->source, entry->offset, entry->size);
}

static espbak_status choose_named(flash_view *view, flash_range *range, espbak_error *err)
{
    const char *name = view->from->name;
    espbak_region part;
    if (view->session == NULL) {
        if (flash_source_choose(&view->source, name, &part, err) != ESPBAK_OK)
            return err->status;
        put(range, part.name, part.offset, part.size);
        return ESPBAK_OK;
    }
    select_list *list = calloc(1, sizeof(*list));
    if (list == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = select_names(list, view->contents, view->reader.size, &name, 1, err);
    if (status == ESPBAK_OK && list->count != 1)
        status = espbak_fail(err, ESPBAK_E_USAGE, "%s names %zu parts, and one is looked into", name, list->count);
    if (status == ESPBAK_OK)
        put(range, list->parts[0].region.name, list->parts[0].region.offset, list->parts[0].region.size);
    free(list);
    return status;
}

/* Of a file that is no flash the offset is one in the file. */
static espbak_status take_placed(flash_view *view, flash_range *range, espbak_error *err)
{
    const espbak_files_source *from = view->from;
    const bool dump = view->session == NULL && view->source.backup == NULL;
    char name[32];
    if (dump && !view->contents->boot.table_found)
        view->reader = dump_held_reader(&view->source.dump);
    const uint64_t held = view->reader.size;
    const uint64_t size = from->size != 0 || from->offset >= held ? from->size : held - from->offset;
    if (!bytes_range_within(from->offset, size, held) || from->offset == held)
        return espbak_fail(err, ESPBAK_E_USAGE, "0x%llX with 0x%llX bytes leaves what is there, 0x%llX bytes",
                           (unsigned long long)from->offset, (unsigned long long)size, (unsigned long long)held);
    snprintf(name, sizeof(name), "0x%llX", (unsigned long long)from->offset);
    put(range, name, from->offset, size);
    return ESPBAK_OK;
}

espbak_status flash_view_ranges(flash_view *view, flash_range ranges[ESPBAK_PARTITIONS_MAX], size_t *count,
                                espbak_error *err)
{
    const espbak_partition_table *table = &view->contents->boot.table;
    bool alone = false;
    *count = 0;
    if (view->from->placed) {
        *count = 1;
        return take_placed(view, ranges, err);
    }
    if (find_alone(view, &alone, err) != ESPBAK_OK)
        return err->status;
    if (alone) {
        put(ranges, FLASH_VIEW_ALONE, 0, view->reader.size);
        ranges[(*count)++].nvs = true;
        return ESPBAK_OK;
    }
    if (view->from->name != NULL) {
        *count = 1;
        return choose_named(view, ranges, err);
    }
    for (size_t i = 0; view->contents->boot.table_found && i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        if (entry->type == ESPBAK_PARTITION_DATA && is_held(view, entry))
            put(&ranges[*count], entry->label, entry->offset, entry->size);
        else
            continue;
        ranges[(*count)++].nvs = entry->subtype == ESPBAK_DATA_NVS;
    }
    return ESPBAK_OK;
}

espbak_status flash_view_fail_none(const flash_view *view, const char *name, const espbak_findings *findings,
                                   espbak_error *err)
{
    if (view->contents->ciphertext == ESPBAK_YES)
        return espbak_fail(err, ESPBAK_E_FILE, "%s cannot be looked into: the flash is encrypted", name);
    if (findings->count > 0)
        return espbak_fail(err, ESPBAK_E_FILE, "%s holds no files that can be read: %s", name,
                           findings->entries[0].text);
    return espbak_fail(err, ESPBAK_E_FILE, "%s holds neither LittleFS nor FAT nor SPIFFS", name);
}
