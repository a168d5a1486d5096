/* SPDX-License-Identifier: Apache-2.0 */
/* UF2: blocks of 512 bytes, each with its place. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "image/container/container_parts.h"
#include "image/container/uf2_block.h"

enum { MD5_SIZE = 24 /* place, length, MD5 */ };

typedef struct block {
    uint32_t flags, offset, size, number, count, family;
    const uint8_t *data;
} block;

/* Blocks are numbered from 0, and a file may have several such rows one after another, as esptool writes them. */
typedef struct series {
    uint32_t count, seen;
    uint8_t *there; /* a bit for each */
} series;

bool uf2_begins(const uint8_t *bytes, size_t size)
{
    return size >= 8 && bytes_get_le32(bytes) == UF2_FIRST_MAGIC && bytes_get_le32(bytes + 4) == UF2_SECOND_MAGIC;
}

/* Most files have one MD5 a block, of what the block holds; esptool puts it behind that, others at the end. */
static bool md5_is_right(const block *b)
{
    uint8_t md5[DIGEST_MD5_SIZE];
    espbak_error ignored = {0};
    const uint32_t places[] = {UF2_DATA_SIZE - MD5_SIZE, b->size};
    bool of_this_block = false;
    if ((b->flags & UF2_HAS_MD5) == 0 || b->size > UF2_DATA_SIZE - MD5_SIZE ||
        digest_of(DIGEST_MD5, b->data, b->size, md5, &ignored) != ESPBAK_OK)
        return (b->flags & UF2_HAS_MD5) == 0;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const uint8_t *told = b->data + places[i];
        if (bytes_get_le32(told) != b->offset || bytes_get_le32(told + 4) != b->size)
            continue;
        of_this_block = true;
        if (memcmp(told + 8, md5, sizeof(md5)) == 0)
            return true;
    }
    /* One of several blocks together says nothing of a single one. */
    return !of_this_block;
}

static bool take_block(block *b, const uint8_t *bytes)
{
    *b = (block){
        .flags = bytes_get_le32(bytes + 8),
        .offset = bytes_get_le32(bytes + 12),
        .size = bytes_get_le32(bytes + 16),
        .number = bytes_get_le32(bytes + 20),
        .count = bytes_get_le32(bytes + 24),
        .family = bytes_get_le32(bytes + 28),
        .data = bytes + UF2_DATA_AT,
    };
    return uf2_begins(bytes, UF2_BLOCK) && bytes_get_le32(bytes + UF2_BLOCK - 4) == UF2_LAST_MAGIC && b->size > 0 &&
           b->size <= UF2_DATA_SIZE;
}

bool uf2_take(const uint8_t *unit, uint64_t offset, const uint8_t **payload, uint32_t *size)
{
    block b;
    if (!take_block(&b, unit) || b.offset != offset)
        return false;
    *payload = b.data;
    *size = b.size;
    return true;
}

static espbak_status refuse_again(const series *s, const block *b, espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_FILE, "it is UF2 with block %lu of %lu more than once", (unsigned long)b->number,
                       (unsigned long)s->count);
}

/* Several series may stand behind each other; what is too short for one of its own repeats a block of the last. */
static espbak_status begin_series(series *s, const block *b, uint64_t blocks_left, espbak_error *err)
{
    if (b->count == s->count && b->count > blocks_left)
        return refuse_again(s, b, err);
    if (b->count == 0 || b->count > blocks_left)
        return espbak_fail(err, ESPBAK_E_FILE, "it is UF2 with %llu of %lu blocks: it is not complete",
                           (unsigned long long)blocks_left, (unsigned long)b->count);
    uint8_t *there = realloc(s->there, b->count / 8 + 1);
    if (there == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    memset(there, 0, b->count / 8 + 1);
    *s = (series){.count = b->count, .there = there};
    return ESPBAK_OK;
}

static espbak_status count_block(series *s, const block *b, uint64_t blocks_left, espbak_error *err)
{
    if (s->seen == s->count && begin_series(s, b, blocks_left, err) != ESPBAK_OK)
        return err->status;
    if (b->count != s->count || b->number >= s->count)
        return espbak_fail(err, ESPBAK_E_FILE, "it is UF2, and %lu of its %lu blocks are missing",
                           (unsigned long)(s->count - s->seen), (unsigned long)s->count);
    const uint8_t bit = (uint8_t)(1u << b->number % 8);
    if ((s->there[b->number / 8] & bit) != 0)
        return refuse_again(s, b, err);
    s->there[b->number / 8] |= bit;
    s->seen++;
    return ESPBAK_OK;
}

static espbak_status note_family(container *c, const block *b, espbak_error *err)
{
    if ((b->flags & UF2_HAS_FAMILY) == 0)
        return ESPBAK_OK;
    if (c->family_known && c->family != b->family)
        return espbak_fail(err, ESPBAK_E_FILE, "it is UF2 for several kinds of chips (0x%08lx and 0x%08lx)",
                           (unsigned long)c->family, (unsigned long)b->family);
    c->family_known = true;
    c->family = b->family;
    return ESPBAK_OK;
}

static espbak_status index_block(container *c, series *s, uint64_t n, uint64_t blocks, espbak_error *err)
{
    block b;
    if (c->file.read(c->file.ctx, n * UF2_BLOCK, c->unit, UF2_BLOCK, err) != ESPBAK_OK)
        return err->status;
    if (!take_block(&b, c->unit))
        return espbak_fail(err, ESPBAK_E_FILE, "it is UF2, and block %llu of it is damaged", (unsigned long long)n);
    if (!md5_is_right(&b))
        return espbak_fail(err, ESPBAK_E_FILE, "it is UF2, and the MD5 of block %llu is wrong", (unsigned long long)n);
    if (count_block(s, &b, blocks - n, err) != ESPBAK_OK)
        return err->status;
    if ((b.flags & (UF2_NOT_FOR_FLASH | UF2_NAMED_FILE)) != 0)
        return ESPBAK_OK;
    if (note_family(c, &b, err) != ESPBAK_OK)
        return err->status;
    return container_add(c, b.offset, b.size, n * UF2_BLOCK, UF2_BLOCK, err);
}

espbak_status uf2_index(container *c, espbak_error *err)
{
    series s = {0};
    const uint64_t blocks = c->file.size / UF2_BLOCK;
    espbak_status status = ESPBAK_OK;
    if (c->file.size % UF2_BLOCK != 0)
        status = espbak_fail(err, ESPBAK_E_FILE, "it is UF2 that ends within a block: it is not complete");
    for (uint64_t n = 0; n < blocks && status == ESPBAK_OK; n++)
        status = index_block(c, &s, n, blocks, err);
    /* A series begins only where all of it can follow, so a row that ends early was found above. */
    free(s.there);
    return status;
}
