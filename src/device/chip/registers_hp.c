/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the ESP32-H series, ESP32-P4 and ESP32-S31: esptool/targets, esp-stub-lib ROM linker scripts. */
#include "device/chip/registers.h"

#include <stddef.h>

enum { WATCHDOG_KEY = 0x50D83AA1, SUPER_AUTO_FEED = 1 << 18 };
enum { H_WATCHDOG = 0x600B1C00, H2_EFUSE = 0x600B0800, H21_EFUSE = 0x600B4000 };

static const chip_label h2_packages[] = {{0, "ESP32-H2"}, {0, NULL}};

const chip_registers chip_registers_esp32h2 = {
    .mac = H2_EFUSE + 0x44,
    .major = {H2_EFUSE + 0x50, 21, 2},
    .minor = {H2_EFUSE + 0x50, 18, 3},
    .package = {H2_EFUSE + 0x54, 0, 3},
    .packages = h2_packages,
    .features = "BT 5 (LE), IEEE802.15.4, Single Core, 96MHz",
    .crypt_count = {H2_EFUSE + 0x34, 18, 3},
    .secure_boot = {H2_EFUSE + 0x38, 20, 1},
    .crystal_mhz = 32,
    .watchdog = {H_WATCHDOG, H_WATCHDOG + 0x04, H_WATCHDOG + 0x1C, WATCHDOG_KEY},
    .super_watchdog = {H_WATCHDOG + 0x20, H_WATCHDOG + 0x24, WATCHDOG_KEY, SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000090,
    .ram = {{0x40800000, 0x40850000}},
};

static const chip_label h21_packages[] = {{0, "ESP32-H21"}, {0, NULL}};

const chip_registers chip_registers_esp32h21 = {
    .mac = H21_EFUSE + 0x44,
    .major = {H21_EFUSE + 0x58, 8, 2},
    .minor = {H21_EFUSE + 0x58, 4, 4},
    .package = {H21_EFUSE + 0x58, 11, 3},
    .packages = h21_packages,
    .features = "BT 5 (LE), IEEE802.15.4, Single Core, 96MHz",
    .crypt_count = {H21_EFUSE + 0x34, 18, 3},
    .secure_boot = {H21_EFUSE + 0x38, 20, 1},
    .crystal_mhz = 32,
    .watchdog = {H_WATCHDOG, H_WATCHDOG + 0x04, H_WATCHDOG + 0x1C, WATCHDOG_KEY},
    .super_watchdog = {H_WATCHDOG + 0x20, H_WATCHDOG + 0x24, WATCHDOG_KEY, SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000090,
    .ram = {{0x40800000, 0x40850000}},
};

enum { H4_EFUSE = 0x600B1800, H4_TIMER_GROUP = 0x60090000, H4_WATCHDOG = 0x600B5400 };

static const chip_label h4_packages[] = {{0, "ESP32-H4 (QFN40)"}, {0, NULL}};

const chip_registers chip_registers_esp32h4 = {
    .mac = H4_EFUSE + 0x44,
    .major = {H4_EFUSE + 0x50, 22, 2},
    .minor = {H4_EFUSE + 0x50, 18, 4},
    .package = {H4_EFUSE + 0x54, 12, 3},
    .packages = h4_packages,
    .features = "BT 5 (LE), IEEE802.15.4, Dual Core, 96MHz",
    .crypt_count = {H4_EFUSE + 0x30, 23, 3},
    .secure_boot = {H4_EFUSE + 0x38, 5, 1},
    .key_manager = {H4_EFUSE + 0x38, 19, 4},
    .crystal_mhz = 32,
    .watchdog = {H4_TIMER_GROUP + 0x48, H4_TIMER_GROUP + 0x4C, H4_TIMER_GROUP + 0x64, WATCHDOG_KEY},
    .super_watchdog = {H4_WATCHDOG + 0x1C, H4_WATCHDOG + 0x20, WATCHDOG_KEY, SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000094,
    .ram = {{0x40810000, 0x40860000}},
};

enum { P4_EFUSE = 0x5012D000, P4_WATCHDOG = 0x50116000 };

static const chip_label p4_packages[] = {{0, "ESP32-P4"}, {0, NULL}};

const chip_registers chip_registers_esp32p4 = {
    .mac = P4_EFUSE + 0x44,
    .major = {P4_EFUSE + 0x4C, 4, 2},
    .major_high = {P4_EFUSE + 0x4C, 23, 1},
    .minor = {P4_EFUSE + 0x4C, 0, 4},
    .package = {P4_EFUSE + 0x4C, 20, 3},
    .packages = p4_packages,
    .features = "Dual Core + LP Core, 400MHz",
    .crypt_count = {P4_EFUSE + 0x34, 18, 3},
    .secure_boot = {P4_EFUSE + 0x38, 20, 1},
    .key_manager = {P4_EFUSE + 0x34, 9, 2},
    .crystal_mhz = 40,
    .watchdog = {P4_WATCHDOG, P4_WATCHDOG + 0x04, P4_WATCHDOG + 0x18, WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {P4_WATCHDOG + 0x1C, P4_WATCHDOG + 0x20, WATCHDOG_KEY, SUPER_AUTO_FEED},
    .usb_needs_watchdog = true,
    .rom_software_reset = 0x4FC00094,
    .second_stub_below = 300,
    .ram = {{0x4FF00000, 0x4FFC0000}},
};

enum { S31_EFUSE = 0x20715000, S31_WATCHDOG = 0x20801000 };

static const chip_label s31_packages[] = {{0, "ESP32-S31"}, {0, NULL}};

const chip_registers chip_registers_esp32s31 = {
    .mac = S31_EFUSE + 0x50,
    .major = {S31_EFUSE + 0x5C, 22, 2},
    .minor = {S31_EFUSE + 0x5C, 18, 4},
    .package = {S31_EFUSE + 0x60, 6, 2},
    .packages = s31_packages,
    .features = "Wi-Fi 6, BT 5.4 (LE), IEEE802.15.4, Dual Core + LP Core, 300MHz",
    .crypt_count = {S31_EFUSE + 0x34, 21, 3},
    .secure_boot = {S31_EFUSE + 0x3C, 2, 1},
    .key_manager = {S31_EFUSE + 0x34, 12, 2},
    .crystal_mhz = 40,
    .watchdog = {S31_WATCHDOG, S31_WATCHDOG + 0x04, S31_WATCHDOG + 0x18, WATCHDOG_KEY},
    .watchdog_resets = true,
    .usb_needs_watchdog = true,
    .rom_software_reset = 0x2F800094,
    .ram = {{0x2F000000, 0x2F080000}},
};
