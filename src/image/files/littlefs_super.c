/* SPDX-License-Identifier: Apache-2.0 */
/* SPEC.md of littlefs: the superblock's entry, name and struct. It stands in the first two blocks, one of them newer.
 */
#include "image/files/littlefs_super.h"

#include <string.h>

#include "base/bytes.h"

enum {
    NAME_AT = 8,    /* behind revision and tag */
    STRUCT_AT = 20, /* behind the name and another tag */
    VERSION_MAJOR = 2,
    BLOCK_LEAST = 128,
    BLOCK_MOST = 1024 * 1024,
    LOG_MOST = 64 * 1024, /* that is searched */
};

static bool is_possible(const littlefs_super *super, uint64_t size)
{
    return super->version >> 16 == VERSION_MAJOR && super->block_size >= BLOCK_LEAST &&
           super->block_size <= BLOCK_MOST && super->block_size % 8 == 0 && super->block_size <= size / 2 &&
           super->block_count >= 2 && super->block_count <= UINT32_MAX / super->block_size;
}

static bool read_struct(window *bytes, uint64_t at, littlefs_super *super)
{
    uint8_t raw[12];
    if (!window_read(bytes, at, raw, sizeof(raw)))
        return false;
    super->version = bytes_get_le32(raw);
    super->block_size = bytes_get_le32(raw + 4);
    super->block_count = bytes_get_le32(raw + 8);
    return is_possible(super, bytes->size);
}

/* What stands at the beginning of a block of that size, or of any size where `block` is 0. */
static bool read_block(window *bytes, uint64_t block, littlefs_super *super)
{
    uint8_t name[8];
    return window_read(bytes, block + NAME_AT, name, sizeof(name)) && memcmp(name, "littlefs", sizeof(name)) == 0 &&
           read_struct(bytes, block + STRUCT_AT, super) && (block == 0 || super->block_size == block);
}

static bool find_first(window *bytes, littlefs_super *super)
{
    bool found = read_block(bytes, 0, super);
    for (uint64_t size = BLOCK_LEAST; size <= BLOCK_MOST && size <= bytes->size / 2 && !found; size *= 2)
        found = read_block(bytes, size, super);
    return found;
}

/* In front of those before it, unless it is there. */
static size_t put(littlefs_super out[LITTLEFS_SUPERS_MAX], size_t count, const littlefs_super *super)
{
    for (size_t i = 0; i < count; i++) {
        if (out[i].block_count == super->block_count)
            return count;
    }
    count -= count == LITTLEFS_SUPERS_MAX;
    memmove(out + 1, out, count * sizeof(out[0]));
    out[0] = *super;
    return count + 1;
}

size_t littlefs_super_find(window *bytes, littlefs_super out[LITTLEFS_SUPERS_MAX])
{
    littlefs_super first, later;
    if (!find_first(bytes, &first))
        return 0;
    size_t count = put(out, 0, &first);
    const uint64_t end = bytes_min64(2 * (uint64_t)first.block_size, LOG_MOST);
    for (uint64_t at = STRUCT_AT; at + sizeof(later) <= end; at += 4) {
        if (read_struct(bytes, at, &later) && later.block_size == first.block_size)
            count = put(out, count, &later);
    }
    return count;
}
