/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of ESP8266, ESP32, ESP32-S2, ESP32-S3: esptool/targets, esp-stub-lib ROM linker scripts. */
#include "device/chip/registers.h"

#include <stddef.h>

enum { WATCHDOG_KEY = 0x50D83AA1 };

const chip_registers chip_registers_esp8266 = {
    .uart_clkdiv = 0x60000014,
    .crystal_divider = 2,
    .rom_software_reset = 0x4000264C,
    .ram = {{0x3FFE8000, 0x40000000}, {0x40100000, 0x40110000}},
};

enum { ESP32_EFUSE = 0x3FF5A000 };

const chip_registers chip_registers_esp32 = {
    .crypt_count = {ESP32_EFUSE, 20, 7},
    .uart_clkdiv = 0x3FF40014,
    .crystal_divider = 1,
    .rom_software_reset = 0x4000824C,
    .spi_pads_word3 = ESP32_EFUSE + 0x0C,
    .spi_pads_word5 = ESP32_EFUSE + 0x14,
    .ram = {{0x3FFAE000, 0x40000000}, {0x40070000, 0x400C0000}},
};

enum { S2_EFUSE = 0x3F41A000, S2_RTC = 0x3F408000, S2_STRAP = 0x3F404038 };

static const chip_label s2_flash[] = {
    {0, "No Embedded Flash"}, {1, "Embedded Flash 2MB"}, {2, "Embedded Flash 4MB"}, {0, NULL}};
static const chip_label s2_psram[] = {
    {0, "No Embedded PSRAM"}, {1, "Embedded PSRAM 2MB"}, {2, "Embedded PSRAM 4MB"}, {0, NULL}};

const chip_registers chip_registers_esp32s2 = {
    .mac = S2_EFUSE + 0x44,
    .major = {S2_EFUSE + 0x50, 18, 2},
    .minor = {S2_EFUSE + 0x54, 4, 3},
    .minor_high = {S2_EFUSE + 0x50, 20, 1},
    .minor_high_shift = 3,
    .features = "Wi-Fi, Single Core, 240MHz",
    .flash_cap = {S2_EFUSE + 0x50, 21, 4},
    .flash_caps = s2_flash,
    .psram_cap = {S2_EFUSE + 0x50, 28, 4},
    .psram_caps = s2_psram,
    .crypt_count = {S2_EFUSE + 0x34, 18, 3},
    .secure_boot = {S2_EFUSE + 0x38, 20, 1},
    .octal_flash = {S2_EFUSE + 0x3C, 9, 1},
    .vdd_on = {S2_EFUSE + 0x34, 4, 1},
    .vdd_high = {S2_EFUSE + 0x34, 5, 1},
    .vdd_force = {S2_EFUSE + 0x34, 6, 1},
    .vdd_strap = {S2_STRAP, 4, 1},
    .crystal_mhz = 40,
    .watchdog = {S2_RTC + 0x94, S2_RTC + 0x98, S2_RTC + 0xAC, WATCHDOG_KEY},
    .watchdog_resets = true,
    .strap_boot = {S2_STRAP, 3, 1},
    .force_download = {S2_RTC + 0x128, 0, 1},
    .rom_software_reset = 0x40010068,
    .ram = {{0x3FF9E000, 0x40000000}, {0x40020000, 0x40070000}},
};

enum { S3_EFUSE = 0x60007000, S3_RTC = 0x60008000, S3_STRAP = 0x60004038 };

static const chip_label s3_packages[] = {{0, "ESP32-S3 (QFN56)"}, {1, "ESP32-S3-PICO-1 (LGA56)"}, {0, NULL}};
static const chip_label s3_flash[] = {{0, ""}, {1, "Embedded Flash 8MB"}, {2, "Embedded Flash 4MB"}, {0, NULL}};
static const chip_label s3_flash_vendors[] = {{1, "XMC"}, {2, "GD"}, {3, "FM"}, {4, "TT"}, {5, "BY"}, {0, NULL}};
static const chip_label s3_psram[] = {{0, ""},
                                      {1, "Embedded PSRAM 8MB"},
                                      {2, "Embedded PSRAM 2MB"},
                                      {3, "Embedded PSRAM 16MB"},
                                      {4, "Embedded PSRAM 4MB"},
                                      {0, NULL}};
static const chip_label s3_psram_vendors[] = {{1, "AP_3v3"}, {2, "AP_1v8"}, {0, NULL}};

const chip_registers chip_registers_esp32s3 = {
    .mac = S3_EFUSE + 0x44,
    .major = {S3_EFUSE + 0x58, 24, 2},
    .minor = {S3_EFUSE + 0x50, 18, 3},
    .minor_high = {S3_EFUSE + 0x58, 23, 1},
    .minor_high_shift = 3,
    .package = {S3_EFUSE + 0x50, 21, 3},
    .packages = s3_packages,
    .features = "Wi-Fi, BT 5 (LE), Dual Core + LP Core, 240MHz",
    .flash_cap = {S3_EFUSE + 0x50, 27, 3},
    .flash_caps = s3_flash,
    .flash_vendor = {S3_EFUSE + 0x54, 0, 3},
    .flash_vendors = s3_flash_vendors,
    .psram_cap = {S3_EFUSE + 0x54, 3, 2},
    .psram_cap_high = {S3_EFUSE + 0x58, 19, 1},
    .psram_caps = s3_psram,
    .psram_vendor = {S3_EFUSE + 0x54, 7, 2},
    .psram_vendors = s3_psram_vendors,
    .crypt_count = {S3_EFUSE + 0x34, 18, 3},
    .secure_boot = {S3_EFUSE + 0x38, 20, 1},
    .octal_flash = {S3_EFUSE + 0x3C, 9, 1},
    .vdd_on = {S3_EFUSE + 0x34, 4, 1},
    .vdd_high = {S3_EFUSE + 0x34, 5, 1},
    .vdd_force = {S3_EFUSE + 0x34, 6, 1},
    .vdd_strap = {S3_STRAP, 4, 1},
    .crystal_mhz = 40,
    .watchdog = {S3_RTC + 0x98, S3_RTC + 0x9C, S3_RTC + 0xB0, WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {S3_RTC + 0xB4, S3_RTC + 0xB8, 0x8F1D312A, 1u << 31},
    .strap_boot = {S3_STRAP, 3, 1},
    .force_download = {S3_RTC + 0x12C, 0, 1},
    .rom_software_reset = 0x400006D8,
    .rom_read_pointer = 0x3FCEF688, /* rom_spiflash_legacy_funcs.read */
    .ram = {{0x3FC88000, 0x3FD00000}, {0x40370000, 0x403E0000}},
};

/* The E22 is here for its SPI and eFuse layout; its public description stops at these. */
const chip_registers chip_registers_esp32e22 = {
    .mac = 0xC4008044,
    .features = "Wi-Fi 6E (tri-band, 2x2 MU-MIMO), BT 5.4 (LE) + Classic, Dual Core, 500MHz",
    .secure_boot = {0xC4008038, 20, 1},
    .uart_clkdiv = 0xC3102014,
    .crystal_divider = 1,
};
