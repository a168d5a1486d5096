/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_MANIFEST_NUMBER_H
#define STORE_MANIFEST_NUMBER_H

/* Struct members by address and width, as the table of fields knows them. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t manifest_get_number(const void *at, size_t size)
{
    uint8_t narrow;
    uint32_t word;
    uint64_t wide;
    if (size == sizeof(narrow)) {
        memcpy(&narrow, at, sizeof(narrow));
        return narrow;
    }
    if (size == sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        return word;
    }
    memcpy(&wide, at, sizeof(wide));
    return wide;
}

static inline void manifest_put_number(void *at, size_t size, uint64_t value)
{
    const uint8_t narrow = (uint8_t)value;
    const uint32_t word = (uint32_t)value;
    if (size == sizeof(narrow))
        memcpy(at, &narrow, sizeof(narrow));
    else if (size == sizeof(word))
        memcpy(at, &word, sizeof(word));
    else
        memcpy(at, &value, sizeof(value));
}

#endif
