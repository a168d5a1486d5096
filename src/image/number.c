/* SPDX-License-Identifier: Apache-2.0 */
#include "image/number.h"

enum { KILO = 1024 };

static const int64_t largest = (int64_t)1 << 40;

static unsigned digit_of(char c)
{
    const char lower = (char)(c | 0x20);
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : UINT32_MAX;
}

/* The base that a prefix announces; steps over it. */
static unsigned take_base(const char **text, size_t *size)
{
    static const struct {
        char letter;
        unsigned base;
    } prefixes[] = {{'x', 16}, {'o', 8}, {'b', 2}};
    for (size_t i = 0; *size > 2 && (*text)[0] == '0' && i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (((*text)[1] | 0x20) == prefixes[i].letter) {
            *text += 2;
            *size -= 2;
            return prefixes[i].base;
        }
    }
    return 10;
}

static int64_t take_suffix(const char *text, size_t *size)
{
    const char last = *size > 1 ? (char)(text[*size - 1] | 0x20) : '\0';
    if (last != 'k' && last != 'm')
        return 1;
    --*size;
    return last == 'k' ? KILO : KILO * KILO;
}

bool number_parse(const char *text, size_t size, int64_t *value)
{
    const bool negative = size > 0 && *text == '-';
    if (negative || (size > 0 && *text == '+')) {
        text++;
        size--;
    }
    const int64_t factor = take_suffix(text, &size);
    const unsigned base = take_base(&text, &size);
    int64_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        const unsigned digit = digit_of(text[i]);
        if (digit >= base || sum > largest / factor)
            return false;
        sum = sum * base + digit;
    }
    *value = negative ? -sum * factor : sum * factor;
    return size > 0 && sum <= largest / factor;
}
