/* SPDX-License-Identifier: Apache-2.0 */
/* The flash as a bar, to scale: pale is what a part has, full what is used of it, hatched what is not held. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/page/page.h"
#include "cli/show/text.h"
#include "espbak/chip.h"

enum { PARTS_MAX = ESPBAK_PARTITIONS_MAX + 2, BAR = 46, COLUMNS = 1000 };

typedef struct map_part {
    const char *name, *kind;
    uint64_t offset, end;
} map_part;

typedef struct map {
    html *page;
    const espbak_inspection *found;
    map_part parts[2 * PARTS_MAX + 1]; /* with what lies between them */
    size_t count;
    uint64_t from, to; /* that is drawn */
} map;

static int by_offset(const void *a, const void *b)
{
    const map_part *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void add(map *m, const char *name, const char *kind, uint64_t offset, uint64_t end)
{
    if (m->count < sizeof(m->parts) / sizeof(m->parts[0]) && offset < end && offset < m->found->size)
        m->parts[m->count++] = (map_part){name, kind, offset, bytes_min64(end, m->found->size)};
}

static void lay_out(map *m)
{
    const espbak_contents *contents = m->found->contents;
    const espbak_partition_table *table = &contents->boot.table;
    const bool known = contents->boot.table_found;
    if (known && contents->chip != NULL)
        add(m, "bootloader", "boot", contents->chip->bootloader_offset, table->offset);
    if (known)
        add(m, "partition table", "table", table->offset, table->offset + ESPBAK_USAGE_SECTOR);
    for (size_t i = 0; i < table->count && i < ESPBAK_PARTITIONS_MAX; i++) {
        const espbak_partition *entry = &table->entries[i];
        if (!entry->outside)
            add(m, entry->label, page_kind(contents, entry), entry->offset, (uint64_t)entry->offset + entry->size);
    }
    if (m->count > 1)
        qsort(m->parts, m->count, sizeof(m->parts[0]), by_offset);
    const size_t named = m->count;
    uint64_t at = 0;
    for (size_t i = 0; i < named; i++) {
        add(m, "no partition", "none", at, m->parts[i].offset);
        at = m->parts[i].end > at ? m->parts[i].end : at;
    }
    add(m, "no partition", "none", at, m->found->size);
}

static double percent(const map *m, uint64_t offset)
{
    return 100.0 * (double)(offset - m->from) / (double)(m->to - m->from);
}

typedef enum state { ERASED, USED, NOT_HELD } state;

/* Of some sectors together: one that is used is seen. */
static state state_of(const map *m, uint64_t offset, uint64_t end)
{
    const espbak_inspection *found = m->found;
    bool used = false, held = false;
    for (uint64_t i = offset / ESPBAK_USAGE_SECTOR; i * ESPBAK_USAGE_SECTOR < end && i < found->sector_count; i++) {
        held = held || found->sectors[i] != ESPBAK_SECTOR_NOT_HELD;
        used = used || (found->sectors[i] != ESPBAK_SECTOR_NOT_HELD && found->sectors[i] > 0);
    }
    return used ? USED : held ? ERASED : NOT_HELD;
}

static void draw_run(const map *m, const map_part *part, state what, uint64_t offset, uint64_t end)
{
    if (what == ERASED || offset >= end)
        return;
    html_format(m->page, "<rect class=\"%s%s\" x=\"%.3f%%\" width=\"%.3f%%\" height=\"%d\"/>",
                what == NOT_HELD ? "lack" : "k-", what == NOT_HELD ? "" : part->kind, percent(m, offset),
                percent(m, end) - percent(m, offset), BAR);
}

static void draw_usage(const map *m, const map_part *part, uint64_t first, uint64_t end)
{
    /* No finer than the picture, and whole sectors. */
    uint64_t step = (m->to - m->from) / COLUMNS / ESPBAK_USAGE_SECTOR * ESPBAK_USAGE_SECTOR;
    step = step > 0 ? step : ESPBAK_USAGE_SECTOR;
    uint64_t begin = first;
    state now = ERASED;
    for (uint64_t at = first; at < end; at += step) {
        const state next = state_of(m, at, bytes_min64(at + step, end));
        if (next == now)
            continue;
        draw_run(m, part, now, begin, at);
        begin = at;
        now = next;
    }
    draw_run(m, part, now, begin, end);
}

static void draw_part(const map *m, const map_part *part)
{
    enum { PER_CENT_FOR_NAME = 7 };
    char size[TEXT_SHORT];
    const uint64_t first = part->offset > m->from ? part->offset : m->from, end = bytes_min64(part->end, m->to);
    if (first >= end)
        return;
    const double x = percent(m, first), width = percent(m, end) - x;
    html_format(m->page, "<g><title>");
    html_text(m->page, part->name);
    html_format(m->page, ", %s from 0x%llx</title>", text_size(size, part->end - part->offset),
                (unsigned long long)part->offset);
    html_format(m->page, "<rect class=\"back k-%s\" x=\"%.3f%%\" width=\"%.3f%%\" height=\"%d\"/>", part->kind, x,
                width, BAR);
    draw_usage(m, part, first, end);
    html_format(m->page, "<line class=\"edge\" x1=\"%.3f%%\" x2=\"%.3f%%\" y2=\"%d\"/>", x, x, BAR);
    /* An svg within cuts off what has no room. */
    if (width >= PER_CENT_FOR_NAME && strcmp(part->kind, "none") != 0) {
        html_format(m->page, "<svg x=\"%.3f%%\" y=\"%d\" width=\"%.3f%%\" height=\"18\"><text x=\"2\" y=\"13\">", x,
                    BAR + 1, width);
        html_between(m->page, "", part->name, "</text></svg>");
    }
    html_put(m->page, "</g>\n");
}

static void draw_axis(const map *m)
{
    static const char *const anchors[] = {"start", "middle", "middle", "middle", "end"};
    enum { TICKS = 5 };
    for (int i = 0; i < TICKS; i++) {
        char text[TEXT_SHORT];
        const uint64_t at = m->from + (m->to - m->from) * (uint64_t)i / (TICKS - 1);
        html_format(m->page, "<text class=\"axis\" x=\"%d%%\" y=\"%d\" text-anchor=\"%s\">%s</text>", 25 * i, BAR + 34,
                    anchors[i], at == 0 ? "0" : text_size(text, at));
    }
}

static void draw(map *m, uint64_t from, uint64_t to)
{
    m->from = from;
    m->to = to;
    html_format(m->page, "<svg class=\"map\" role=\"img\" height=\"%d\">\n", BAR + 40);
    for (size_t i = 0; i < m->count; i++)
        draw_part(m, &m->parts[i]);
    draw_axis(m);
    html_put(m->page, "</svg>\n");
}

/* Where the small parts end that one cannot see beside the large ones; 0: there are none such. */
static uint64_t end_of_small(const map *m)
{
    enum { LARGE = 32, NARROW = 6 };
    uint64_t end = 0;
    size_t parts = 0;
    for (size_t i = 0; i < m->count && strcmp(m->parts[i].kind, "none") != 0; i++) {
        if (m->parts[i].end - m->parts[i].offset > m->found->size / LARGE)
            break;
        end = m->parts[i].end;
        parts++;
    }
    return parts > 1 && end < m->found->size / NARROW ? end : 0;
}

static void legend(const map *m)
{
    static const struct {
        const char *kind, *words;
    } rows[] = {
        {"boot", "bootloader"},   {"table", "partition table"}, {"app", "application"},   {"nvs", "settings (NVS)"},
        {"files", "file system"}, {"data", "other data"},       {"none", "no partition"},
    };
    html_put(m->page, "<ul class=\"legend\">");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t k = 0;
        while (k < m->count && strcmp(m->parts[k].kind, rows[i].kind) != 0)
            k++;
        if (k < m->count)
            html_format(m->page,
                        "<li><svg class=\"dot\"><rect class=\"k-%s\" width=\"11\" height=\"11\" "
                        "rx=\"2\"/></svg>%s</li>",
                        rows[i].kind, rows[i].words);
    }
    html_put(m->page, "</ul>\n<p class=\"legend\">Full: used. Pale: erased. Hatched: not in this backup.</p>\n");
}

void page_map(html *page, const page_content *content)
{
    map *m = calloc(1, sizeof(*m));
    if (m == NULL)
        page->failed = true;
    if (m == NULL || content->found->alone || content->found->size == 0) {
        free(m);
        return;
    }
    char size[TEXT_SHORT];
    m->page = page;
    m->found = content->found;
    lay_out(m);
    html_put(page, "<section class=\"keep\"><h2>Flash map</h2>\n<svg width=\"0\" height=\"0\" "
                   "style=\"position:absolute\"><defs><pattern id=\"lack\" width=\"6\" height=\"6\" "
                   "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"6\" "
                   "fill=\"currentColor\" opacity=\".35\"/></pattern></defs></svg>\n");
    draw(m, 0, m->found->size);
    const uint64_t small_end = end_of_small(m);
    if (small_end > 0) {
        html_format(page, "<h3>The first %s, enlarged</h3>\n", text_size(size, small_end));
        draw(m, 0, small_end);
    }
    legend(m);
    html_put(page, "</section>\n");
    free(m);
}
