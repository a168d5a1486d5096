/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

/* Sizes, times and wrapped lines as people read them. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TEXT_SHORT = 32, TEXT_COLUMNS = 80, TEXT_PATH = 1088 };

/* "16 MiB", "384 KiB", "100 bytes"; "1.5 MiB" where that is exact enough. Returns `out`. */
const char *text_size(char out[TEXT_SHORT], uint64_t bytes);

/* "16M", "384K", "0x64": as options take it. */
const char *text_size_option(char out[TEXT_SHORT], uint64_t bytes);

/* "8 s", "1 min 48 s", "2 h 05 min". */
const char *text_duration(char out[TEXT_SHORT], double seconds);

/* "98:f4:ab:00:11:22" */
const char *text_mac(char out[TEXT_SHORT], const uint8_t mac[6]);

/* "v1.2" of major * 100 + minor. */
const char *text_revision(char out[TEXT_SHORT], unsigned revision);

/*
 * Print `text` in lines of at most `width` columns, those after the first indented by `indent`; the
 * cursor stands at `column` already. A newline in the text starts a new line.
 */
void text_fold(FILE *stream, const char *text, size_t column, size_t indent, size_t width);

#endif
