/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_BOOT_HEADER_H
#define OPS_BOOT_HEADER_H

/* Which chip a flash's contents are for, by the header of the bootloader in them. */

#include <stdbool.h>

#include "espbak/chip.h"
#include "espbak/flash.h"

typedef struct boot_header {
    const espbak_chip *chip; /* NULL when the id is of no known chip */
    uint16_t chip_id;        /* 0xFFFF: an ESP8266 image, which has none */
    unsigned min_revision;   /* major * 100 + minor */
    unsigned max_revision;   /* 65535: no limit */
} boot_header;

enum { BOOT_HEADER_SIZE = 24 };

/* True when the bytes at flash offset `offset` can only be the header of a chip's image. */
bool boot_header_parse(boot_header *out, const uint8_t bytes[BOOT_HEADER_SIZE]);

/* Look at every place where some chip keeps its bootloader; *chip NULL when there is none. */
ESPBAK_MUST_USE espbak_status boot_header_find(espbak_flash_source source, void *user, uint64_t size,
                                               const espbak_chip **chip, espbak_error *err);

#endif
