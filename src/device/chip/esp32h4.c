/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-H4: esptool targets/esp32h4.py; ROM functions: esp-stub-lib src/target/esp32h4. */
#include "device/chip/common.h"

enum { EFUSE = 0x600B1800, TIMER_GROUP = 0x60090000, WATCHDOG = 0x600B5400 };

static const chip_label packages[] = {{0, "ESP32-H4 (QFN40)"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x50, 22, 2},
    .minor = {EFUSE + 0x50, 18, 4},
    .package = {EFUSE + 0x54, 12, 3},
    .packages = packages,
    .features = "BT 5 (LE), IEEE802.15.4, Dual Core, 96MHz",
    .crypt_count = {EFUSE + 0x30, 23, 3},
    .secure_boot = {EFUSE + 0x38, 5, 1},
    .secure_version = {EFUSE + 0x3C, 7, 16}, /* espefuse efuse_defs/esp32h4.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .key_manager = {EFUSE + 0x38, 19, 4},
    .crystal_mhz = 32,
    .watchdog = {TIMER_GROUP + 0x48, TIMER_GROUP + 0x4C, TIMER_GROUP + 0x64, CHIP_WATCHDOG_KEY},
    .super_watchdog = {WATCHDOG + 0x1C, WATCHDOG + 0x20, CHIP_WATCHDOG_KEY, CHIP_SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000094,
    .ram = {{0x40810000, 0x40860000}},
};

/* ESP-IDF components/soc/esp32h4: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x44000000}},
    .dram = {0x40810000, 0x40860000},
    .iram = {0x40810000, 0x40860000},
    .always = {{0x50000000, 0x50004000}},
    .data_starts = {0x40856350},
    .stack_end = 0x4085D350,
    .pages_vary = true,
    .newest = 99,
};

const espbak_chip chip_esp32h4 = {
    .name = "esp32h4",
    .title = "ESP32-H4",
    .image_chip_id = 28,
    .uf2_family = 0x9E0BAA8A,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG,
    .bootloader_offset = 0x2000,
    .spi = CHIP_SPI_LATER(0x60099000),
    .stub_names = (const char *const[]){"esp32h4", NULL},
    .ops = &chip_ops_none,
    .registers = &registers,
    .efuses = &efuse_esp32h4,
    .boot_memory = &boot_memory,
};
