/* SPDX-License-Identifier: Apache-2.0 */
/* Layout: ESP-IDF esp_partition_info_t and gen_esp32part.py; 32-byte rows, little-endian. */
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/image.h"

enum {
    ROW_MAGIC = 0x50AA,
    MD5_MAGIC = 0xEBEB,
    LABEL_AT = 12,
    LABEL_SIZE = 16,
    FLAGS_AT = 28,
    FLAG_ENCRYPTED = 1,
    FLAG_READ_ONLY = 2,
    MD5_AT = 16, /* in its row */
};

bool espbak_partition_table_begins(const uint8_t *bytes, size_t size)
{
    return size >= ESPBAK_PARTITION_ROW_SIZE && bytes_get_le16(bytes) == ROW_MAGIC;
}

static void take_row(espbak_partition *entry, const uint8_t *row)
{
    const uint32_t flags = bytes_get_le32(row + FLAGS_AT);
    *entry = (espbak_partition){
        .type = row[2],
        .subtype = row[3],
        .offset = bytes_get_le32(row + 4),
        .size = bytes_get_le32(row + 8),
        .encrypted = (flags & FLAG_ENCRYPTED) != 0,
        .read_only = (flags & FLAG_READ_ONLY) != 0,
    };
    bytes_printable(entry->label, sizeof(entry->label), (const char *)row + LABEL_AT, LABEL_SIZE);
}

static espbak_status add_row(espbak_partition_table *table, const uint8_t *row, uint64_t flash_size, espbak_error *err)
{
    if (table->count == ESPBAK_PARTITIONS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "the partition table has no end");
    espbak_partition *entry = &table->entries[table->count];
    take_row(entry, row);
    /* Addresses have 32 bits even where the size of the flash is not known. */
    const uint64_t limit = flash_size == 0 ? (uint64_t)UINT32_MAX + 1 : flash_size;
    if (!bytes_range_within(entry->offset, entry->size, limit))
        return espbak_fail(err, ESPBAK_E_FILE,
                           "the partition table has %s at 0x%lx with 0x%lx bytes, past the end of the flash (0x%llx)",
                           entry->label, (unsigned long)entry->offset, (unsigned long)entry->size,
                           (unsigned long long)limit);
    table->count++;
    return ESPBAK_OK;
}

/* The MD5 of all rows before its own. */
static espbak_status check_md5(espbak_partition_table *table, const uint8_t *bytes, size_t at, espbak_error *err)
{
    uint8_t md5[DIGEST_MD5_SIZE];
    const espbak_status status = digest_of(DIGEST_MD5, bytes, at, md5, err);
    table->md5_present = true;
    table->md5_ok = status == ESPBAK_OK && memcmp(md5, bytes + at + MD5_AT, sizeof(md5)) == 0;
    return status;
}

static espbak_status parse_rows(espbak_partition_table *table, const uint8_t *bytes, size_t size, uint64_t flash_size,
                                espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t at = 0; at + ESPBAK_PARTITION_ROW_SIZE <= size && status == ESPBAK_OK;
         at += ESPBAK_PARTITION_ROW_SIZE) {
        const uint8_t *row = bytes + at;
        const uint16_t magic = bytes_get_le16(row);
        if (bytes_are_all(row, ESPBAK_PARTITION_ROW_SIZE, 0xFF))
            return ESPBAK_OK;
        if (magic == ROW_MAGIC && !table->md5_present)
            status = add_row(table, row, flash_size, err);
        else if (magic == MD5_MAGIC && !table->md5_present)
            status = check_md5(table, bytes, at, err);
        else
            return espbak_fail(err, ESPBAK_E_FILE, "row %zu of the partition table is damaged",
                               at / ESPBAK_PARTITION_ROW_SIZE + 1);
    }
    return status;
}

espbak_status espbak_partition_table_parse(espbak_partition_table *table, const uint8_t *bytes, size_t size,
                                           uint64_t flash_size, espbak_error *err)
{
    *table = (espbak_partition_table){0};
    if (!espbak_partition_table_begins(bytes, size))
        return espbak_fail(err, ESPBAK_E_FILE, "there is no partition table");
    const size_t used = (size_t)bytes_min64(size, ESPBAK_PARTITION_TABLE_SIZE);
    const espbak_status status = parse_rows(table, bytes, used, flash_size, err);
    if (status != ESPBAK_OK)
        table->count = 0;
    return status;
}

espbak_status espbak_partition_table_read(const espbak_image_reader *reader, uint64_t offset,
                                          espbak_partition_table *table, espbak_error *err)
{
    uint8_t bytes[ESPBAK_PARTITION_TABLE_SIZE];
    *table = (espbak_partition_table){0};
    const uint64_t left = offset < reader->size ? reader->size - offset : 0;
    const size_t size = (size_t)bytes_min64(sizeof(bytes), left);
    espbak_status status = size == 0 ? ESPBAK_OK : reader->read(reader->ctx, offset, bytes, size, err);
    if (status != ESPBAK_OK)
        return status;
    status = espbak_partition_table_parse(table, bytes, size, reader->size, err);
    if (status == ESPBAK_E_FILE)
        espbak_error_prefix(err, "at 0x%llx", (unsigned long long)offset);
    return status;
}

const espbak_partition *espbak_partition_find(const espbak_partition_table *table, const char *label)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->entries[i].label, label) == 0)
            return &table->entries[i];
    }
    return NULL;
}
