/* SPDX-License-Identifier: Apache-2.0 */
/* ESP8266: four OTP words, of which esptool targets/esp8266.py tells what it knows; the names are ours. How the MAC is
   put together is known to device/chip. */
#include "device/efuse/tables.h"

/* clang-format off */
static const efuse_block blocks[] = {
    {0, 4, 0, 0, 0x3FF00050},
};

static const efuse_field fields[] = {
    ROW(FLASH, FLAG, 0, 4, 1, "FLASH_IN_PACKAGE"),
    ROW(IDENTITY, FLAG, 0, 5, 1, "HIGH_TEMPERATURE"),
    ROW(FLASH, FLAG, 0, 80, 1, "FLASH_IN_PACKAGE_2"),
    ROW(FLASH, NUMBER, 0, 121, 3, "FLASH_CAP"),
};
/* clang-format on */

const efuse_table efuse_esp8266 = EFUSE_TABLE(NULL);
