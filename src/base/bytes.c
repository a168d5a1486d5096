/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool bytes_same_text(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool bytes_are_all(const uint8_t *p, size_t size, uint8_t value)
{
    /* Comparing the buffer with itself shifted by one lets memcmp do the work. */
    return size == 0 || (p[0] == value && memcmp(p, p + 1, size - 1) == 0);
}

void bytes_to_hex(char *out, const uint8_t *p, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
    *out = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool bytes_from_hex(uint8_t *out, size_t size, const char *hex)
{
    if (strlen(hex) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        const int high = hex_digit(hex[2 * i]);
        const int low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* U+2028 to U+202E and U+2066 to U+2069: line breaks and overrides of direction, which disguise what follows. */
static bool turns_text_around(const uint8_t *p)
{
    if (p[0] != 0xE2)
        return false;
    return (p[1] == 0x80 && p[2] >= 0xA8 && p[2] <= 0xAE) || (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9);
}

size_t bytes_utf8_sequence(const uint8_t *p, size_t left)
{
    size_t size = 0;
    if (p[0] < 0x80)
        size = 1;
    else if (p[0] >= 0xC2 && p[0] <= 0xDF)
        size = 2;
    else if (p[0] >= 0xE0 && p[0] <= 0xEF)
        size = 3;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        size = 4;
    if (size == 0 || size > left)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90))
        return 0; /* longer than it needs to be */
    if ((p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0; /* surrogates, and what lies past Unicode's end */
    return size;
}

/* Length of the UTF-8 sequence at `p` that may be printed, 0 for one that may not. */
static size_t printable_sequence(const uint8_t *p, size_t left)
{
    const size_t size = bytes_utf8_sequence(p, left);
    if (size == 1 && (p[0] < 0x20 || p[0] == 0x7F))
        return 0;
    if (size == 2 && p[0] == 0xC2 && p[1] < 0xA0)
        return 0; /* C1 controls act like escapes in some terminals */
    return size == 3 && turns_text_around(p) ? 0 : size;
}

void bytes_printable(char *out, size_t capacity, const char *text, size_t size)
{
    if (capacity == 0)
        return;
    const uint8_t *p = (const uint8_t *)text;
    size_t used = 0;
    for (size_t i = 0; i < size && p[i] != '\0';) {
        const size_t sequence = printable_sequence(p + i, size - i);
        const size_t room = sequence == 0 ? 1 : sequence;
        if (used + room >= capacity)
            break;
        if (sequence == 0)
            out[used] = '?';
        else
            memcpy(out + used, p + i, sequence);
        used += room;
        i += room;
    }
    out[used] = '\0';
}

char *bytes_copy_text(const char *text)
{
    const size_t size = text != NULL ? strlen(text) + 1 : 0;
    char *copy = size > 0 ? malloc(size) : NULL;
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}
