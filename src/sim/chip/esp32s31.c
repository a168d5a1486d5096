/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-S31: esptool targets/esp32s31.py, esp-stub-lib src/target/esp32s31. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x20715050, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x20715054, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x2071505C, 22, 2},
    {SIM_FUSE_MINOR, 0, 0x2071505C, 18, 4},
    {SIM_FUSE_CRYPT, 0, 0x20715034, 21, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x2071503C, 2, 1},
    {SIM_FUSE_PURPOSE, 0, 0x20715038, 0, 5},
    {SIM_FUSE_KEY_MANAGER, 0, 0x20715034, 13, 1},
    {SIM_FUSE_SECURE_VERSION, 0, 0x20715040, 0, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0x207150C8, 0, 32},
    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32s31 = {
    .name = "esp32s31",
    .title = "ESP32-S31",
    .id = 32,
    .rom = SIM_ROMS_NEWER,
    .spi = SIM_SPI_LATER(0x20501000),
    .crystal_mhz = 40,
    .rom_crystal_mhz = 40,
    .watchdog = {0x20801018, 0x20801000, 0x20801004, SIM_WATCHDOG_KEY},
    .bootloader_offset = 0x2000,
    .cache = 0x40000020,
    .code = 0x40020000,
    .ram = {{0x2F000000, 0x2F080000}, {0x2E000000, 0x2E008000}},
    .divides_by_zero = true,
    .rom_restart = 0x2F800094,
    .last_words = SIM_LAST_WORDS_RISCV,
    .wide_current = true,
    .serial_jtag = true,
    .otg = true,
    .revision = 0,
    .default_size = SIM_MB(16),
    .log = SIM_BOOT_LOG("esp32s31"),
    .fuses = fuses,
    .fuse_words = {{0x2071502C, 9}, {0x20715050, 6}, {0x20715068, 16}, {0x20715148, 8}},
    .unique_id = 0x20715068,
};
