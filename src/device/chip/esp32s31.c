/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-S31: esptool targets/esp32s31.py; ROM functions: esp-stub-lib src/target/esp32s31. */
#include "device/chip/common.h"

enum { EFUSE = 0x20715000, WATCHDOG = 0x20801000 };

static const chip_label packages[] = {{0, "ESP32-S31"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x50,
    .major = {EFUSE + 0x5C, 22, 2},
    .minor = {EFUSE + 0x5C, 18, 4},
    .package = {EFUSE + 0x60, 6, 2},
    .packages = packages,
    .features = "Wi-Fi 6, BT 5.4 (LE), IEEE802.15.4, Dual Core + LP Core, 300MHz",
    .crypt_count = {EFUSE + 0x34, 21, 3},
    .secure_boot = {EFUSE + 0x3C, 2, 1},
    .secure_version = {EFUSE + 0x40, 0, 16}, /* espefuse efuse_defs/esp32s31.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0xA8,
    .key_manager = {EFUSE + 0x34, 12, 2},
    .crystal_mhz = 40,
    .watchdog = {WATCHDOG, WATCHDOG + 0x04, WATCHDOG + 0x18, CHIP_WATCHDOG_KEY},
    .watchdog_resets = true,
    .usb_needs_watchdog = true,
    .rom_software_reset = 0x2F800094,
    .ram = {{0x2F000000, 0x2F080000}},
};

/* ESP-IDF components/soc/esp32s31: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x40000000, 0x44000000}, {0x50000000, 0x54000000}},
    .dram = {0x2F000000, 0x2F080000},
    .iram = {0x2F000000, 0x2F080000},
    .always = {{0x2E000000, 0x2E008000}},
    .data_starts = {0x2F073FB0},
    .stack_end = 0x2F07CFB0,
    .pages_vary = true,
    .newest = 99,
};

const espbak_chip chip_esp32s31 = {
    .name = "esp32s31",
    .title = "ESP32-S31",
    .image_chip_id = 32,
    .uf2_family = 0x3101F7C1,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG | ESPBAK_USB_OTG,
    .bootloader_offset = 0x2000,
    .four_byte_stub = true,
    .spi = CHIP_SPI_LATER(0x20501000),
    .stub_names = (const char *const[]){"esp32s31", NULL},
    .ops = &chip_ops_none,
    .registers = &registers,
    .efuses = &efuse_esp32s31,
    .boot_memory = &boot_memory,
};
