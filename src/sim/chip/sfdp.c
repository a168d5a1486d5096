/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/sfdp.h"

#include <string.h>

#include "base/bytes.h"

enum { TABLE_AT = 0x80, TABLE_WORDS = 9 };

size_t sfdp_make(uint8_t *out, size_t capacity, uint64_t flash_size)
{
    const size_t size = TABLE_AT + 4 * TABLE_WORDS;
    if (capacity < size)
        return 0;
    memset(out, 0xFF, size);
    memcpy(out, "SFDP", 4);
    out[4] = 0; /* minor revision */
    out[5] = 1; /* major */
    out[6] = 0; /* one parameter header */
    /* JESD216 6.3: id 0x00 is the basic table, revision 1.0, its length in words and where it is. */
    const uint8_t header[8] = {0x00, 0x00, 0x01, TABLE_WORDS, TABLE_AT, 0x00, 0x00, 0xFF};
    memcpy(out + 8, header, sizeof(header));

    const uint64_t bits = flash_size * 8;
    uint32_t density = (uint32_t)(bits - 1); /* up to 2 Gbit: the number of bits minus one */
    if (bits > 0x80000000u) {
        density = 0x80000000u; /* above: bit 31 and the power of two */
        while ((1ull << (density & 0xFF)) < bits)
            density++;
    }
    const uint32_t wide = flash_size > (16u << 20) ? 1u << 17 : 0; /* 3- or 4-byte addresses */
    const uint32_t words[TABLE_WORDS] = {
        0xFFF120E5u | wide, /* 4 KiB erase by 0x20, dual and quad reads */
        density,
        0x6B08EB44u,
        0xBB423B08u,
        0xFFFFFFFEu,
        0x0000FFFFu,
        0xEB40FFFFu,
        0x520F200Cu, /* erase: 4 KiB 0x20, 32 KiB 0x52 */
        0x0000D810u, /* 64 KiB 0xD8 */
    };
    for (unsigned i = 0; i < TABLE_WORDS; i++)
        bytes_put_le32(out + TABLE_AT + 4 * i, words[i]);
    return size;
}
