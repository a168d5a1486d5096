/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/opt.h"

#include <ctype.h>
#include <string.h>

static int digit_value(char c, unsigned base)
{
    int value = -1;
    if (c >= '0' && c <= '9')
        value = c - '0';
    else if (base == 16 && isxdigit((unsigned char)c))
        value = tolower((unsigned char)c) - 'a' + 10;
    return value;
}

/* 0 when the rest is no suffix. */
static uint64_t unit_of(const char *rest)
{
    static const struct {
        const char *suffix;
        uint64_t unit;
    } units[] = {{"", 1}, {"k", 1024}, {"kb", 1024}, {"m", 1024 * 1024}, {"mb", 1024 * 1024}};
    char lower[3] = "";
    if (strlen(rest) >= sizeof(lower))
        return 0;
    for (size_t i = 0; rest[i] != '\0'; i++)
        lower[i] = (char)tolower((unsigned char)rest[i]);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(lower, units[i].suffix) == 0)
            return units[i].unit;
    }
    return 0;
}

static espbak_status not_a_number(const char *text, const char *what, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_USAGE, "%s: '%s' is not a number", what, text);
    espbak_error_hint(err, "write it as 4096, 0x1000, 4K or 16M");
    return ESPBAK_E_USAGE;
}

/* Offsets and sizes are read in hex, counts and times are not. */
static espbak_status too_large(const char *text, uint64_t max, const char *what, espbak_error *err)
{
    const bool place = max > 0xFFFF && (max % 4096 == 0 || (max & (max + 1)) == 0);
    return espbak_fail(err, ESPBAK_E_USAGE,
                       place ? "%s: '%s' is too large, at most 0x%llX is possible"
                             : "%s: '%s' is too large, at most %llu is possible",
                       what, text, (unsigned long long)max);
}

espbak_status opt_parse_number(const char *text, uint64_t max, const char *what, uint64_t *value, espbak_error *err)
{
    if (text[0] == '-' && isdigit((unsigned char)text[1]))
        return espbak_fail(err, ESPBAK_E_USAGE, "%s: '%s' is negative", what, text);
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const unsigned base = hex ? 16 : 10;
    const char *p = hex ? text + 2 : text;
    if (digit_value(*p, base) < 0)
        return not_a_number(text, what, err);
    uint64_t number = 0;
    bool overflow = false;
    for (; digit_value(*p, base) >= 0; p++) {
        const uint64_t digit = (uint64_t)digit_value(*p, base);
        overflow = overflow || number > (UINT64_MAX - digit) / base;
        number = number * base + digit;
    }
    const uint64_t unit = unit_of(p);
    if (unit == 0)
        return not_a_number(text, what, err);
    if (overflow || number > UINT64_MAX / unit || number * unit > max)
        return too_large(text, max, what, err);
    *value = number * unit;
    return ESPBAK_OK;
}
