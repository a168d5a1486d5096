/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#endif
#include "base/utc.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Years begin in March here, so that the leap day is the last; an era is 400 of them. */
enum { DAY = 86400, ERA_DAYS = 146097, ERA_YEARS = 400, EPOCH_DAYS = 719468 /* from 1 March of year 0 to 1970 */ };

static void broken_down(struct tm *out)
{
    const time_t now = time(NULL);
    memset(out, 0, sizeof(*out));
#ifdef _WIN32
    gmtime_s(out, &now);
#else
    gmtime_r(&now, out);
#endif
}

void utc_now(char rfc3339[32], char compact[32])
{
    struct tm utc;
    broken_down(&utc);
    strftime(rfc3339, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
    strftime(compact, 32, "%Y%m%d-%H%M%S", &utc);
}

/* By hand: time_t may be narrower, and gmtime knows no years before 1970 on Windows. */
void utc_text(char out[UTC_MAX], int64_t seconds)
{
    const int64_t first = -30610224000, last = 253402300799; /* years 1000 to 9999 */
    out[0] = '\0';
    if (seconds < first || seconds > last)
        return;
    const int of_day = (int)((seconds % DAY + DAY) % DAY);
    const int days = (int)((seconds - of_day) / DAY + EPOCH_DAYS);
    const int of_era = days % ERA_DAYS;
    const int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int month = (5 * of_year + 2) / 153; /* from March on */
    const struct tm parts = {
        .tm_year = days / ERA_DAYS * ERA_YEARS + year_of_era + (month >= 10) - 1900,
        .tm_mon = month < 10 ? month + 2 : month - 10,
        .tm_mday = of_year - (153 * month + 2) / 5 + 1,
        .tm_hour = of_day / 3600,
        .tm_min = of_day / 60 % 60,
        .tm_sec = of_day % 60,
    };
    strftime(out, UTC_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* Days since 1970; years count from March, so that the day that some have more is the last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - EPOCH_DAYS;
}

int64_t utc_seconds(int year, int month, int day)
{
    return days_of(year, month, day) * DAY;
}

bool utc_parse(const char *text, int64_t *seconds)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    char zone = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%c", &year, &month, &day, &hour, &minute, &second, &zone) != 7 ||
        zone != 'Z' || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *seconds = utc_seconds(year, month, day) + hour * 3600 + minute * 60 + second;
    return true;
}
