/* SPDX-License-Identifier: Apache-2.0 */
#include "image/files/spiffs.h"

#include "base/bytes.h"

enum { MAGIC = 0x0529 /* the lower half of 0x20140529 */, LOOKED_AT = 8 };

static void set_shape(spiffs_shape *out, uint32_t page, uint32_t block)
{
    const uint32_t look_up = block / page * 2;
    out->page = page;
    out->block = block;
    out->look_ups = (look_up + page - 1) / page;
}

/* Blocks count down in their magic; older builds leave the count out. */
static bool is_magic(window *bytes, const spiffs_shape *shape, uint64_t block)
{
    uint8_t raw[2];
    const uint64_t at = block * shape->block + (uint64_t)shape->look_ups * shape->page - 4;
    if (!window_read(bytes, at, raw, sizeof(raw)))
        return false;
    const unsigned plain = MAGIC ^ shape->page, left = (unsigned)(bytes->size / shape->block - block);
    const unsigned found = bytes_get_le16(raw);
    return found == (plain & 0xFFFF) || found == ((plain ^ left) & 0xFFFF);
}

static bool has_magic(window *bytes, const spiffs_shape *shape)
{
    const uint64_t blocks = bytes_min64(bytes->size / shape->block, LOOKED_AT);
    uint64_t right = 0;
    for (uint64_t i = 0; i < blocks; i++)
        right += is_magic(bytes, shape, i);
    /* One of them may be being erased, and one damaged. */
    return blocks >= 2 && right >= 2 && right + 2 >= blocks;
}

/* Without a magic: every used page of the first blocks says what the block says of it, there are some, and one of them
   begins a file. Whatever repeats itself agrees with itself, but has none of that. */
static bool is_consistent(window *bytes, const spiffs_shape *shape)
{
    enum { FREE = 0xFFFF, INDEX = 0x8000, LEAST = 2 };
    const uint32_t each = shape->block / shape->page;
    unsigned agree = 0, files = 0;
    for (uint32_t block = 0; block < LOOKED_AT && (uint64_t)(block + 1) * shape->block <= bytes->size; block++) {
        for (uint32_t i = shape->look_ups; i < each; i++) {
            uint8_t said[2], own[4];
            const uint64_t at = (uint64_t)block * shape->block;
            if (!window_read(bytes, at + (uint64_t)(i - shape->look_ups) * 2, said, sizeof(said)))
                return false;
            const unsigned object = bytes_get_le16(said);
            if (object == FREE || object == 0)
                continue;
            if (!window_read(bytes, at + (uint64_t)i * shape->page, own, sizeof(own)) || bytes_get_le16(own) != object)
                return false;
            agree++;
            files += (object & INDEX) != 0 && bytes_get_le16(own + 2) == 0;
        }
    }
    return agree >= LEAST && files > 0;
}

static bool find_by(bool (*fits)(window *, const spiffs_shape *), window *bytes, spiffs_shape *out)
{
    for (uint32_t page = SPIFFS_PAGE_LEAST; page <= SPIFFS_PAGE_MAX; page *= 2) {
        for (uint32_t block = SPIFFS_BLOCK_LEAST; block <= SPIFFS_BLOCK_MAX; block *= 2) {
            set_shape(out, page, block);
            if (out->look_ups < block / page && bytes->size >= 2 * (uint64_t)block && fits(bytes, out))
                return true;
        }
    }
    return false;
}

bool spiffs_find_shape(window *bytes, spiffs_shape *out)
{
    return find_by(has_magic, bytes, out) || find_by(is_consistent, bytes, out);
}
