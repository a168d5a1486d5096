/* SPDX-License-Identifier: Apache-2.0 */
/* Layout: ESP-IDF esp_partition_info_t and gen_esp32part.py; 32-byte rows, little-endian. */
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "image/table/entries.h"

enum {
    ROW_MAGIC = 0x50AA,
    MD5_MAGIC = 0xEBEB,
    END_MAGIC = 0xFFFF,
    LABEL_AT = 12,
    LABEL_SIZE = 16,
    FLAGS_AT = 28,
    FLAG_ENCRYPTED = 1,
    FLAG_READ_ONLY = 2,
    MD5_AT = 16, /* in its row */
};

/* A table being taken apart. */
typedef struct parser {
    espbak_partition_table *table;
    const uint8_t *bytes;
    uint64_t limit;  /* end of the flash */
    bool ended;      /* the end marker was seen */
    bool strange;    /* something that a bootloader refuses */
    bool behind_md5; /* rows follow the MD5 */
    espbak_findings *findings;
} parser;

bool espbak_partition_table_begins(const uint8_t *bytes, size_t size)
{
    return size >= ESPBAK_PARTITION_ROW_SIZE && bytes_get_le16(bytes) == ROW_MAGIC;
}

static espbak_partition take_row(const uint8_t *row)
{
    const uint32_t flags = bytes_get_le32(row + FLAGS_AT);
    espbak_partition entry = {
        .type = row[2],
        .subtype = row[3],
        .offset = bytes_get_le32(row + 4),
        .size = bytes_get_le32(row + 8),
        .encrypted = (flags & FLAG_ENCRYPTED) != 0,
        .read_only = (flags & FLAG_READ_ONLY) != 0,
    };
    bytes_printable(entry.label, sizeof(entry.label), (const char *)row + LABEL_AT, LABEL_SIZE);
    return entry;
}

/* Nothing in it had to be replaced, and it ends where its field or a zero does. */
static bool label_is_text(const espbak_partition *entry, const uint8_t *row)
{
    const size_t length = strlen(entry->label);
    return memcmp(entry->label, row + LABEL_AT, length) == 0 &&
           (length == LABEL_SIZE || row[LABEL_AT + length] == '\0');
}

static void tell_outside(parser *p, const espbak_partition *entry)
{
    espbak_findings_add(p->findings, ESPBAK_FINDING_WARNING,
                        "%s at 0x%lx with 0x%lx bytes leaves the flash (0x%llx bytes)", entry->label,
                        (unsigned long)entry->offset, (unsigned long)entry->size, (unsigned long long)p->limit);
}

static espbak_status add_row(parser *p, const uint8_t *row, espbak_error *err)
{
    espbak_partition entry = take_row(row);
    if (p->table->count == ESPBAK_PARTITIONS_MAX) {
        p->strange = true;
        espbak_findings_add(p->findings, ESPBAK_FINDING_DAMAGE, "the partition table has no end");
        return ESPBAK_OK;
    }
    entry.outside = !bytes_range_within(entry.offset, entry.size, p->limit);
    const espbak_status status = entries_add(p->table, &entry, err);
    if (status != ESPBAK_OK)
        return status;
    p->behind_md5 = p->table->md5_present;
    if (p->table->md5_present)
        espbak_findings_add(p->findings, ESPBAK_FINDING_WARNING, "%s stands behind the MD5 of the partition table",
                            entry.label);
    if (!label_is_text(&entry, row))
        espbak_findings_add(p->findings, ESPBAK_FINDING_DAMAGE, "the label of partition %zu is not text: %s",
                            p->table->count, entry.label);
    if (entry.outside)
        tell_outside(p, &entry);
    return ESPBAK_OK;
}

/* The MD5 of all rows before its own. */
static espbak_status check_md5(parser *p, size_t at, espbak_error *err)
{
    uint8_t md5[DIGEST_MD5_SIZE];
    const espbak_status status = digest_of(DIGEST_MD5, p->bytes, at, md5, err);
    p->table->md5_present = true;
    p->table->md5_ok = status == ESPBAK_OK && memcmp(md5, p->bytes + at + MD5_AT, sizeof(md5)) == 0;
    if (p->table->md5_ok)
        return status;
    p->strange = true;
    espbak_findings_add(p->findings, ESPBAK_FINDING_DAMAGE, "the MD5 of the partition table is wrong");
    return status;
}

static void bad_row(parser *p, size_t at)
{
    const size_t number = at / ESPBAK_PARTITION_ROW_SIZE + 1;
    p->strange = true;
    espbak_findings_add(p->findings, ESPBAK_FINDING_DAMAGE, "row %zu of the partition table is damaged", number);
}

/* ESP-IDF looks at the magic, type and subtype of the row that ends a table; the rest of it should be erased too. */
static bool is_end(const uint8_t *row)
{
    return bytes_get_le16(row) == END_MAGIC && row[2] == 0xFF && row[3] == 0xFF;
}

static espbak_status parse_rows(parser *p, size_t size, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t at = 0; at + ESPBAK_PARTITION_ROW_SIZE <= size && status == ESPBAK_OK && !p->ended;
         at += ESPBAK_PARTITION_ROW_SIZE) {
        const uint8_t *row = p->bytes + at;
        const uint16_t magic = bytes_get_le16(row);
        if (is_end(row))
            p->ended = true;
        else if (magic == ROW_MAGIC)
            status = add_row(p, row, err);
        else if (magic == MD5_MAGIC && !p->table->md5_present)
            status = check_md5(p, at, err);
        else
            bad_row(p, at);
    }
    return status;
}

static parser parser_for(espbak_partition_table *table, const uint8_t *bytes, uint64_t flash_size)
{
    *table = (espbak_partition_table){0};
    /* Addresses have 32 bits even where the size of the flash is not known. */
    return (parser){
        .table = table,
        .bytes = bytes,
        .limit = flash_size == 0 ? (uint64_t)UINT32_MAX + 1 : flash_size,
    };
}

/* One row that looks like one could be chance; two behind a damaged first row are not. */
static bool holds_rows(const uint8_t *bytes, size_t size)
{
    size_t rows = 0;
    for (size_t at = 0; at + ESPBAK_PARTITION_ROW_SIZE <= size; at += ESPBAK_PARTITION_ROW_SIZE)
        rows += bytes_get_le16(bytes + at) == ROW_MAGIC;
    return rows > 1 || espbak_partition_table_begins(bytes, size);
}

espbak_status espbak_partition_table_examine(espbak_partition_table *table, const uint8_t *bytes, size_t size,
                                             uint64_t flash_size, bool *found, espbak_findings *findings,
                                             espbak_error *err)
{
    parser p = parser_for(table, bytes, flash_size);
    const size_t used = (size_t)bytes_min64(size, ESPBAK_PARTITION_TABLE_SIZE);
    *found = holds_rows(bytes, used);
    if (!*found)
        return ESPBAK_OK;
    p.findings = findings;
    const espbak_status status = parse_rows(&p, used, err);
    table->bootable = p.ended && !p.strange;
    /* The bootloader counts rows without that of the MD5, and then goes through them with it. */
    if (p.behind_md5)
        table->entries[table->count - 1].unseen = true;
    if (!p.ended && table->count < ESPBAK_PARTITIONS_MAX)
        espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "the partition table has no end");
    if (!table->md5_present)
        espbak_findings_add(
            findings, ESPBAK_FINDING_NOTE,
            "the partition table has no MD5: bootloaders take it, applications that want one find no partition");
    return status;
}
