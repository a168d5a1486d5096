/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-H2: esptool targets/esp32h2.py; ROM functions: esp-stub-lib src/target/esp32h2. */
#include "device/chip/common.h"

enum { EFUSE = 0x600B0800 };

static const chip_label packages[] = {{0, "ESP32-H2"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x50, 21, 2},
    .minor = {EFUSE + 0x50, 18, 3},
    .package = {EFUSE + 0x54, 0, 3},
    .packages = packages,
    .features = "BT 5 (LE), IEEE802.15.4, Single Core, 96MHz",
    .crypt_count = {EFUSE + 0x34, 18, 3},
    .secure_boot = {EFUSE + 0x38, 20, 1},
    .secure_version = {EFUSE + 0x3C, 9, 16}, /* espefuse efuse_defs/esp32h2.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .crystal_mhz = 32,
    .watchdog = {CHIP_LP_WATCHDOG, CHIP_LP_WATCHDOG + 0x04, CHIP_LP_WATCHDOG + 0x1C, CHIP_WATCHDOG_KEY},
    .super_watchdog = {CHIP_LP_WATCHDOG + 0x20, CHIP_LP_WATCHDOG + 0x24, CHIP_WATCHDOG_KEY, CHIP_SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000090,
    .ram = {{0x40800000, 0x40850000}},
};

/* ESP-IDF components/soc/esp32h2: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x43000000}},
    .dram = {0x40800000, 0x40850000},
    .iram = {0x40800000, 0x40850000},
    .always = {{0x50000000, 0x50001000}},
    .data_starts = {0x40845FD0},
    .stack_end = 0x4084F380,
    .pages_vary = true,
    .newest = 199,
};

const espbak_chip chip_esp32h2 = {
    .name = "esp32h2",
    .title = "ESP32-H2",
    .image_chip_id = 16,
    .uf2_family = 0x332726F6,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG,
    .bootloader_offset = 0,
    .spi = CHIP_SPI_LATER(0x60003000),
    .stub_names = (const char *const[]){"esp32h2", NULL},
    .ops = &chip_ops_none,
    .registers = &registers,
    .efuses = &efuse_esp32h2,
    .boot_memory = &boot_memory,
};
