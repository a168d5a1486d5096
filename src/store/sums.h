/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SUMS_H
#define STORE_SUMS_H

/* SHA256SUMS, as sha256sum -c reads it: 64 hex digits, two spaces, a name. */

#include <stddef.h>
#include <stdint.h>

#include "espbak/manifest.h"

enum { SUMS_SIZE_MAX = 256 * 1024, SUMS_LINES_MAX = ESPBAK_REGIONS_MAX + 1 };

typedef struct sums_line {
    char name[64];
    uint8_t sha256[32];
} sums_line;

typedef struct sums {
    sums_line lines[SUMS_LINES_MAX];
    size_t count;
} sums;

extern const char sums_file_name[];
extern const char manifest_file_name[];

/** All data files and the manifest; allocated, terminated, free() it. NULL when out of memory. */
char *sums_format(const espbak_manifest *manifest, const uint8_t manifest_sha256[32]);

/** ESPBAK_E_DIFFERS for a line that sha256sum would not read or that names a file twice. */
ESPBAK_MUST_USE espbak_status sums_parse(sums *out, const char *text, size_t size, espbak_error *err);

/** The line of a file; NULL when there is none. */
const sums_line *sums_find(const sums *s, const char *name);

#endif
