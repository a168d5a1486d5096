/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_LITTLEFS_LOG_H
#define IMAGE_LITTLEFS_LOG_H

/*
 * The blocks in which LittleFS keeps folders, and small files whole: logs of tags, of which the later one counts.
 * SPEC.md of littlefs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the contents of a small file are to stay. */
typedef bool (*littlefs_log_keeps)(const void *user, const uint8_t *data, size_t size);

/*
 * Blank contents of small files, those of earlier versions and of removed files too, with their checksums right again;
 * what stands behind the log becomes 0xFF. False where the block is none: it is then as it was.
 */
bool littlefs_log_blank(uint8_t *block, size_t size, littlefs_log_keeps keeps, const void *user);

#endif
