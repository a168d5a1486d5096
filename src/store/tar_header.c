/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tar_header.h"

#include <stddef.h>
#include <string.h>

enum {
    AT_MODE = 100,
    AT_OWNER = 108,
    AT_GROUP = 116,
    AT_TIME = 136,
    SHORT_DIGITS = 7,
    LONG_DIGITS = 11,
    SUM_DIGITS = 6
};

static void put_octal(uint8_t *at, size_t digits, uint64_t value)
{
    for (size_t i = digits; i-- > 0; value /= 8)
        at[i] = (uint8_t)('0' + value % 8);
}

/* Without a zero behind it: a name may fill its field. */
static void put_text(uint8_t *at, size_t room, const char *text)
{
    for (size_t i = 0; i < room && text[i] != '\0'; i++)
        at[i] = (uint8_t)text[i];
}

uint32_t tar_header_sum(const uint8_t block[TAR_BLOCK])
{
    uint32_t sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= TAR_AT_SUM && i < TAR_AT_SUM + 8 ? ' ' : block[i];
    return sum;
}

void tar_header_make(uint8_t block[TAR_BLOCK], const tar_member *member)
{
    static const uint8_t magic[] = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
    memset(block, 0, TAR_BLOCK);
    put_text(block + TAR_AT_NAME, TAR_NAME, member->name);
    put_octal(block + AT_MODE, SHORT_DIGITS, member->mode);
    put_octal(block + AT_OWNER, SHORT_DIGITS, 0);
    put_octal(block + AT_GROUP, SHORT_DIGITS, 0);
    put_octal(block + TAR_AT_SIZE, LONG_DIGITS, member->size);
    put_octal(block + AT_TIME, LONG_DIGITS, member->time);
    block[TAR_AT_TYPE] = (uint8_t)member->type;
    memcpy(block + TAR_AT_MAGIC, magic, sizeof(magic));
    put_text(block + TAR_AT_PREFIX, TAR_PREFIX, member->prefix);
    put_octal(block + TAR_AT_SUM, SUM_DIGITS, tar_header_sum(block));
    block[TAR_AT_SUM + SUM_DIGITS + 1] = ' ';
}
