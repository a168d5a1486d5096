/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C61: esptool targets/esp32c61.py; ROM functions: esp-stub-lib src/target/esp32c61. */
#include "device/chip/common.h"

enum { EFUSE = 0x600B4800 };

static const chip_label temperatures[] = {{0, "N"}, {1, "H"}, {0, NULL}};
static const chip_label flash_sizes[] = {{0, ""}, {1, "F4"}, {2, "F8"}, {0, NULL}};
static const chip_label psram_sizes[] = {{0, ""}, {1, "R2"}, {2, "R8"}, {0, NULL}};
static const chip_label packages[] = {{0, ""}, {1, ""}, {2, ""}, {3, "LA"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x4C, 4, 2},
    .minor = {EFUSE + 0x4C, 0, 4},
    .suffixes = {{{EFUSE + 0x4C, 24, 2}, temperatures, "?"},
                 {{EFUSE + 0x4C, 13, 3}, flash_sizes, "F?"},
                 {{EFUSE + 0x4C, 19, 3}, psram_sizes, "R?"},
                 {{EFUSE + 0x4C, 26, 3}, packages, "?"}},
    .features = "Wi-Fi 6, BT 5 (LE), Single Core, 160MHz",
    .crypt_count = {EFUSE + 0x30, 23, 3},
    .secure_boot = {EFUSE + 0x34, 26, 1},
    .secure_version = {EFUSE + 0x38, 8, 16}, /* espefuse efuse_defs/esp32c61.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .crystal_mhz = 40,
    .watchdog = {CHIP_LP_WATCHDOG, CHIP_LP_WATCHDOG + 0x04, CHIP_LP_WATCHDOG + 0x18, CHIP_WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {CHIP_LP_WATCHDOG + 0x1C, CHIP_LP_WATCHDOG + 0x20, CHIP_WATCHDOG_KEY, CHIP_SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000094,
    .ram = {{0x40800000, 0x40860000}},
};

/* ESP-IDF components/soc/esp32c61: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x44000000}},
    .dram = {0x40800000, 0x40850000},
    .iram = {0x40800000, 0x40850000},
    .data_starts = {0x40845A70, 0x40845670},
    .stack_end = 0x4084E670,
    .pages_vary = true,
    .newest = 199,
};

const espbak_chip chip_esp32c61 = {
    .name = "esp32c61",
    .title = "ESP32-C61",
    .image_chip_id = 20,
    .uf2_family = 0x77D850C4,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG,
    .bootloader_offset = 0,
    .four_byte_stub = true,
    .spi = CHIP_SPI_LATER(0x60003000),
    .stub_names = (const char *const[]){"esp32c61", NULL},
    .ops = &chip_ops_none,
    .registers = &registers,
    .efuses = &efuse_esp32c61,
    .boot_memory = &boot_memory,
};
