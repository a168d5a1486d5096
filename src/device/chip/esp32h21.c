/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-H21: esptool targets/esp32h21.py; ROM functions: esp-stub-lib src/target/esp32h21. */
#include "device/chip/common.h"

enum { EFUSE = 0x600B4000 };

static const chip_label packages[] = {{0, "ESP32-H21"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x58, 8, 2},
    .minor = {EFUSE + 0x58, 4, 4},
    .package = {EFUSE + 0x58, 11, 3},
    .packages = packages,
    .features = "BT 5 (LE), IEEE802.15.4, Single Core, 96MHz",
    .crypt_count = {EFUSE + 0x34, 18, 3},
    .secure_boot = {EFUSE + 0x38, 20, 1},
    .secure_version = {EFUSE + 0x3C, 9, 16}, /* espefuse efuse_defs/esp32h21.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .crystal_mhz = 32,
    .watchdog = {CHIP_LP_WATCHDOG, CHIP_LP_WATCHDOG + 0x04, CHIP_LP_WATCHDOG + 0x1C, CHIP_WATCHDOG_KEY},
    .super_watchdog = {CHIP_LP_WATCHDOG + 0x20, CHIP_LP_WATCHDOG + 0x24, CHIP_WATCHDOG_KEY, CHIP_SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000090,
    .ram = {{0x40800000, 0x40850000}},
};

/* ESP-IDF components/soc/esp32h21: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x43000000}},
    .dram = {0x40800000, 0x40850000},
    .iram = {0x40800000, 0x40850000},
    .always = {{0x50000000, 0x50001000}},
    .data_starts = {0x40842A78},
    .stack_end = 0x4084F380,
    .pages_vary = true,
    .newest = 99,
};

const espbak_chip chip_esp32h21 = {
    .name = "esp32h21",
    .title = "ESP32-H21",
    .image_chip_id = 25,
    .uf2_family = 0xB6DD00AF,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG,
    .bootloader_offset = 0,
    .spi = CHIP_SPI_LATER(0x60003000),
    .stub_names = (const char *const[]){"esp32h21", NULL},
    .ops = &chip_ops_none,
    .registers = &registers,
    .efuses = &efuse_esp32h21,
    .boot_memory = &boot_memory,
};
