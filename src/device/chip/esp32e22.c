/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-E22: esptool targets/esp32e22.py; ROM functions: esp-stub-lib src/target/esp32e22. */
#include "device/chip/common.h"

/* Its public description stops at SPI and a part of the eFuses. */
static const chip_registers registers = {
    .mac = 0xC4008044,
    .features = "Wi-Fi 6E (tri-band, 2x2 MU-MIMO), BT 5.4 (LE) + Classic, Dual Core, 500MHz",
    .secure_boot = {0xC4008038, 20, 1},
    .secure_version = {0xC400803C, 8, 16}, /* espefuse efuse_defs/esp32e22.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = 0xC400809C,
    .uart_clkdiv = 0xC3102014,
    .crystal_divider = 1,
};

const espbak_chip chip_esp32e22 = {
    .name = "esp32e22",
    .title = "ESP32-E22",
    .image_chip_id = 31,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_OTG,
    .bootloader_offset = 0,
    .spi = CHIP_SPI_LATER(0xC3003000),
    .stub_names = (const char *const[]){NULL},
    .ops = &chip_ops_none,
    .registers = &registers,
    .efuses = &efuse_esp32e22,
};
