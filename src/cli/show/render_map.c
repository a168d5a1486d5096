/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

#include <ctype.h>
#include <string.h>

#include "espbak/chip.h"

enum { MARGIN = 13, ROWS_MAX = 16, COLUMNS_MIN = 16, COLUMNS_MAX = 128 };

#define TIMES "\xC3\x97" /* a multiplication sign */

/* What a sector belongs to: a letter where it holds data, another where it is erased. */
typedef struct map_kind {
    char used, erased;
    const char *color, *name; /* as ANSI knows colors */
} map_kind;

typedef enum kind { KIND_BOOT, KIND_TABLE, KIND_APP, KIND_NVS, KIND_OTA, KIND_DATA, KIND_FREE, KIND_NOT_HELD } kind;

/* In the order of the legend. */
static const map_kind kinds[] = {
    [KIND_BOOT] = {'B', 'b', "35", "bootloader"},   [KIND_TABLE] = {'T', 't', "36", "table"},
    [KIND_APP] = {'A', 'a', "32", "app"},           [KIND_NVS] = {'N', 'n', "33", "NVS"},
    [KIND_OTA] = {'O', 'o', "31", "otadata"},       [KIND_DATA] = {'D', 'd', "34", "data"},
    [KIND_FREE] = {'#', '.', "90", "no partition"}, [KIND_NOT_HELD] = {'?', '?', "90", "not held"},
};
enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

typedef struct map {
    output *out;
    const espbak_inspection *from;
    size_t columns, sectors_a_cell;
    bool seen[KIND_COUNT][2]; /* erased, and holding data */
} map;

static kind kind_of_entry(const espbak_partition *entry)
{
    if (entry->type == ESPBAK_PARTITION_APP)
        return KIND_APP;
    if (entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_NVS)
        return KIND_NVS;
    if (entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_OTA)
        return KIND_OTA;
    return KIND_DATA;
}

static kind kind_of_sector(const espbak_inspection *from, size_t sector)
{
    const espbak_boot_report *boot = &from->contents->boot;
    const uint64_t at = (uint64_t)sector * ESPBAK_USAGE_SECTOR;
    if (from->sectors[sector] == ESPBAK_SECTOR_NOT_HELD)
        return KIND_NOT_HELD;
    for (size_t i = 0; i < boot->table.count; i++) {
        const espbak_partition *entry = &boot->table.entries[i];
        if (at + ESPBAK_USAGE_SECTOR > entry->offset && at < (uint64_t)entry->offset + entry->size)
            return kind_of_entry(entry);
    }
    if (!boot->table_found)
        return KIND_FREE;
    if (at / ESPBAK_USAGE_SECTOR == boot->table.offset / ESPBAK_USAGE_SECTOR)
        return KIND_TABLE;
    const espbak_chip *chip = from->contents->chip;
    return chip != NULL && at >= chip->bootloader_offset && at < boot->table.offset ? KIND_BOOT : KIND_FREE;
}

/* The kind that takes most of the cell, and whether any of that holds data. */
static kind summarize(const map *m, size_t first, bool *used)
{
    size_t counts[KIND_COUNT] = {0};
    bool in_use[KIND_COUNT] = {false};
    kind best = KIND_FREE;
    for (size_t i = first; i < first + m->sectors_a_cell && i < m->from->sector_count; i++) {
        const kind k = kind_of_sector(m->from, i);
        counts[k] += m->from->sectors[i] != 0 && k != KIND_FREE ? m->sectors_a_cell : 1;
        in_use[k] = in_use[k] || m->from->sectors[i] != 0;
        best = counts[k] > counts[best] ? k : best;
    }
    *used = in_use[best];
    return best;
}

/* One letter a cell, as it is printed without colors. */
static size_t fill_row(const map *m, size_t first, const map_kind *cells[COLUMNS_MAX], char letters[COLUMNS_MAX])
{
    size_t count = 0;
    for (; count < m->columns && first < m->from->sector_count; count++, first += m->sectors_a_cell) {
        bool used;
        cells[count] = &kinds[summarize(m, first, &used)];
        letters[count] = used ? cells[count]->used : cells[count]->erased;
    }
    return count;
}

/* How many rows from `first` on are the same. */
static size_t count_alike(const map *m, size_t first)
{
    const map_kind *cells[COLUMNS_MAX];
    char row[COLUMNS_MAX], next[COLUMNS_MAX];
    const size_t size = fill_row(m, first, cells, row), step = m->columns * m->sectors_a_cell;
    size_t alike = 1;
    for (size_t at = first + step; at < m->from->sector_count; at += step, alike++) {
        if (fill_row(m, at, cells, next) != size || memcmp(row, next, size) != 0)
            break;
    }
    return alike;
}

static void print_row(const map *m, size_t first, size_t alike)
{
    FILE *stream = m->out->stream;
    const map_kind *cells[COLUMNS_MAX];
    char letters[COLUMNS_MAX];
    const char *color = "";
    const size_t size = fill_row(m, first, cells, letters);
    fprintf(stream, "  0x%08llX ", (unsigned long long)first * ESPBAK_USAGE_SECTOR);
    for (size_t i = 0; i < size; i++) {
        if (m->out->color && cells[i]->color != color)
            fprintf(stream, "\033[%sm", cells[i]->color);
        color = cells[i]->color;
        fputc(letters[i], stream);
    }
    if (m->out->color)
        fputs("\033[0m", stream);
    if (alike > 1)
        fprintf(stream, TIMES "%zu", alike);
    fputc('\n', stream);
}

/* "A app", the capital where both letters occur; "# and . no partition" for a pair that is none of one letter. */
static void name_letters(char *out, size_t capacity, const map_kind *k, const bool seen[2])
{
    const bool pair = seen[0] && seen[1] && !isalpha((unsigned char)k->used) && k->used != k->erased;
    if (pair)
        snprintf(out, capacity, "%c and %c %s", k->used, k->erased, k->name);
    else
        snprintf(out, capacity, "%c %s", seen[1] ? k->used : k->erased, k->name);
}

/* Only what occurs, in as many lines as it takes. */
static void print_legend(const map *m)
{
    char size[TEXT_SHORT], line[256] = " ", entry[48];
    size_t used = 1;
    output_line(m->out, "  One character is %s, small letters are erased:",
                text_size(size, (uint64_t)m->sectors_a_cell * ESPBAK_USAGE_SECTOR));
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (!m->seen[i][0] && !m->seen[i][1])
            continue;
        name_letters(entry, sizeof(entry), &kinds[i], m->seen[i]);

        if (used > 1 && used + strlen(entry) + 2 > m->out->width) {
            output_line(m->out, "%s,", line);
            used = 1;
        }
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", used == 1 ? " " : ", ", entry);
    }
    output_line(m->out, "%s", line);
}

static void look_what_occurs(map *m)
{
    for (size_t first = 0; first < m->from->sector_count; first += m->sectors_a_cell) {
        bool used;
        const kind k = summarize(m, first, &used);
        m->seen[k][used] = true;
    }
}

void render_map(output *out, const espbak_inspection *inspection)
{
    map m = {.out = out, .from = inspection};
    if (out->json)
        return;
    m.columns = out->width > MARGIN + COLUMNS_MIN ? out->width - MARGIN : COLUMNS_MIN;
    m.columns = m.columns > COLUMNS_MAX ? COLUMNS_MAX : m.columns - m.columns % COLUMNS_MIN;
    m.sectors_a_cell = 1;
    while (m.columns * ROWS_MAX * m.sectors_a_cell < inspection->sector_count)
        m.sectors_a_cell *= 2;
    look_what_occurs(&m);
    print_legend(&m);
    for (size_t first = 0, alike; first < inspection->sector_count; first += alike * m.columns * m.sectors_a_cell) {
        alike = count_alike(&m, first);
        print_row(&m, first, alike);
    }
}
