/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the ESP32-C series: esptool/targets, esp-stub-lib ROM linker scripts. */
#include "device/chip/registers.h"

#include <stddef.h>

enum { WATCHDOG_KEY = 0x50D83AA1, UART_CLKDIV = 0x60000014 };

static const chip_label c3_packages[] = {
    {0, "ESP32-C3 (QFN32)"}, {1, "ESP8685 (QFN28)"}, {2, "ESP32-C3 AZ (QFN32)"}, {3, "ESP8686 (QFN24)"}, {0, NULL}};
static const chip_label c3_flash[] = {{0, ""},
                                      {1, "Embedded Flash 4MB"},
                                      {2, "Embedded Flash 2MB"},
                                      {3, "Embedded Flash 1MB"},
                                      {4, "Embedded Flash 8MB"},
                                      {0, NULL}};
static const chip_label c3_flash_vendors[] = {{1, "XMC"}, {2, "GD"}, {3, "FM"}, {4, "TT"}, {5, "ZBIT"}, {0, NULL}};

enum { C3_EFUSE = 0x60008800, C3_RTC = 0x60008000 };

const chip_registers chip_registers_esp32c3 = {
    .mac = C3_EFUSE + 0x44,
    .major = {C3_EFUSE + 0x58, 24, 2},
    .minor = {C3_EFUSE + 0x50, 18, 3},
    .minor_high = {C3_EFUSE + 0x58, 23, 1},
    .minor_high_shift = 3,
    .package = {C3_EFUSE + 0x50, 21, 3},
    .packages = c3_packages,
    .features = "Wi-Fi, BT 5 (LE), Single Core, 160MHz",
    .flash_cap = {C3_EFUSE + 0x50, 27, 3},
    .flash_caps = c3_flash,
    .flash_vendor = {C3_EFUSE + 0x54, 0, 3},
    .flash_vendors = c3_flash_vendors,
    .crypt_count = {C3_EFUSE + 0x34, 18, 3},
    .secure_boot = {C3_EFUSE + 0x38, 20, 1},
    .crystal_mhz = 40,
    .watchdog = {C3_RTC + 0x90, C3_RTC + 0x94, C3_RTC + 0xA8, WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {C3_RTC + 0xAC, C3_RTC + 0xB0, 0x8F1D312A, 1u << 31},
    .rom_software_reset = 0x40000090,
    .ram = {{0x3FC80000, 0x3FCE0000}, {0x4037C000, 0x403E0000}},
};

static const chip_label c2_packages[] = {{0, "ESP32-C2"}, {1, "ESP8684H"}, {0, NULL}};
static const chip_label c2_flash[] = {
    {0, ""}, {1, "Embedded Flash 4MB"}, {2, "Embedded Flash 2MB"}, {3, "Embedded Flash 1MB"}, {0, NULL}};

const chip_registers chip_registers_esp32c2 = {
    .mac = C3_EFUSE + 0x40,
    .major = {C3_EFUSE + 0x44, 20, 2},
    .minor = {C3_EFUSE + 0x44, 16, 4},
    .package = {C3_EFUSE + 0x44, 22, 3},
    .packages = c2_packages,
    .features = "Wi-Fi, BT 5 (LE), Single Core, 120MHz",
    .flash_cap = {C3_EFUSE + 0x5C, 29, 3},
    .flash_caps = c2_flash,
    .flash_vendor = {C3_EFUSE + 0x5C, 24, 3},
    .flash_vendors = c3_flash_vendors,
    .crypt_count = {C3_EFUSE + 0x30, 7, 3},
    .secure_boot = {C3_EFUSE + 0x30, 21, 1},
    .uart_clkdiv = UART_CLKDIV,
    .crystal_divider = 1,
    .watchdog = {C3_RTC + 0x84, C3_RTC + 0x88, C3_RTC + 0x9C, WATCHDOG_KEY},
    .watchdog_resets = true,
    .rom_software_reset = 0x40000088,
    .no_stub_below = 1,
    .ram = {{0x3FCA0000, 0x3FCE0000}, {0x4037C000, 0x403C0000}},
};

enum { LP_WATCHDOG = 0x600B1C00, C6_EFUSE = 0x600B0800, C5_EFUSE = 0x600B4800 };

static const chip_label c6_flash[] = {{0, ""}, {1, "Embedded Flash 4MB"}, {2, "Embedded Flash 8MB"}, {0, NULL}};

/* No watchdog reset: the C6's USB-Serial-JTAG can vanish by it (esptool targets/esp32c6.py). */
const chip_registers chip_registers_esp32c6 = {
    .mac = C6_EFUSE + 0x44,
    .major = {C6_EFUSE + 0x50, 22, 2},
    .minor = {C6_EFUSE + 0x50, 18, 4},
    .package = {C6_EFUSE + 0x50, 24, 3},
    .features = "Wi-Fi 6, BT 5 (LE), IEEE802.15.4, Single Core + LP Core, 160MHz",
    .flash_cap = {C6_EFUSE + 0x54, 0, 3},
    .flash_caps = c6_flash,
    .crypt_count = {C6_EFUSE + 0x34, 18, 3},
    .secure_boot = {C6_EFUSE + 0x38, 20, 1},
    .crystal_mhz = 40,
    .watchdog = {LP_WATCHDOG, LP_WATCHDOG + 0x04, LP_WATCHDOG + 0x18, WATCHDOG_KEY},
    .super_watchdog = {LP_WATCHDOG + 0x1C, LP_WATCHDOG + 0x20, WATCHDOG_KEY, 1u << 18},
    .rom_software_reset = 0x40000090,
    .ram = {{0x40800000, 0x40880000}},
};

static const chip_label c61_packages[] = {{0, "ESP32-C61"}, {0, NULL}};

const chip_registers chip_registers_esp32c61 = {
    .mac = C5_EFUSE + 0x44,
    .major = {C5_EFUSE + 0x4C, 4, 2},
    .minor = {C5_EFUSE + 0x4C, 0, 4},
    .package = {C5_EFUSE + 0x4C, 26, 3},
    .packages = c61_packages,
    .features = "Wi-Fi 6, BT 5 (LE), Single Core, 160MHz",
    .crypt_count = {C5_EFUSE + 0x30, 23, 3},
    .secure_boot = {C5_EFUSE + 0x34, 26, 1},
    .crystal_mhz = 40,
    .watchdog = {LP_WATCHDOG, LP_WATCHDOG + 0x04, LP_WATCHDOG + 0x18, WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {LP_WATCHDOG + 0x1C, LP_WATCHDOG + 0x20, WATCHDOG_KEY, 1u << 18},
    .rom_software_reset = 0x40000094,
    .ram = {{0x40800000, 0x40860000}},
};

static const chip_label c5_packages[] = {{0, "ESP32-C5"}, {0, NULL}};

const chip_registers chip_registers_esp32c5 = {
    .mac = C5_EFUSE + 0x44,
    .major = {C5_EFUSE + 0x4C, 4, 2},
    .minor = {C5_EFUSE + 0x4C, 0, 4},
    .package = {C5_EFUSE + 0x4C, 26, 3},
    .packages = c5_packages,
    .features = "Wi-Fi 6 (dual-band), BT 5 (LE), IEEE802.15.4, Single Core + LP Core, 240MHz",
    .crypt_count = {C5_EFUSE + 0x34, 16, 3},
    .secure_boot = {C5_EFUSE + 0x38, 25, 1},
    .key_manager = {C5_EFUSE + 0x34, 10, 2},
    .uart_clkdiv = UART_CLKDIV,
    .crystal_divider = 1,
    .watchdog = {LP_WATCHDOG, LP_WATCHDOG + 0x04, LP_WATCHDOG + 0x18, WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {LP_WATCHDOG + 0x1C, LP_WATCHDOG + 0x20, WATCHDOG_KEY, 1u << 18},
    .rom_software_reset = 0x40000094,
    .ram = {{0x40800000, 0x40860000}},
};
