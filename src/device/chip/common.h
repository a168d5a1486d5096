/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CHIP_COMMON_H
#define DEVICE_CHIP_COMMON_H

/* What the files of several chips use. A fact of one chip alone stands in the file of that chip. */

#include <stddef.h>

#include "device/chip/registers.h"
#include "device/efuse/tables.h"

enum { CHIP_NO_ID = 0xFFFF, CHIP_NO_REGISTER = 0xFFFF };

/* What mask ROMs can do, in the order in which it came. */
enum {
    CHIP_ROM_ESP32 = ESPBAK_ROM_READ_SLOW | ESPBAK_ROM_MD5 | ESPBAK_ROM_DEFLATE | ESPBAK_ROM_BAUD |
                     ESPBAK_ROM_STATUS_4 | ESPBAK_ROM_ATTACH,
    CHIP_ROM_S2 = CHIP_ROM_ESP32 | ESPBAK_ROM_SECURITY_INFO | ESPBAK_ROM_ENCRYPTED_FLAG,
    CHIP_ROM_LATER = CHIP_ROM_S2 | ESPBAK_ROM_CHIP_ID,
};

/* The SPI controller of the ESP32-S2 and all later chips, wherever it stands. */
#define CHIP_SPI_LATER(at)                                                                                             \
    {.base = (at),                                                                                                     \
     .usr = 0x18,                                                                                                      \
     .usr1 = 0x1C,                                                                                                     \
     .usr2 = 0x20,                                                                                                     \
     .w0 = 0x58,                                                                                                       \
     .mosi_dlen = 0x24,                                                                                                \
     .miso_dlen = 0x28,                                                                                                \
     .address = 0x04,                                                                                                  \
     .address_msb = false}

enum {
    CHIP_WATCHDOG_KEY = 0x50D83AA1,
    CHIP_SUPER_AUTO_FEED = 1 << 18, /* of chips whose super watchdog has the same key */
    CHIP_LP_WATCHDOG = 0x600B1C00,  /* the block of both watchdogs: C5, C6, C61, H2, H21 */
};

/* Makers of the flash in the package: C2 and C3. */
extern const chip_label chip_c_flash_vendors[];

/* For chips whose table says everything. */
extern const chip_ops chip_ops_none;

/* Whether an odd number of bits is set, which is how eFuses count up to "flash is encrypted". */
bool chip_count_is_odd(uint32_t count);

#endif
