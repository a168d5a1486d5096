/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_TAR_HEADER_H
#define STORE_TAR_HEADER_H

/* The header that stands before each member of a tar file: POSIX.1-2017, pax, "ustar Interchange Format". */

#include <stdint.h>

enum {
    TAR_BLOCK = 512,
    TAR_NAME = 100,
    TAR_PREFIX = 155,
    TAR_AT_NAME = 0,
    TAR_AT_SIZE = 124,
    TAR_AT_SUM = 148,
    TAR_AT_TYPE = 156,
    TAR_AT_MAGIC = 257,
    TAR_AT_PREFIX = 345,
    TAR_FILE = '0',
    TAR_FOLDER = '5',
    TAR_EXTENDED = 'x',
};

typedef struct tar_member {
    const char *prefix, *name; /* "prefix/name", or name alone where prefix is empty; more than fits is left out */
    unsigned mode;
    uint64_t size, time; /* bytes; seconds since 1970, up to 33 bits */
    char type;
} tar_member;

/** The header of a member, with owner and group 0. */
void tar_header_make(uint8_t block[TAR_BLOCK], const tar_member *member);

/** Sum of a header's bytes, with spaces where the sum itself stands. */
uint32_t tar_header_sum(const uint8_t block[TAR_BLOCK]);

#endif
