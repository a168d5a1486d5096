/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "image/container/container_parts.h"

enum {
    SECTOR = 4096,      /* what flash is erased in */
    RUNS_MAX = 1 << 16, /* a real file has one for each part and each 64 KB */
    HEAD = 512,         /* enough to know a format by */
};

espbak_status container_add(container *c, uint64_t offset, uint32_t payload, uint64_t at, uint32_t stride,
                            espbak_error *err)
{
    container_run *last = c->run_count > 0 ? &c->runs[c->run_count - 1] : NULL;
    c->unordered = c->unordered || (last != NULL && offset < last->offset);
    if (last != NULL && stride == last->stride && payload <= last->payload && last->size % last->payload == 0 &&
        offset == last->offset + last->size && at == last->at + last->size / last->payload * stride) {
        last->size += payload;
        return ESPBAK_OK;
    }
    if (c->run_count == RUNS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "it is in more than %d pieces", RUNS_MAX);
    if (c->runs == NULL || c->run_count == c->run_capacity) {
        const size_t capacity = c->run_capacity * 2 + 16;
        container_run *runs = realloc(c->runs, capacity * sizeof(*runs));
        if (runs == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        c->runs = runs;
        c->run_capacity = capacity;
    }
    c->runs[c->run_count++] = (container_run){offset, payload, at, stride, payload};
    return ESPBAK_OK;
}

static int by_offset(const void *a, const void *b)
{
    const container_run *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static uint64_t sector_end(uint64_t at)
{
    return (at + SECTOR - 1) / SECTOR * SECTOR;
}

static void join_parts(container *c)
{
    for (size_t i = 0; i < c->run_count; i++) {
        const container_run *run = &c->runs[i];
        container_part *last = c->part_count > 0 ? &c->parts[c->part_count - 1] : NULL;
        if (last != NULL && run->offset < sector_end(last->offset + last->size))
            last->size = run->offset + run->size - last->offset;
        else if (last != NULL && run->offset == last->offset + last->size)
            last->size += run->size;
        else
            c->parts[c->part_count++] = (container_part){run->offset, run->size};
    }
}

static espbak_status arrange(container *c, espbak_error *err)
{
    if (c->run_count == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "it is %s without any bytes for a flash", container_name(c));
    qsort(c->runs, c->run_count, sizeof(c->runs[0]), by_offset);
    for (size_t i = 0; i < c->run_count; i++) {
        const container_run *run = &c->runs[i];
        if (i > 0 && run->offset < run[-1].offset + run[-1].size)
            return espbak_fail(err, ESPBAK_E_FILE, "it says twice what belongs at 0x%llX",
                               (unsigned long long)run->offset);
    }
    c->parts = calloc(c->run_count, sizeof(c->parts[0]));
    if (c->parts == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    join_parts(c);
    return ESPBAK_OK;
}

static espbak_status take_plain(container *c, espbak_error *err)
{
    c->parts = calloc(1, sizeof(c->parts[0]));
    if (c->parts == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    c->part_count = c->file.size > 0;
    c->parts[0] = (container_part){0, c->file.size};
    return ESPBAK_OK;
}

static espbak_status read_head(const container *c, uint8_t bytes[HEAD], size_t *size, espbak_error *err)
{
    *size = (size_t)bytes_min64(HEAD, c->file.size);
    return *size == 0 ? ESPBAK_OK : c->file.read(c->file.ctx, 0, bytes, *size, err);
}

static espbak_status unpack(container *c, const espbak_image_reader *file, uint64_t limit, espbak_error *err)
{
    const espbak_status status = unpack_open(&c->packed, file, limit, err);
    if (status == ESPBAK_OK)
        c->file = c->packed.reader;
    return status;
}

espbak_status container_open_bytes(container *c, const espbak_image_reader *file, espbak_error *err)
{
    *c = (container){.file = *file};
    return take_plain(c, err);
}

espbak_status container_open(container *c, const espbak_image_reader *file, uint64_t limit, espbak_error *err)
{
    uint8_t bytes[HEAD];
    size_t size;
    *c = (container){.file = *file};
    if (unpack(c, file, limit, err) != ESPBAK_OK || read_head(c, bytes, &size, err) != ESPBAK_OK)
        return err->status;
    c->kind = uf2_begins(bytes, size) ? CONTAINER_UF2 : hex_begins(bytes, size) ? CONTAINER_HEX : CONTAINER_NONE;
    if (c->kind == CONTAINER_NONE) {
        c->foreign = container_know_foreign(bytes, size);
        return take_plain(c, err);
    }
    c->unit = malloc(CONTAINER_UNIT_MAX);
    if (c->unit == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if ((c->kind == CONTAINER_UF2 ? uf2_index : hex_index)(c, err) != ESPBAK_OK)
        return err->status;
    return arrange(c, err);
}

void container_close(container *c)
{
    unpack_close(&c->packed);
    free(c->runs);
    free(c->parts);
    free(c->unit);
    *c = (container){.unit = NULL};
}

const char *container_name(const container *c)
{
    static const char *const names[][3] = {
        [CONTAINER_NONE] = {NULL, "packed with gzip", "packed with zstd"},
        [CONTAINER_UF2] = {"UF2", "UF2 packed with gzip", "UF2 packed with zstd"},
        [CONTAINER_HEX] = {"Intel HEX", "Intel HEX packed with gzip", "Intel HEX packed with zstd"},
    };
    return names[c->kind][c->packed.by];
}

/* The run that has a byte, or the next one behind it; NULL when there is none. */
static const container_run *find_run(const container *c, uint64_t offset)
{
    size_t low = 0, high = c->run_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->runs[middle].offset + c->runs[middle].size <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->run_count ? &c->runs[low] : NULL;
}

/* Bytes of one unit, from `offset` on; *taken says how many. */
static espbak_status read_unit(container *c, const container_run *run, uint64_t offset, uint8_t *out, size_t size,
                               size_t *taken, espbak_error *err)
{
    uint8_t digits[256];
    const uint8_t *payload = digits;
    uint32_t held = 0;
    const uint64_t n = (offset - run->offset) / run->payload;
    const uint64_t start = run->offset + n * run->payload;
    const uint64_t at = run->at + n * run->stride;
    /* The last record of a run is shorter, and so is its text. */
    const uint32_t whole = (uint32_t)bytes_min64(run->payload, run->offset + run->size - start);
    const uint32_t stride = c->kind == CONTAINER_HEX ? run->stride - 2 * (run->payload - whole) : run->stride;
    if (c->file.read(c->file.ctx, at, c->unit, stride, err) != ESPBAK_OK)
        return err->status;
    const bool right =
        c->kind == CONTAINER_UF2 ? uf2_take(c->unit, start, &payload, &held) : hex_take(c->unit, stride, digits, &held);
    if (!right || held != whole)
        return espbak_fail(err, ESPBAK_E_FILE, "it was changed while it was in use: what it held for 0x%llX is gone",
                           (unsigned long long)start);
    *taken = (size_t)bytes_min64(size, start + whole - offset);
    memcpy(out, payload + (offset - start), *taken);
    return ESPBAK_OK;
}

espbak_status container_read(container *c, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    uint8_t *out = buffer;
    if (c->kind == CONTAINER_NONE)
        return c->file.read(c->file.ctx, offset, buffer, size, err);
    while (size > 0) {
        const container_run *run = find_run(c, offset);
        size_t part = size;
        if (run == NULL || run->offset > offset) {
            if (run != NULL)
                part = (size_t)bytes_min64(size, run->offset - offset);
            memset(out, 0xFF, part);
        } else if (read_unit(c, run, offset, out, size, &part, err) != ESPBAK_OK) {
            return err->status;
        }
        out += part;
        offset += part;
        size -= part;
    }
    return ESPBAK_OK;
}
