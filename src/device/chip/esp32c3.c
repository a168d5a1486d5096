/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C3: esptool targets/esp32c3.py; ROM functions: esp-stub-lib src/target/esp32c3. */
#include "device/chip/common.h"

enum { EFUSE = 0x60008800, RTC = 0x60008000 };

static const chip_label packages[] = {
    {0, "ESP32-C3 (QFN32)"}, {1, "ESP8685 (QFN28)"}, {2, "ESP32-C3 AZ (QFN32)"}, {3, "ESP8686 (QFN24)"}, {0, NULL}};
static const chip_label flash_sizes[] = {{0, ""},
                                         {1, "Embedded Flash 4MB"},
                                         {2, "Embedded Flash 2MB"},
                                         {3, "Embedded Flash 1MB"},
                                         {4, "Embedded Flash 8MB"},
                                         {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x58, 24, 2},
    .minor = {EFUSE + 0x50, 18, 3},
    .minor_high = {EFUSE + 0x58, 23, 1},
    .minor_high_shift = 3,
    .package = {EFUSE + 0x50, 21, 3},
    .packages = packages,
    .features = "Wi-Fi, BT 5 (LE), Single Core, 160MHz",
    .flash_cap = {EFUSE + 0x50, 27, 3},
    .flash_caps = flash_sizes,
    .flash_vendor = {EFUSE + 0x54, 0, 3},
    .flash_vendors = chip_c_flash_vendors,
    .crypt_count = {EFUSE + 0x34, 18, 3},
    .secure_boot = {EFUSE + 0x38, 20, 1},
    .secure_version = {EFUSE + 0x3C, 14, 16}, /* espefuse efuse_defs/esp32c3.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .crystal_mhz = 40,
    .watchdog = {RTC + 0x90, RTC + 0x94, RTC + 0xA8, CHIP_WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {RTC + 0xAC, RTC + 0xB0, 0x8F1D312A, 1u << 31},
    .secure_boot_blocks_ram = true,
    .rom_software_reset = 0x40000090,
    .ram = {{0x3FC80000, 0x3FCE0000}, {0x4037C000, 0x403E0000}},
};

/* ESP-IDF components/soc/esp32c3: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. What the ROM takes was tried on it.
 */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x42800000}, {0x3C000000, 0x3C800000}},
    .dram = {0x3FC80000, 0x3FCE0000},
    .iram = {0x4037C000, 0x403E0000},
    .shared_dram = {0x3FC80000, 0x3FCE0000},
    .shared_iram = {0x40380000, 0x403E0000},
    .always = {{0x50000000, 0x50002000}},
    .data_starts = {0x3FCD6000, 0x3FCD5710},
    .stack_end = 0x3FCDE710,
    .modes = 11,
    .speeds = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 15,
    .newest = 199,
};

const espbak_chip chip_esp32c3 = {
    .name = "esp32c3",
    .title = "ESP32-C3",
    .image_chip_id = 5,
    .uf2_family = 0xD42BA06C,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG,
    .bootloader_offset = 0,
    .proven = true,
    .own_loader_proven = true,
    .own_writes_proven = true,
    .spi = CHIP_SPI_LATER(0x60002000),
    .stub_names = (const char *const[]){"esp32c3", NULL},
    .ops = &chip_ops_none,
    .registers = &registers,
    .efuses = &efuse_esp32c3,
    .boot_memory = &boot_memory,
};
