/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

/* Little-endian numbers in byte buffers, overflow-checked ranges, and hex. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t bytes_get_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

static inline uint32_t bytes_get_le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void bytes_put_le16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void bytes_put_le32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)(value >> 16);
    p[3] = (uint8_t)(value >> 24);
}

/** Whether [offset, offset + size) lies within [0, limit), without overflow. */
static inline bool bytes_range_within(uint64_t offset, uint64_t size, uint64_t limit)
{
    return offset <= limit && size <= limit - offset;
}

static inline uint64_t bytes_min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/** True when every byte is `value`. */
bool bytes_are_all(const uint8_t *p, size_t size, uint8_t value);

/** Lower-case hex; `out` has room for 2 * size + 1. */
void bytes_to_hex(char *out, const uint8_t *p, size_t size);

/** Exactly 2 * size lower-case hex digits, nothing else; false otherwise. */
bool bytes_from_hex(uint8_t *out, size_t size, const char *hex);

/** Length of the UTF-8 sequence at `p`, of which `left` (not 0) bytes are there; 0 when it is none. */
size_t bytes_utf8_sequence(const uint8_t *p, size_t left);

/**
 * Copy text that came from a device or file into `out` so that it can be printed: control
 * characters, escapes and bytes that are not UTF-8 become '?'. Always terminated.
 */
void bytes_printable(char *out, size_t capacity, const char *text, size_t size);

/** Whether two texts are the same but for the case of ASCII letters. */
bool bytes_same_text(const char *a, const char *b);

/** A copy to free(); NULL of NULL, or when out of memory. */
char *bytes_copy_text(const char *text);

#endif
