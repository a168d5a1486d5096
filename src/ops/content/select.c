/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "ops/content/backup_common.h"
#include "store/manifest/manifest_check.h"

/* Where parts come from and where they go. */
typedef struct selector {
    select_list *list;
    const espbak_contents *contents;
    uint64_t flash_size;
} selector;

static bool file_is_taken(const select_list *list, const char *file)
{
    for (size_t i = 0; i < list->count; i++) {
        if (bytes_same_text(list->parts[i].region.file, file))
            return true;
    }
    return false;
}

/* "flash.bin" is the whole flash. */
static bool file_is_free(const select_list *list, const char *file)
{
    return manifest_file_name_ok(file) && !bytes_same_text(file, BACKUP_COMMON_FILE) && !file_is_taken(list, file);
}

/* A label is any text: what could be a path, a device or a hidden file becomes a plain name. */
static void choose_file(const select_list *list, espbak_region *region)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    char stem[ESPBAK_REGION_NAME_MAX + 2];
    snprintf(stem, sizeof(stem), "%s", region->name);
    for (char *p = stem; *p != '\0'; p++) {
        if (strchr(plain, *p) == NULL)
            *p = '_';
    }
    snprintf(region->file, sizeof(region->file), "%s.bin", stem);
    if (!manifest_file_name_ok(region->file) || bytes_same_text(region->file, BACKUP_COMMON_FILE))
        snprintf(region->file, sizeof(region->file), "_%s.bin", stem);
    for (unsigned n = 2; !file_is_free(list, region->file); n++)
        snprintf(region->file, sizeof(region->file), "_%s-%u.bin", stem, n);
}

static const select_part *find_overlap(const select_list *list, const espbak_region *region)
{
    for (size_t i = 0; i < list->count; i++) {
        const espbak_region *other = &list->parts[i].region;
        if (region->offset < other->offset + other->size && other->offset < region->offset + region->size)
            return &list->parts[i];
    }
    return NULL;
}

static espbak_status add(selector *s, const espbak_region *region, const espbak_partition *entry, espbak_error *err)
{
    const select_part *other = find_overlap(s->list, region);
    if (other != NULL && other->entry == entry && other->region.offset == region->offset)
        return ESPBAK_OK; /* named twice */
    if (region->size == 0 || !bytes_range_within(region->offset, region->size, s->flash_size)) {
        espbak_fail(err, ESPBAK_E_FILE, "%s, 0x%llX bytes from 0x%llX, does not lie in the flash", region->name,
                    (unsigned long long)region->size, (unsigned long long)region->offset);
        espbak_error_hint(err, "the partition table is damaged, or of a larger flash; back up the whole flash instead");
        return ESPBAK_E_FILE;
    }
    if (other != NULL) {
        espbak_fail(err, ESPBAK_E_FILE, "%s and %s overlap in the partition table", other->region.name, region->name);
        espbak_error_hint(err, "the table is damaged; back up the whole flash, or one of them at a time");
        return ESPBAK_E_FILE;
    }
    if (s->list->count == SELECT_PARTS_MAX)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "more parts than a table has");
    select_part *part = &s->list->parts[s->list->count];
    part->entry = entry;
    part->region = *region;
    part->size = region->size;
    choose_file(s->list, &part->region);
    s->list->count++;
    return ESPBAK_OK;
}

static espbak_status add_entry(selector *s, const espbak_partition *entry, espbak_error *err)
{
    espbak_region region = {.offset = entry->offset, .size = entry->size};
    char text[ESPBAK_PARTITION_TEXT_MAX];
    if (entry->label[0] != '\0')
        snprintf(region.name, sizeof(region.name), "%s", entry->label);
    else
        snprintf(region.name, sizeof(region.name), "at-0x%lX", (unsigned long)entry->offset);
    espbak_partition_type_text(entry->type, text);
    snprintf(region.type, sizeof(region.type), "%s", text);
    espbak_partition_subtype_text(entry->type, entry->subtype, text);
    snprintf(region.subtype, sizeof(region.subtype), "%s", text);
    return add(s, &region, entry, err);
}

static uint64_t table_offset(const espbak_contents *contents)
{
    return contents->boot.table_found ? contents->boot.table.offset : ESPBAK_PARTITION_TABLE_OFFSET;
}

static espbak_status add_bootloader(selector *s, espbak_error *err)
{
    espbak_region region = {.name = SELECT_BOOTLOADER, .type = "bootloader", .subtype = "primary"};
    if (s->contents->chip == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "where the bootloader stands is not known, because the chip is not");
    const uint64_t end = table_offset(s->contents);
    region.offset = s->contents->chip->bootloader_offset;
    region.size = end > region.offset ? end - region.offset : 0;
    return add(s, &region, NULL, err);
}

static espbak_status add_table(selector *s, espbak_error *err)
{
    espbak_region region = {.name = SELECT_TABLE, .type = "partition_table", .subtype = "primary"};
    region.offset = table_offset(s->contents);
    region.size = ESPBAK_FLASH_SECTOR;
    return add(s, &region, NULL, err);
}

static espbak_status need_table(const espbak_contents *contents, espbak_error *err)
{
    if (contents->boot.table_found)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "there is no partition table to find names in%s",
                contents->ciphertext == ESPBAK_YES ? ": the flash is encrypted" : "");
    espbak_error_hint(err, "name its file with --partition-table, or its place with --table-offset");
    return ESPBAK_E_FILE;
}

static espbak_status add_active(selector *s, espbak_error *err)
{
    const espbak_boot_app *active = espbak_boot_active(&s->contents->boot);
    if (need_table(s->contents, err) != ESPBAK_OK)
        return err->status;
    if (active != NULL)
        return add_entry(s, active->partition, err);
    espbak_fail(err, ESPBAK_E_USAGE, "which application boots is not known%s",
                s->contents->ciphertext == ESPBAK_YES ? ", because the flash is encrypted" : "");
    espbak_error_hint(err, "name its partition, or take all of them with type=app");
    return ESPBAK_E_USAGE;
}

static espbak_status add_all(selector *s, espbak_error *err)
{
    const espbak_partition_table *table = &s->contents->boot.table;
    if (need_table(s->contents, err) != ESPBAK_OK || add_bootloader(s, err) != ESPBAK_OK ||
        add_table(s, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < table->count; i++) {
        if (table->entries[i].type > ESPBAK_PARTITION_DATA && table->entries[i].offset < table_offset(s->contents) + 1)
            continue; /* rows that describe bootloader and table themselves */
        if (add_entry(s, &table->entries[i], err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status no_such(const selector *s, const char *name, espbak_error *err)
{
    const espbak_partition_table *table = &s->contents->boot.table;
    char names[ESPBAK_ERROR_HINT_MAX - 64] = "";
    size_t used = 0;
    if (need_table(s->contents, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < table->count && used + 24 < sizeof(names); i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s, ", table->entries[i].label);
    espbak_fail(err, ESPBAK_E_USAGE, "there is no partition %s", name);
    espbak_error_hint(err, "there are %s" SELECT_BOOTLOADER ", " SELECT_TABLE ", app, all, type=..., subtype=...",
                      names);
    return ESPBAK_E_USAGE;
}

typedef enum match_kind { MATCH_LABEL, MATCH_TYPE, MATCH_SUBTYPE } match_kind;

static bool matches(const espbak_partition *entry, match_kind kind, const char *text)
{
    uint8_t number;
    if (kind == MATCH_LABEL)
        return strcmp(entry->label, text) == 0;
    if (kind == MATCH_TYPE)
        return espbak_partition_type_from_text(text, &number) && number == entry->type;
    return espbak_partition_subtype_from_text(entry->type, text, &number) && number == entry->subtype;
}

static espbak_status add_matching(selector *s, match_kind kind, const char *text, bool *any, espbak_error *err)
{
    const espbak_partition_table *table = &s->contents->boot.table;
    for (size_t i = 0; i < table->count; i++) {
        if (!matches(&table->entries[i], kind, text))
            continue;
        *any = true;
        if (add_entry(s, &table->entries[i], err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status add_name(selector *s, const char *name, espbak_error *err)
{
    bool any = false;
    espbak_status status;
    if (strncmp(name, "type=", 5) == 0)
        status = add_matching(s, MATCH_TYPE, name + 5, &any, err);
    else if (strncmp(name, "subtype=", 8) == 0)
        status = add_matching(s, MATCH_SUBTYPE, name + 8, &any, err);
    else
        status = add_matching(s, MATCH_LABEL, name, &any, err);
    if (status != ESPBAK_OK || any)
        return status;
    if (strcmp(name, SELECT_BOOTLOADER) == 0)
        return add_bootloader(s, err);
    if (strcmp(name, SELECT_TABLE) == 0 || strcmp(name, "partition_table") == 0)
        return add_table(s, err);
    if (strcmp(name, "app") == 0)
        return add_active(s, err);
    if (strcmp(name, "all") == 0)
        return add_all(s, err);
    return no_such(s, name, err);
}

static int by_offset(const void *a, const void *b)
{
    const select_part *x = a, *y = b;
    return x->region.offset < y->region.offset ? -1 : x->region.offset > y->region.offset;
}

static void sort(select_list *list)
{
    if (list->count > 1)
        qsort(list->parts, list->count, sizeof(list->parts[0]), by_offset);
}

espbak_status select_names(select_list *list, const espbak_contents *contents, uint64_t flash_size,
                           const char *const *names, size_t count, espbak_error *err)
{
    selector s = {list, contents, flash_size};
    list->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (add_name(&s, names[i], err) != ESPBAK_OK)
            return err->status;
    }
    sort(list);
    return ESPBAK_OK;
}

static bool is_critical(const espbak_contents *contents, const espbak_table_source *source,
                        const espbak_partition *entry)
{
    return (entry->type == ESPBAK_PARTITION_DATA &&
            (entry->subtype == ESPBAK_DATA_NVS || entry->subtype == ESPBAK_DATA_NVS_KEYS ||
             entry->subtype == ESPBAK_DATA_OTA)) ||
           espbak_contents_is_factory(contents, source, entry);
}

static espbak_status add_boot_app(selector *s, const espbak_events *events, espbak_error *err)
{
    bool any = false;
    const espbak_boot_app *active = espbak_boot_active(&s->contents->boot);
    if (active != NULL)
        return add_entry(s, active->partition, err);
    espbak_log(events, ESPBAK_LOG_WARNING, "which application boots is not known, so all of them are taken");
    return add_matching(s, MATCH_TYPE, "app", &any, err);
}

espbak_status select_critical(select_list *list, const espbak_contents *contents, const espbak_table_source *source,
                              uint64_t flash_size, const espbak_events *events, espbak_error *err)
{
    selector s = {list, contents, flash_size};
    list->count = 0;
    if (need_table(contents, err) != ESPBAK_OK)
        return err->status;
    if (add_bootloader(&s, err) != ESPBAK_OK || add_table(&s, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < contents->boot.table.count; i++) {
        const espbak_partition *entry = &contents->boot.table.entries[i];
        if (is_critical(contents, source, entry) && add_entry(&s, entry, err) != ESPBAK_OK)
            return err->status;
    }
    const espbak_status status = add_boot_app(&s, events, err);
    sort(list);
    return status;
}
