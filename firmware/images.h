/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_IMAGE_H
#define FIRMWARE_IMAGE_H

/*
 * Our own loader, as it is loaded into each chip. images/<chip>.c is made from chip/ by the CMake
 * target `firmware`; docs/loader.md tells how.
 */

#include <stdint.h>

/* The first bytes of every image's text segment; the digit is WIRE_VERSION. */
#define LOADER_IMAGE_MARK "espbakR2"

typedef struct loader_segment {
    const uint8_t *bytes;
    uint32_t size; /* 0: nothing to load */
    uint32_t address;
} loader_segment;

typedef struct loader_image {
    const char *chip; /* its name in the chip table */
    loader_segment text, data;
    uint32_t entry;
} loader_image;

/* NULL when there is none for this chip. */
const loader_image *loader_image_find(const char *chip_name);

#endif
