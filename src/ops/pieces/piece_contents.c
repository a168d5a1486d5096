/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/pieces/piece_contents.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "image/table/entries.h"

static espbak_status read_sparse(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    piece_list *list = ctx;
    uint8_t *out = buffer;
    while (size > 0) {
        size_t part;
        const bool held = piece_list_run(list, offset, size, &part);
        if (!held)
            memset(out, 0xFF, part);
        else if (piece_list_read(list, offset, out, part, err) != ESPBAK_OK)
            return err->status;
        out += part;
        offset += part;
        size -= part;
    }
    return ESPBAK_OK;
}

espbak_image_reader piece_contents_reader(piece_list *list, uint64_t flash_size)
{
    return (espbak_image_reader){.read = read_sparse, .ctx = list, .size = flash_size};
}

/* Of what lies in the flash: nobody can have the rest. */
static bool holds(const piece_list *list, const espbak_contents *contents, const espbak_partition *entry)
{
    const uint64_t left = entry->offset < contents->flash_size ? contents->flash_size - entry->offset : 0;
    return left == 0 || piece_list_covers(list, entry->offset, bytes_min64(entry->size, left));
}

/* What is missing for a verdict, "yes" or "no"; NULL when everything it needs is there. */
static const char *find_missing(const piece_list *list, const espbak_contents *contents)
{
    const espbak_partition_table *table = &contents->boot.table;
    const espbak_boot_app *active = espbak_boot_active(&contents->boot);
    const uint64_t end = contents->boot.table_found ? table->offset : ESPBAK_PARTITION_TABLE_OFFSET;
    const uint64_t start = contents->chip != NULL ? contents->chip->bootloader_offset : 0;
    if (start < end && !piece_list_covers(list, start, end - start))
        return "bootloader";
    if (!piece_list_covers(list, end, ESPBAK_PARTITION_TABLE_SIZE))
        return "partition table";
    const espbak_partition *ota = espbak_otadata_partition(table);
    if (ota != NULL && !holds(list, contents, ota))
        return ota->label;
    if (active != NULL && contents->boot.verdict == ESPBAK_BOOT_YES)
        return holds(list, contents, active->partition) ? NULL : active->partition->label;
    for (size_t i = 0; i < contents->boot.app_count; i++) {
        const espbak_partition *entry = contents->boot.apps[i].partition;
        if (!holds(list, contents, entry))
            return entry->label;
    }
    return NULL;
}

/* `part`: what is held of an entry is judged, as of a file that ends early. */
static void note_missing(espbak_contents *out, const piece_list *list, bool part)
{
    const espbak_partition_table *table = &out->boot.table;
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        out->missing[i] =
            part ? !entry->outside && !piece_list_touches(list, entry->offset, entry->size) : !holds(list, out, entry);
    }
}

espbak_status piece_contents_explain(espbak_contents *out, piece_list *list, uint64_t flash_size,
                                     const explain_options *options, espbak_error *err)
{
    const espbak_image_reader reader = piece_contents_reader(list, flash_size);
    explain_options whole = *options;
    whole.reader = &reader;
    /* The table in the backup itself is preferred to what the manifest says of it. */
    if (whole.known != NULL && piece_list_covers(list, whole.known->offset, ESPBAK_PARTITION_TABLE_SIZE)) {
        whole.table.offset = whole.known->offset;
        whole.known = NULL;
    }
    if (explain_flash(out, &whole, err) != ESPBAK_OK)
        return err->status;
    out->table_from_manifest = whole.known != NULL && !out->table_from_file;
    note_missing(out, list, options->part);
    const bool decided = out->boot.verdict != ESPBAK_BOOT_UNKNOWN || whole.known != NULL;
    const char *missing = decided && !options->part ? find_missing(list, out) : NULL;
    if (missing == NULL)
        return ESPBAK_OK;
    char name[ESPBAK_REGION_NAME_MAX];
    snprintf(name, sizeof(name), "%s", missing);
    out->boot.verdict = ESPBAK_BOOT_UNKNOWN;
    snprintf(out->boot.reason, sizeof(out->boot.reason), "the backup does not hold all of the %s", name);
    return ESPBAK_OK;
}

static uint64_t regions_size(const espbak_manifest *manifest)
{
    uint64_t size = 0;
    for (size_t i = 0; i < manifest->region_count; i++)
        size += manifest->regions[i].size;
    return size;
}

void piece_contents_of_manifest(explain_options *options, const espbak_manifest *manifest)
{
    options->chip = manifest->chip[0] != '\0' ? espbak_chip_by_name(manifest->chip) : NULL;
    options->revision_known = manifest->revision_known;
    options->revision = manifest->revision;
    options->security = &manifest->security;
    /* A merged image is complete for what it holds, and the rest is judged as if it were erased. */
    options->part =
        strcmp(manifest->verify_method, ESPBAK_METHOD_IMPORTED) == 0 && regions_size(manifest) < manifest->flash.size;
}

/* False for one that no table of a flash can have. */
static bool take_partition(espbak_partition *to, const espbak_manifest_partition *from)
{
    const size_t name_size = strlen(from->name) + 1;
    *to = (espbak_partition){.encrypted = from->encrypted, .read_only = from->read_only};
    if (name_size > sizeof(to->label) || !espbak_partition_type_from_text(from->type, &to->type) ||
        !espbak_partition_subtype_from_text(to->type, from->subtype, &to->subtype) || from->offset > UINT32_MAX ||
        from->size > UINT32_MAX)
        return false;
    memcpy(to->label, from->name, name_size);
    to->offset = (uint32_t)from->offset;
    to->size = (uint32_t)from->size;
    return true;
}

espbak_status piece_contents_table(espbak_partition_table *table, const espbak_manifest *manifest, espbak_error *err)
{
    const espbak_manifest_table *told = &manifest->table;
    *table = (espbak_partition_table){.offset = told->offset};
    if (!told->known || told->offset == 0)
        return ESPBAK_OK;
    for (size_t i = 0; i < told->count && table->count < ESPBAK_PARTITIONS_MAX; i++) {
        espbak_partition entry;
        if (take_partition(&entry, &told->entries[i]) && entries_add(table, &entry, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}
