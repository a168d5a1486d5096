/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include <stdbool.h>
#include <stdint.h>

/** UTC now, as "2026-11-22T10:15:00Z" and as "20261122-101500". */
void utc_now(char rfc3339[32], char compact[32]);

enum { UTC_TEXT_LENGTH = 20, UTC_MAX = UTC_TEXT_LENGTH + 1 };

/** Midnight of a day, in seconds since 1970; years from 1601 to 9999. */
int64_t utc_seconds(int year, int month, int day);

/** Seconds since 1970 as "2026-11-22T10:15:00Z"; empty for a year that has not four digits. */
void utc_text(char out[UTC_MAX], int64_t seconds);

/** Seconds since 1970 of "2026-11-22T10:15:00Z"; false for anything else. */
bool utc_parse(const char *text, int64_t *seconds);

#endif
