/* SPDX-License-Identifier: Apache-2.0 */
#include "image/files/littlefs_log.h"

#include <string.h>

#include "base/bytes.h"
#include "image/crc32.h"

enum {
    REVISION = 4, /* bytes at the beginning */
    TAG = 4,
    DELETED = 0x3FF, /* as a length: there are no bytes */
    TYPE_INLINE = 0x201,
    TYPE_CRC = 0x500,
    TYPE_CRC_BITS = 0x780,
    SUPERBLOCK = 24, /* bytes of it; it is kept as a small file is */
};

#define FIRST_TAG 0xFFFFFFFF /* that the first one is combined with */
#define INVALID   0x80000000

typedef struct log {
    uint8_t *block;
    size_t size;
    littlefs_log_keeps keeps;
    const void *user;
} log;

typedef struct tag {
    uint32_t value;
    unsigned type;
    size_t at, length; /* of what stands behind it */
} tag;

static bool take_tag(const log *l, size_t at, uint32_t before, tag *out)
{
    if (at + TAG > l->size)
        return false;
    const uint8_t *p = l->block + at;
    out->value = ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]) ^ before;
    out->type = out->value >> 20 & 0x7FF;
    out->at = at + TAG;
    out->length = out->value & DELETED;
    if (out->length == DELETED)
        out->length = 0;
    return (out->value & INVALID) == 0 && out->length <= l->size - out->at;
}

static bool is_crc(const tag *t)
{
    return (t->type & TYPE_CRC_BITS) == TYPE_CRC && t->length >= 4;
}

/* Where the checksum of the commit from `at` on is; false where it is not whole. */
static bool find_end(const log *l, size_t at, uint32_t before, tag *end)
{
    const size_t first = at == REVISION ? 0 : at;
    for (;;) {
        if (!take_tag(l, at, before, end))
            return false;
        if (is_crc(end))
            break;
        before = end->value;
        at = end->at + end->length;
    }
    return bytes_get_le32(l->block + end->at) == ~crc32_update(0, l->block + first, end->at - first);
}

static bool is_superblock(const log *l, const tag *t)
{
    return t->length == SUPERBLOCK && bytes_get_le32(l->block + t->at + 4) == l->size;
}

static void blank_commit(const log *l, size_t at, uint32_t before, const tag *end)
{
    const size_t first = at == REVISION ? 0 : at;
    tag t;
    while (take_tag(l, at, before, &t) && t.at < end->at) {
        if (t.type == TYPE_INLINE && !is_superblock(l, &t) && !l->keeps(l->user, l->block + t.at, t.length))
            memset(l->block + t.at, 'x', t.length);
        before = t.value;
        at = t.at + t.length;
    }
    bytes_put_le32(l->block + end->at, ~crc32_update(0, l->block + first, end->at - first));
    memset(l->block + end->at + 4, 0xFF, end->length - 4);
}

bool littlefs_log_blank(uint8_t *block, size_t size, littlefs_log_keeps keeps, const void *user)
{
    const log l = {block, size, keeps, user};
    uint32_t before = FIRST_TAG;
    size_t at = REVISION;
    tag end;
    if (!find_end(&l, at, before, &end))
        return false;
    do {
        blank_commit(&l, at, before, &end);
        at = end.at + end.length;
        /* A bit of its type says how the next one begins. */
        before = end.value ^ (end.value >> 20 & 1) << 31;
    } while (find_end(&l, at, before, &end));
    memset(block + at, 0xFF, size - at);
    return true;
}
