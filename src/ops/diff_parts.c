/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/chip.h"
#include "ops/content/select.h"
#include "ops/diff.h"

static void add(espbak_diff_result *result, const char *name, uint64_t offset, uint64_t size)
{
    if (size == 0)
        return;
    espbak_diff_part *part = &result->parts[result->part_count++];
    snprintf(part->name, sizeof(part->name), "%s", name);
    part->offset = offset;
    part->size = size;
}

espbak_status diff_parts_lay_out(espbak_diff_result *result, const espbak_contents *contents, uint64_t size,
                                 espbak_error *err)
{
    const espbak_partition_table *table = &contents->boot.table;
    const uint64_t start = contents->chip != NULL ? contents->chip->bootloader_offset : 0;
    /* Besides the partitions: the table, the bootloader, and the rest. */
    result->parts = calloc(table->count + 3, sizeof(result->parts[0]));
    if (result->parts == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; contents->boot.table_found && i < table->count; i++)
        add(result, table->entries[i].label, table->entries[i].offset, table->entries[i].size);
    if (contents->boot.table_found) {
        add(result, SELECT_TABLE, table->offset, ESPBAK_FLASH_SECTOR);
        add(result, SELECT_BOOTLOADER, start, table->offset > start ? table->offset - start : 0);
    }
    /* The last part: everything that belongs to none of the others. */
    espbak_diff_part *rest = &result->parts[result->part_count++];
    snprintf(rest->name, sizeof(rest->name), "%s", result->part_count > 1 ? "in no partition" : "flash");
    rest->size = size;
    return ESPBAK_OK;
}

espbak_diff_part *diff_parts_find(espbak_diff_result *result, uint64_t offset)
{
    for (size_t i = 0; i + 1 < result->part_count; i++) {
        espbak_diff_part *part = &result->parts[i];
        if (offset >= part->offset && offset - part->offset < part->size)
            return part;
    }
    return &result->parts[result->part_count - 1];
}

static bool same_entry(const espbak_partition *a, const espbak_partition *b)
{
    return strcmp(a->label, b->label) == 0 && a->type == b->type && a->subtype == b->subtype &&
           a->offset == b->offset && a->size == b->size && a->encrypted == b->encrypted && a->read_only == b->read_only;
}

bool diff_tables_differ(const espbak_partition_table *a, const espbak_partition_table *b)
{
    if (a->count != b->count || a->offset != b->offset)
        return true;
    for (size_t i = 0; i < a->count; i++) {
        if (!same_entry(&a->entries[i], &b->entries[i]))
            return true;
    }
    return false;
}
