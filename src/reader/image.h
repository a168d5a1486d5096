/* SPDX-License-Identifier: Apache-2.0 */
#ifndef READER_IMAGE_H
#define READER_IMAGE_H

/*
 * The readers as they are loaded into the chips. images/<chip>.c is made from chip/ by the CMake
 * target `readers`; docs/reader.md tells how.
 */

#include <stdint.h>

/* The first bytes of every image's text segment; the digit is READER_VERSION. */
#define READER_IMAGE_MARK "espbakR1"

typedef struct reader_segment {
    const uint8_t *bytes;
    uint32_t size; /* 0: nothing to load */
    uint32_t address;
} reader_segment;

typedef struct reader_image {
    const char *chip; /* its name in the chip table */
    reader_segment text, data;
    uint32_t entry;
} reader_image;

/* NULL when there is none for this chip. */
const reader_image *reader_image_find(const char *chip_name);

#endif
