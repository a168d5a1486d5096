/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-P4: esptool targets/esp32p4.py, esp-stub-lib src/target/esp32p4. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x5012D044, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x5012D048, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x5012D04C, 4, 2},
    {SIM_FUSE_MAJOR, 2, 0x5012D04C, 23, 1},
    {SIM_FUSE_MINOR, 0, 0x5012D04C, 0, 4},
    {SIM_FUSE_CRYPT, 0, 0x5012D034, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x5012D038, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x5012D034, 24, 4},
    {SIM_FUSE_KEY_MANAGER, 0, 0x5012D034, 10, 1},
    {SIM_FUSE_XPD, 0, 0x5012D034, 16, 1},
    {SIM_FUSE_SECURE_VERSION, 0, 0x5012D03C, 9, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0x5012D0BC, 0, 32},
    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32p4 = {
    .name = "esp32p4",
    .title = "ESP32-P4",
    .id = 18,
    .rom = SIM_ROMS_NEWER,
    .spi = SIM_SPI_LATER(0x5008D000),
    .crystal_mhz = 40,
    .rom_crystal_mhz = 40,
    .watchdog = {0x50116018, 0x50116000, 0x50116004, SIM_WATCHDOG_KEY},
    .strap = 0x500E0038,
    .force_download = 0x50110008,
    .bootloader_offset = 0x2000,
    .ram = {{0x4FF00000, 0x4FFA0000}, {0x4FFA0000, 0x4FFC0000}, {0x50108000, 0x50110000}},
    .mapped = {{0x30100000, 0x30102000},
               {0x40000000, 0x4C000000},
               {0x4FC00000, 0x4FC20000},
               {0x50000000, 0x50130000},
               {0x80000000, 0x90000000}},
    .divides_by_zero = true,
    .rom_restart = 0x4FC00094,
    .last_words = SIM_LAST_WORDS_RISCV,
    .legacy_data = 0x4FF62C00,
    .wide_current = true,
    .wide_legacy = true,
    .serial_jtag = true,
    .usb_watchdog = true,
    .otg = true,
    .revision = 103,
    .default_size = SIM_MB(16),
    .flash_power = {.at = 0x501153FC, .first = 301, .last = 302, .xpd_since = 302}, /* power_on_flash */
    .own = {.block = 64, .ring = 32, .deflates = true, .wide = true, .riscv = true},
    .log = SIM_BOOT_LOG("esp32p4"),
    .fuses = fuses,
};
