/* SPDX-License-Identifier: Apache-2.0 */
/* Intel HEX: lines of ':', count, address, type, data and checksum. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "image/container/container_parts.h"

enum {
    HEAD = 9,    /* of a line, in characters: ':', count, address, type */
    AROUND = 11, /* these, and the checksum behind the data */
    WINDOW = 16 * 1024,
    TYPE_DATA = 0,
    TYPE_END = 1,
    TYPE_SEGMENT = 2, /* address bits 4 to 19 of what follows */
    TYPE_LINEAR = 4,  /* address bits 16 to 31 */
    TYPE_LAST = 5,
};

typedef struct record {
    uint8_t count, type;
    uint16_t address;
    uint8_t data[256];
} record;

/* A pass over the file, a line at a time. */
typedef struct lines {
    const espbak_image_reader *file;
    uint8_t *window;
    uint64_t window_at;
    size_t window_size;
    uint64_t at; /* where the next line begins */
    unsigned long number;
    uint64_t base; /* of the addresses */
    bool segmented, ended;
} lines;

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool byte_at(const uint8_t *text, uint8_t *byte)
{
    const int high = digit_of(text[0]), low = digit_of(text[1]);
    *byte = (uint8_t)((high < 0 ? 0 : high) << 4 | (low < 0 ? 0 : low));
    return high >= 0 && low >= 0;
}

bool hex_begins(const uint8_t *bytes, size_t size)
{
    for (size_t i = 1; i < HEAD; i++) {
        if (size < AROUND || digit_of(bytes[i]) < 0)
            return false;
    }
    return bytes[0] == ':' && bytes[7] == '0' && bytes[8] <= '0' + TYPE_LAST;
}

/* `size` characters, the line's end not among them. */
static bool take_record(record *r, const uint8_t *text, size_t size)
{
    uint8_t head[4] = {0}, sum = 0, last;
    if (size < AROUND || text[0] != ':')
        return false;
    for (size_t i = 0; i < sizeof(head); i++) {
        if (!byte_at(text + 1 + 2 * i, &head[i]))
            return false;
        sum = (uint8_t)(sum + head[i]);
    }
    if (size != AROUND + 2u * head[0] || head[3] > TYPE_LAST)
        return false;
    for (size_t i = 0; i < head[0]; i++) {
        if (!byte_at(text + HEAD + 2 * i, &r->data[i]))
            return false;
        sum = (uint8_t)(sum + r->data[i]);
    }
    r->count = head[0];
    r->address = (uint16_t)(head[1] << 8 | head[2]);
    r->type = head[3];
    return byte_at(text + size - 2, &last) && (uint8_t)(sum + last) == 0;
}

static size_t without_line_end(const uint8_t *text, size_t size)
{
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    return size;
}

bool hex_take(const uint8_t *unit, uint32_t stride, uint8_t payload[256], uint32_t *size)
{
    record r;
    if (!take_record(&r, unit, without_line_end(unit, stride)) || r.type != TYPE_DATA)
        return false;
    memcpy(payload, r.data, r.count);
    *size = r.count;
    return true;
}

/* What is in the window from the line's start on. */
static espbak_status fill(lines *l, const uint8_t **text, size_t *size, espbak_error *err)
{
    if (l->at + CONTAINER_UNIT_MAX > l->window_at + l->window_size && l->window_at + l->window_size < l->file->size) {
        l->window_at = l->at;
        l->window_size = (size_t)bytes_min64(WINDOW, l->file->size - l->at);
        if (l->file->read(l->file->ctx, l->at, l->window, l->window_size, err) != ESPBAK_OK)
            return err->status;
    }
    *text = l->window + (l->at - l->window_at);
    *size = (size_t)(l->window_at + l->window_size - l->at);
    return ESPBAK_OK;
}

/* Where a line ends, its end included. */
static size_t line_size(const uint8_t *text, size_t size)
{
    size_t i = 0;
    while (i < size && text[i] != '\r' && text[i] != '\n')
        i++;
    while (i < size && text[i] == '\r')
        i++;
    return i < size && text[i] == '\n' ? i + 1 : i;
}

static espbak_status take_data(container *c, const lines *l, const record *r, size_t size, espbak_error *err)
{
    if (l->segmented && (uint32_t)r->address + r->count > 0x10000)
        return espbak_fail(err, ESPBAK_E_FILE, "it is Intel HEX, and line %lu leaves its segment", l->number);
    if (r->count == 0)
        return ESPBAK_OK;
    return container_add(c, l->base + r->address, r->count, l->at, (uint32_t)size, err);
}

static espbak_status take_line(container *c, lines *l, const uint8_t *text, size_t size, espbak_error *err)
{
    record r;
    const size_t length = without_line_end(text, size);
    if (length == 0)
        return ESPBAK_OK;
    if (l->ended)
        return espbak_fail(err, ESPBAK_E_FILE, "it is Intel HEX, and something stands behind its end in line %lu",
                           l->number);
    if (!take_record(&r, text, length) || ((r.type == TYPE_SEGMENT || r.type == TYPE_LINEAR) && r.count != 2))
        return espbak_fail(err, ESPBAK_E_FILE,
                           "it is Intel HEX, and line %lu is damaged: its checksum or length is wrong", l->number);
    l->ended = r.type == TYPE_END;
    if (r.type == TYPE_SEGMENT || r.type == TYPE_LINEAR) {
        l->segmented = r.type == TYPE_SEGMENT;
        l->base = (uint64_t)(r.data[0] << 8 | r.data[1]) << (l->segmented ? 4 : 16);
    }
    return r.type == TYPE_DATA ? take_data(c, l, &r, size, err) : ESPBAK_OK;
}

static espbak_status index_lines(container *c, lines *l, espbak_error *err)
{
    while (l->at < l->file->size) {
        const uint8_t *text = NULL;
        size_t there = 0;
        l->number++;
        if (fill(l, &text, &there, err) != ESPBAK_OK)
            return err->status;
        const size_t size = line_size(text, there);
        if (size > CONTAINER_UNIT_MAX)
            return espbak_fail(err, ESPBAK_E_FILE, "it is Intel HEX, and line %lu is too long", l->number);
        if (take_line(c, l, text, size, err) != ESPBAK_OK)
            return err->status;
        l->at += size;
    }
    if (!l->ended)
        return espbak_fail(err, ESPBAK_E_FILE, "it is Intel HEX without its last line: it is not complete");
    return ESPBAK_OK;
}

espbak_status hex_index(container *c, espbak_error *err)
{
    lines l = {.file = &c->file, .window = malloc(WINDOW)};
    const espbak_status status =
        l.window != NULL ? index_lines(c, &l, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    free(l.window);
    return status;
}
