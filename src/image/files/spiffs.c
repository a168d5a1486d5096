/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPIFFS, by spiffs_nucleus.h of pellepl/spiffs: blocks of pages; the first pages of a block say which object each of
 * its pages is of; an object has index pages, the first of them with its name and size, and data pages. Its own library
 * believes what it reads, so this one is ours: pages are found by what they say of themselves, and the index decides
 * where two say the same.
 */
#include "image/files/spiffs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "image/files/filesystem.h"

enum {
    HEADER = 5, /* of each page: object, span, flags */
    FLAGS_AT = 4,
    FREE = 0xFFFF,
    DELETED = 0,
    INDEX = 0x8000, /* of the object's number, in its index pages */
    FLAG_USED = 1,
    FLAG_FINAL = 2,
    FLAG_INDEX = 4,
    FLAG_INDEX_DELETED = 0x40,
    FLAG_DELETED = 0x80,
    SIZE_AT = 8, /* of the first index page; of the others the table is there */
    TYPE_AT = 12,
    NAME_AT = 13,
    NAME_USUAL = 32,
    NAME_MOST = 128,
    TYPE_FOLDER = 2,
    NO_PAGE = 0,
};

typedef struct spiffs {
    spiffs_shape shape;
    uint32_t pages;
    uint16_t *objects; /* what the blocks say of each page */
    uint32_t *spans;   /* of the present file: the page that has it; NO_PAGE: none */
    uint32_t table_at; /* in the first index page; 0: not known */
    uint8_t piece[SPIFFS_PAGE_MAX];
} spiffs;

/* Bits become 0 when what they say is true. */
static bool has(unsigned flags, unsigned bits)
{
    return (flags & bits) == 0;
}

static uint64_t place_of(const spiffs *own, uint32_t page)
{
    return (uint64_t)page * own->shape.page;
}

static bool is_live(const uint8_t header[HEADER], bool index)
{
    const unsigned flags = header[FLAGS_AT];
    return has(flags, FLAG_USED) && has(flags, FLAG_FINAL) && has(flags, FLAG_INDEX) == index &&
           !has(flags, FLAG_DELETED) && (!index || !has(flags, FLAG_INDEX_DELETED));
}

/* Whether a page is a live one of that object and span. */
static bool is_page_of(const spiffs *own, window *bytes, uint32_t page, uint16_t object, uint32_t span)
{
    uint8_t header[HEADER];
    return page < own->pages && own->objects[page] == object &&
           window_read(bytes, place_of(own, page), header, HEADER) && bytes_get_le16(header) == object &&
           bytes_get_le16(header + 2) == span && is_live(header, (object & INDEX) != 0);
}

static bool load_objects(spiffs *own, window *bytes)
{
    const spiffs_shape *shape = &own->shape;
    const uint32_t each = shape->block / shape->page;
    for (uint32_t first = 0; first < own->pages; first += each) {
        uint8_t look_up[SPIFFS_BLOCK_MAX / SPIFFS_PAGE_LEAST * 2];
        const uint32_t kept = each - shape->look_ups;
        if (!window_read(bytes, place_of(own, first), look_up, (size_t)kept * 2))
            return false;
        for (uint32_t i = 0; i < each; i++)
            own->objects[first + i] =
                i < shape->look_ups ? FREE : bytes_get_le16(look_up + (size_t)(i - shape->look_ups) * 2);
    }
    return true;
}

/* How many entries of a table are what they should be, if it begins there. */
static unsigned try_table(const spiffs *own, window *bytes, const uint8_t *page, uint16_t object, uint32_t at)
{
    unsigned right = 0;
    for (uint32_t span = 0; at + 2 * span + 2 <= own->shape.page; span++) {
        const uint32_t data = bytes_get_le16(page + at + (size_t)span * 2);
        if (!is_page_of(own, bytes, data, object & (INDEX - 1), span))
            break;
        right++;
    }
    return right;
}

/* Names and what is behind them are of the length that the builder chose: the table tells where it begins. */
static void find_table(spiffs *own, window *bytes)
{
    enum { LOOKED_AT = 16 };
    unsigned best = 0, seen = 0;
    for (uint32_t page = 0; page < own->pages && seen < LOOKED_AT; page++) {
        const uint16_t object = own->objects[page];
        if (object == FREE || (object & INDEX) == 0 || !is_page_of(own, bytes, page, object, 0) ||
            !window_read(bytes, place_of(own, page), own->piece, own->shape.page))
            continue;
        seen++;
        for (uint32_t at = NAME_AT + 1; at < NAME_AT + NAME_MOST && at + 2 <= own->shape.page; at++) {
            const unsigned right = try_table(own, bytes, own->piece, object, at);
            if (right > best) {
                best = right;
                own->table_at = at;
            }
        }
    }
}

static espbak_status open_spiffs(espbak_volume *volume, bool *found, espbak_error *err)
{
    spiffs_shape shape;
    *found = spiffs_find_shape(&volume->bytes, &shape);
    if (!*found)
        return ESPBAK_OK;
    spiffs *own = calloc(1, sizeof(*own));
    if (own == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    volume->state = own;
    own->shape = shape;
    own->pages = (uint32_t)(volume->bytes.size / shape.block * (shape.block / shape.page));
    own->objects = calloc(own->pages, sizeof(own->objects[0]));
    own->spans = calloc(own->pages, sizeof(own->spans[0]));
    if (own->objects == NULL || own->spans == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (!load_objects(own, &volume->bytes))
        return window_failure(&volume->bytes, err);
    find_table(own, &volume->bytes);
    volume->info.block_size = shape.block;
    volume->info.size = volume->bytes.size / shape.block * shape.block;
    snprintf(volume->info.about, sizeof(volume->info.about), "SPIFFS, blocks of %lu bytes, pages of %lu",
             (unsigned long)shape.block, (unsigned long)shape.page);
    return ESPBAK_OK;
}

/* What is between name and table; ESP-IDF keeps the time there, as wide as time_t was. */
static void note_time(const spiffs *own, const uint8_t *page, espbak_file *entry)
{
    const uint32_t at = NAME_AT + NAME_USUAL;
    if (own->table_at != at + 4 && own->table_at != at + 8)
        return;
    const bool wide = own->table_at == at + 8;
    const uint32_t low = bytes_get_le32(page + at), high = wide ? bytes_get_le32(page + at + 4) : 0;
    entry->dated = low != 0 && low != UINT32_MAX;
    entry->modified = (int64_t)(low | (uint64_t)high << 32);
}

static espbak_status add_object(espbak_volume *volume, uint32_t page, espbak_file_list *out, espbak_error *err)
{
    const spiffs *own = volume->state;
    uint8_t head[NAME_AT + NAME_MOST + 1] = {0};
    const uint32_t most = own->table_at != 0 ? own->table_at : NAME_AT + NAME_USUAL;
    if (!window_read(&volume->bytes, place_of(own, page), head, (size_t)bytes_min64(most, sizeof(head) - 1)))
        return ESPBAK_OK;
    const char *name = (const char *)head + NAME_AT;
    espbak_file entry = {.size = bytes_get_le32(head + SIZE_AT), .place = page, .folder = head[TYPE_AT] == TYPE_FOLDER};
    note_time(own, head, &entry);
    name += name[0] == '/';
    if (name[0] == '\0' || entry.size == UINT32_MAX) {
        filesystem_note(volume, ESPBAK_FINDING_WARNING, name[0] == '\0' ? "a file" : name,
                        "was never closed, and is left out");
        return ESPBAK_OK;
    }
    return file_list_add(out, "", name, &entry, err);
}

static espbak_status list_spiffs(espbak_volume *volume, const espbak_file *folder, espbak_file_list *out,
                                 espbak_error *err)
{
    const spiffs *own = volume->state;
    if (folder->path[0] != '\0')
        return ESPBAK_OK; /* there are none but in names */
    for (uint32_t page = 0; page < own->pages && out->left_out == 0; page++) {
        const uint16_t object = own->objects[page];
        if (object != FREE && (object & INDEX) != 0 && is_page_of(own, &volume->bytes, page, object, 0) &&
            add_object(volume, page, out, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* A table's entry counts where the page it names agrees. */
static void take_index(spiffs *own, window *bytes, uint32_t page, uint16_t object, uint32_t span)
{
    const uint32_t in_first = own->table_at != 0 ? (own->shape.page - own->table_at) / 2 : 0;
    const uint32_t in_others = (own->shape.page - SIZE_AT) / 2;
    const uint32_t count = span == 0 ? in_first : in_others;
    const uint32_t from = span == 0 ? 0 : in_first + (span - 1) * in_others;
    const uint32_t at = span == 0 ? own->table_at : SIZE_AT;
    if (!window_read(bytes, place_of(own, page), own->piece, own->shape.page))
        return;
    for (uint32_t i = 0; i < count && from + i < own->pages; i++) {
        const uint32_t data = bytes_get_le16(own->piece + at + (size_t)i * 2);
        if (is_page_of(own, bytes, data, object, from + i))
            own->spans[from + i] = data;
    }
}

/* All pages that say that they are of the object, then what its index says. */
static void find_pages(spiffs *own, window *bytes, uint16_t object)
{
    uint8_t header[HEADER];
    memset(own->spans, 0, own->pages * sizeof(own->spans[0]));
    for (uint32_t page = 1; page < own->pages; page++) {
        if (own->objects[page] != object || !window_read(bytes, place_of(own, page), header, HEADER))
            continue;
        const uint32_t span = bytes_get_le16(header + 2);
        if (span < own->pages && own->spans[span] == NO_PAGE && is_page_of(own, bytes, page, object, span))
            own->spans[span] = page;
    }
    for (uint32_t page = 1; page < own->pages; page++) {
        const uint16_t index = object | INDEX;
        if (own->objects[page] != index || !window_read(bytes, place_of(own, page), header, HEADER))
            continue;
        const uint32_t span = bytes_get_le16(header + 2);
        if (is_page_of(own, bytes, page, index, span))
            take_index(own, bytes, page, object, span);
    }
}

static espbak_status read_spiffs(espbak_volume *volume, const espbak_file *entry, espbak_file_sink sink, void *user,
                                 espbak_error *err)
{
    spiffs *own = volume->state;
    const uint32_t each = own->shape.page - HEADER;
    find_pages(own, &volume->bytes, own->objects[entry->place] & (INDEX - 1));
    for (uint64_t at = 0; at < entry->size; at += each) {
        const uint32_t page = at / each < own->pages ? own->spans[at / each] : NO_PAGE;
        const size_t size = (size_t)bytes_min64(each, entry->size - at);
        if (page == NO_PAGE || !window_read(&volume->bytes, place_of(own, page) + HEADER, own->piece, size))
            return filesystem_fail(volume, entry, "a page of it is missing", err);
        volume->placed = true;
        volume->place = place_of(own, page) + HEADER;
        volume->slack = each - size;
        if (sink(user, own->piece, size, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* The pages that say what the others are, with how often the block was erased. */
static void keep_spiffs(espbak_volume *volume)
{
    const spiffs *own = volume->state;
    for (uint64_t at = 0; at < volume->bytes.size; at += own->shape.block)
        window_note_range(&volume->bytes, at, (uint64_t)own->shape.look_ups * own->shape.page);
}

static void close_spiffs(espbak_volume *volume)
{
    spiffs *own = volume->state;
    free(own->objects);
    free(own->spans);
    free(own);
}

const filesystem filesystem_spiffs = {
    .open = open_spiffs,
    .list = list_spiffs,
    .read = read_spiffs,
    .close = close_spiffs,
    .keep = keep_spiffs,
};
