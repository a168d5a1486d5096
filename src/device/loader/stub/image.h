/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_STUB_IMAGE_H
#define DEVICE_STUB_IMAGE_H

/* A stub as Espressif publishes it: JSON with base64 code and data. The file is not trusted. */

#include <stddef.h>
#include <stdint.h>

#include "device/chip/registers.h"

enum { STUB_FILE_MAX = 1 << 20 };

typedef struct stub_segment {
    uint32_t address;
    uint8_t *bytes;
    size_t size; /* 0: there is none */
} stub_segment;

typedef struct stub_image {
    uint32_t entry;
    stub_segment text, data;
} stub_image;

/*
 * Allocates the segments; stub_image_free them. ESPBAK_E_FILE for anything that is not a stub that
 * fits into `ram` (CHIP_RAM_RANGES ranges): its code and data would be written over something else.
 */
ESPBAK_MUST_USE espbak_status stub_image_parse(stub_image *image, const char *json, size_t size, const chip_range *ram,
                                               espbak_error *err);
void stub_image_free(stub_image *image);

#endif
