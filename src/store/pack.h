/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_PACK_H
#define STORE_PACK_H

/* Blocks of a tar file: POSIX.1-2017, pax, "ustar Interchange Format". */

#include <stddef.h>
#include <stdint.h>

enum {
    PACK_BLOCK = 512,
    PACK_NAME = 100,
    PACK_PREFIX = 155,
    PACK_AT_NAME = 0,
    PACK_AT_MODE = 100,
    PACK_AT_OWNER = 108,
    PACK_AT_GROUP = 116,
    PACK_AT_SIZE = 124,
    PACK_AT_TIME = 136,
    PACK_AT_SUM = 148,
    PACK_AT_TYPE = 156,
    PACK_AT_MAGIC = 257,
    PACK_AT_PREFIX = 345,
    PACK_FILE = '0',
    PACK_FOLDER = '5',
};

/* Sum of a header's bytes, with spaces where the sum itself stands. */
static inline uint32_t pack_sum(const uint8_t block[PACK_BLOCK])
{
    uint32_t sum = 0;
    for (size_t i = 0; i < PACK_BLOCK; i++)
        sum += i >= PACK_AT_SUM && i < PACK_AT_SUM + 8 ? ' ' : block[i];
    return sum;
}

#endif
