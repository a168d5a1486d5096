/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as ESP-IDF projects write them; arithmetic and names are those of its gen_esp32part.py. */
#include <string.h>

#include "base/bytes.h"
#include "image/number.h"
#include "image/table/entries.h"

enum {
    FIELDS = 6,
    FIELD_MAX = 128,
    TABLE_SECTOR = 0x1000,
    APP_ALIGNMENT = 0x10000,
    DATA_ALIGNMENT = 0x1000,
    PRIMARY = 0,
    SUBTYPE_UNDEFINED = 6,
};

/* One line, its fields trimmed and terminated. */
typedef struct csv_line {
    char fields[FIELDS][FIELD_MAX];
    unsigned number;
} csv_line;

typedef struct csv_table {
    espbak_partition_table *table;
    espbak_partition_layout layout;
    uint64_t last_end; /* where a partition without an offset goes */
    espbak_findings *findings;
} csv_table;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const char **text, size_t *size)
{
    while (*size > 0 && is_space(**text)) {
        ++*text;
        --*size;
    }
    while (*size > 0 && is_space((*text)[*size - 1]))
        --*size;
}

/* False when a field is longer than any that can be meant. */
static bool split(csv_line *line, const char *text, size_t size)
{
    memset(line->fields, 0, sizeof(line->fields));
    for (size_t i = 0; i < FIELDS; i++) {
        const char *comma = memchr(text, ',', size);
        const char *field = text;
        size_t length = comma != NULL ? (size_t)(comma - text) : size;
        const size_t used = length;
        trim(&field, &length);
        if (length >= FIELD_MAX || memchr(field, '\0', length) != NULL)
            return false;
        memcpy(line->fields[i], field, length);
        if (comma == NULL)
            return true;
        text += used + 1;
        size -= used + 1;
    }
    return true;
}

static espbak_status bad_field(const csv_line *line, size_t field, const char *what, espbak_error *err)
{
    char text[48];
    bytes_printable(text, sizeof(text), line->fields[field], strlen(line->fields[field]));
    return espbak_fail(err, ESPBAK_E_FILE, "line %u: \"%s\" is no %s", line->number, text, what);
}

static void to_lower(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text | 0x20);
    }
}

static espbak_status take_kind(espbak_partition *p, csv_line *line, espbak_error *err)
{
    to_lower(line->fields[1]);
    to_lower(line->fields[2]);
    if (!espbak_partition_type_from_text(line->fields[1], &p->type))
        return bad_field(line, 1, "partition type", err);
    if (line->fields[2][0] == '\0' && p->type != ESPBAK_PARTITION_APP) {
        p->subtype = SUBTYPE_UNDEFINED;
        return ESPBAK_OK;
    }
    if (!espbak_partition_subtype_from_text(p->type, line->fields[2], &p->subtype))
        return bad_field(line, 2, "subtype of this type", err);
    return ESPBAK_OK;
}

static espbak_status take_flags(espbak_partition *p, const csv_line *line, espbak_error *err)
{
    const char *flag = line->fields[5];
    while (*flag != '\0') {
        const size_t length = strcspn(flag, ":");
        if (length == strlen("encrypted") && strncmp(flag, "encrypted", length) == 0)
            p->encrypted = true;
        else if (length == strlen("readonly") && strncmp(flag, "readonly", length) == 0)
            p->read_only = true;
        else if (length > 0)
            return bad_field(line, 5, "flag", err);
        flag += length + (flag[length] == ':');
    }
    return ESPBAK_OK;
}

/* A blank offset is the next free place; a negative size counts to that address. */
static espbak_status take_place(csv_table *csv, espbak_partition *p, const csv_line *line, espbak_error *err)
{
    const uint64_t alignment = p->type == ESPBAK_PARTITION_APP ? APP_ALIGNMENT : DATA_ALIGNMENT;
    int64_t offset = (int64_t)((csv->last_end + alignment - 1) / alignment * alignment);
    int64_t size = 0;
    const char *offset_text = line->fields[3], *size_text = line->fields[4];
    if (*offset_text != '\0' && !number_parse(offset_text, strlen(offset_text), &offset))
        return bad_field(line, 3, "offset", err);
    if (p->type == ESPBAK_PARTITION_BOOTLOADER)
        size = (int64_t)csv->layout.table_offset - (int64_t)csv->layout.bootloader_offset;
    else if (p->type == ESPBAK_PARTITION_TABLE)
        size = TABLE_SECTOR;
    else if (!number_parse(size_text, strlen(size_text), &size))
        return bad_field(line, 4, "size", err);
    if (offset < (int64_t)csv->last_end)
        return espbak_fail(err, ESPBAK_E_FILE,
                           "line %u: %s begins at 0x%llx, before the end of what precedes it (0x%llx)", line->number,
                           p->label, (unsigned long long)offset, (unsigned long long)csv->last_end);
    if (size < 0)
        size = -size - offset;
    if (size < 0 || !bytes_range_within((uint64_t)offset, (uint64_t)size, UINT32_MAX))
        return espbak_fail(err, ESPBAK_E_FILE, "line %u: %s has no place at 0x%llx", line->number, p->label,
                           (unsigned long long)offset);
    p->offset = (uint32_t)offset;
    p->size = (uint32_t)size;
    csv->last_end = (uint64_t)(offset + size);
    return ESPBAK_OK;
}

/* The bootloader and the table itself stand where they always do, whatever their line says. */
static bool take_primary(const csv_table *csv, espbak_partition *p)
{
    if (p->subtype != PRIMARY || (p->type != ESPBAK_PARTITION_BOOTLOADER && p->type != ESPBAK_PARTITION_TABLE))
        return false;
    const bool is_table = p->type == ESPBAK_PARTITION_TABLE;
    p->offset = (uint32_t)(is_table ? csv->layout.table_offset : csv->layout.bootloader_offset);
    p->size = is_table ? TABLE_SECTOR : (uint32_t)(csv->layout.table_offset - csv->layout.bootloader_offset);
    return true;
}

static espbak_status take_line(csv_table *csv, csv_line *line, espbak_error *err)
{
    if (csv->table->count == ESPBAK_PARTITIONS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "line %u: there are more than %d partitions", line->number,
                           ESPBAK_PARTITIONS_MAX);
    espbak_partition p = {0};
    const size_t length = strlen(line->fields[0]);
    bytes_printable(p.label, sizeof(p.label), line->fields[0], length);
    if (length >= sizeof(p.label))
        espbak_findings_add(csv->findings, ESPBAK_FINDING_WARNING, "line %u: the label is cut to %s", line->number,
                            p.label);
    espbak_status status = take_kind(&p, line, err);
    if (status == ESPBAK_OK)
        status = take_flags(&p, line, err);
    if (status == ESPBAK_OK && !take_primary(csv, &p))
        status = take_place(csv, &p, line, err);
    if (status != ESPBAK_OK)
        return status;
    const uint64_t flash = csv->layout.flash_size;
    p.outside = flash != 0 && !bytes_range_within(p.offset, p.size, flash);
    if (p.outside)
        espbak_findings_add(csv->findings, ESPBAK_FINDING_DAMAGE, "line %u: %s leaves the flash (0x%llx bytes)",
                            line->number, p.label, (unsigned long long)flash);
    return entries_add(csv->table, &p, err);
}

static espbak_status parse_lines(csv_table *csv, const char *text, size_t size, espbak_error *err)
{
    csv_line line;
    const char *const end = text + size;
    for (unsigned number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *start = text;
        size_t length = newline != NULL ? (size_t)(newline - text) : (size_t)(end - text);
        text += length + (newline != NULL);
        trim(&start, &length);
        if (length == 0 || *start == '#')
            continue;
        line.number = number;
        if (!split(&line, start, length))
            return espbak_fail(err, ESPBAK_E_FILE, "line %u is no line of a partition table", number);
        const espbak_status status = take_line(csv, &line, err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

static espbak_status from_csv(csv_table *csv, const char *text, size_t size, espbak_error *err)
{
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* some editors put a byte order mark first */
        text += 3;
        size -= 3;
    }
    const espbak_status status = parse_lines(csv, text, size, err);
    if (status != ESPBAK_OK)
        return status;
    if (csv->table->count == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "there is no partition in it");
    csv->table->bootable = true;
    for (size_t i = 0; i < csv->table->count; i++)
        csv->table->bootable = csv->table->bootable && !csv->table->entries[i].outside;
    return ESPBAK_OK;
}

espbak_status espbak_partition_table_from_file_text(espbak_partition_table *table, const void *bytes, size_t size,
                                                    const espbak_partition_layout *layout, espbak_findings *findings,
                                                    espbak_error *err)
{
    csv_table csv = {.table = table, .layout = *layout, .findings = findings};
    bool found = false;
    espbak_status status = ESPBAK_OK;
    *table = (espbak_partition_table){0};
    if (csv.layout.table_offset == 0)
        csv.layout.table_offset = ESPBAK_PARTITION_TABLE_OFFSET;
    if (csv.layout.table_offset > UINT32_MAX || csv.layout.bootloader_offset > csv.layout.table_offset)
        return espbak_fail(err, ESPBAK_E_USAGE, "no partition table can stand at 0x%llx",
                           (unsigned long long)csv.layout.table_offset);
    csv.last_end = csv.layout.table_offset + TABLE_SECTOR;
    if (espbak_partition_table_begins(bytes, size))
        status = espbak_partition_table_examine(table, bytes, size, layout->flash_size, &found, csv.findings, err);
    else
        status = from_csv(&csv, bytes, size, err);
    if (status != ESPBAK_OK) {
        espbak_partition_table_free(table);
        return status;
    }
    table->offset = csv.layout.table_offset;
    espbak_partition_table_check(table, csv.findings);
    return ESPBAK_OK;
}
