/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in a flash: where ESP-IDF puts them, or where a project was told to. */
#include <string.h>

#include "base/bytes.h"
#include "espbak/partition.h"
#include "image/number.h"
#include "image/table/places.h"

enum { SECTOR = 4096 };

const espbak_partition *espbak_partition_find(const espbak_partition_table *table, const char *label)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->entries[i].label, label) == 0)
            return &table->entries[i];
    }
    return NULL;
}

const espbak_partition *espbak_partition_find_kind(const espbak_partition_table *table, uint8_t type, uint8_t subtype)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->entries[i].type == type && table->entries[i].subtype == subtype)
            return &table->entries[i];
    }
    return NULL;
}

static espbak_status examine_at(const espbak_image_reader *reader, uint64_t offset, espbak_partition_table *table,
                                bool *found, espbak_findings *findings, espbak_error *err)
{
    uint8_t bytes[ESPBAK_PARTITION_TABLE_SIZE];
    const uint64_t left = offset < reader->size ? reader->size - offset : 0;
    const size_t size = (size_t)bytes_min64(sizeof(bytes), left);
    espbak_status status = size == 0 ? ESPBAK_OK : reader->read(reader->ctx, offset, bytes, size, err);
    if (status == ESPBAK_OK)
        status = espbak_partition_table_examine(table, bytes, size, reader->size, found, findings, err);
    table->offset = offset;
    return status;
}

static espbak_status begins_at(const espbak_image_reader *reader, uint64_t offset, bool *begins, espbak_error *err)
{
    uint8_t row[ESPBAK_PARTITION_ROW_SIZE];
    const espbak_status status = reader->read(reader->ctx, offset, row, sizeof(row), err);
    *begins = status == ESPBAK_OK && espbak_partition_table_begins(row, sizeof(row));
    return status;
}

/* What a bootloader would take at `offset`, if anything is there. */
static espbak_status look_at(const espbak_image_reader *reader, uint64_t offset, bool *usable, bool *proven,
                             espbak_error *err)
{
    espbak_partition_table table = {0};
    bool found = false;
    espbak_status status = begins_at(reader, offset, &found, err);
    if (status == ESPBAK_OK && found)
        status = examine_at(reader, offset, &table, &found, NULL, err);
    *usable = status == ESPBAK_OK && found && table.bootable && table.count > 0;
    *proven = *usable && table.md5_ok;
    espbak_partition_table_free(&table);
    return status;
}

static bool scan_goes_on(const espbak_image_reader *reader, uint64_t at)
{
    return at + ESPBAK_PARTITION_ROW_SIZE <= bytes_min64(reader->size, ESPBAK_PARTITION_SCAN_END);
}

/* The place of the best table: one with a right MD5, else the first that a bootloader would take. */
static espbak_status scan(const espbak_image_reader *reader, uint64_t *place, espbak_error *err)
{
    bool best = false;
    *place = ESPBAK_PARTITION_TABLE_ANYWHERE;
    for (uint64_t at = SECTOR; scan_goes_on(reader, at) && !best; at += SECTOR) {
        bool usable;
        if (look_at(reader, at, &usable, &best, err) != ESPBAK_OK)
            return err->status;
        if (best || (usable && *place == ESPBAK_PARTITION_TABLE_ANYWHERE))
            *place = at;
    }
    return ESPBAK_OK;
}

static bool is_meant_for_table(const espbak_partition_table *known, uint64_t at)
{
    for (size_t i = 0; i < known->count; i++) {
        const espbak_partition *entry = &known->entries[i];
        if (entry->type == ESPBAK_PARTITION_TABLE && at >= entry->offset && at - entry->offset < entry->size)
            return true;
    }
    return false;
}

espbak_status partition_tables_list(const espbak_image_reader *reader, const espbak_partition_table *known,
                                    uint64_t *places, size_t max, size_t *count, espbak_error *err)
{
    *count = 0;
    for (uint64_t at = SECTOR; scan_goes_on(reader, at) && *count < max; at += SECTOR) {
        bool usable = false, proven = false;
        if (at == known->offset || is_meant_for_table(known, at))
            continue;
        if (look_at(reader, at, &usable, &proven, err) != ESPBAK_OK)
            return err->status;
        if (usable)
            places[(*count)++] = at;
    }
    return ESPBAK_OK;
}

espbak_status espbak_partition_table_find(const espbak_image_reader *reader, uint64_t offset,
                                          espbak_partition_table *table, bool *found, espbak_findings *findings,
                                          espbak_error *err)
{
    *table = (espbak_partition_table){0};
    *found = false;
    const bool anywhere = offset == ESPBAK_PARTITION_TABLE_ANYWHERE;
    uint64_t place = anywhere ? ESPBAK_PARTITION_TABLE_OFFSET : offset;
    espbak_status status = examine_at(reader, place, table, found, findings, err);
    if (status == ESPBAK_OK && !*found && anywhere) {
        status = scan(reader, &place, err);
        if (status == ESPBAK_OK && place != ESPBAK_PARTITION_TABLE_ANYWHERE) {
            espbak_findings_add(findings, ESPBAK_FINDING_NOTE, "the partition table stands at 0x%llx",
                                (unsigned long long)place);
            espbak_partition_table_free(table);
            status = examine_at(reader, place, table, found, findings, err);
        }
    }
    if (status == ESPBAK_OK && *found)
        espbak_partition_table_check(table, findings);
    return status;
}

static bool take_setting(const char *text, size_t size, uint64_t *offset)
{
    int64_t value = 0;
    while (size > 0 && (text[size - 1] == '\r' || text[size - 1] == ' '))
        size--;
    if (!number_parse(text, size, &value) || value <= 0 || value > UINT32_MAX)
        return false;
    *offset = (uint64_t)value;
    return true;
}

bool espbak_sdkconfig_table_offset(const char *text, size_t size, uint64_t *offset)
{
    static const char name[] = "CONFIG_PARTITION_TABLE_OFFSET=";
    const size_t length = sizeof(name) - 1;
    const char *const end = text + size;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL)
            stop = end;
        if ((size_t)(stop - text) > length && memcmp(text, name, length) == 0)
            return take_setting(text + length, (size_t)(stop - text) - length, offset);
        text = stop == end ? end : stop + 1;
    }
    return false;
}
