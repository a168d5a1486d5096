/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-S2: esptool targets/esp32s2.py, esp-stub-lib src/target/esp32s2. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x3F41A044, 0, 32},     {SIM_FUSE_MAC_HIGH, 0, 0x3F41A048, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x3F41A050, 18, 2},       {SIM_FUSE_MINOR, 3, 0x3F41A050, 20, 1},
    {SIM_FUSE_MINOR, 0, 0x3F41A054, 4, 3},        {SIM_FUSE_CRYPT, 0, 0x3F41A034, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x3F41A038, 20, 1}, {SIM_FUSE_PURPOSE, 0, 0x3F41A034, 24, 4},
    {SIM_FUSE_OCTAL, 0, 0x3F41A03C, 9, 1},        {SIM_FUSE_SECURE_VERSION, 0, 0x3F41A03C, 11, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0x3F41A0BC, 0, 32},    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32s2 = {
    .name = "esp32s2",
    .title = "ESP32-S2",
    .id = 2,
    .magic = 0x000007C6,
    .rom = SIM_ROMS_S2,
    .spi = SIM_SPI_LATER(0x3F402000),
    .uart_clkdiv = 0x3F400014,
    .crystal_mhz = 40,
    .rom_crystal_mhz = 40,
    .watchdog = {0x3F4080AC, 0x3F408094, 0x3F408098, SIM_WATCHDOG_KEY},
    .strap = 0x3F404038,
    .force_download = 0x3F408128,
    .bootloader_offset = 0x1000,
    .cache = 0x3F000020,
    .code = 0x40080000,
    .ram = {{0x3FF9E000, 0x40000000}, {0x40020000, 0x40072000}, {0x50000000, 0x50002000}},
    .mapped = {{0x3F000000, 0x3FF9E000}, {0x40000000, 0x40020000}, {0x40072000, 0x40800000}, {0x60000000, 0x61810000}},
    .rom_restart = 0x40010068,
    .last_words = SIM_LAST_WORDS_XTENSA,
    .legacy_data = 0x3FFE2C00,
    .otg = true,
    .revision = 100,
    .default_size = SIM_MB(4),
    .own = {.uart_mhz = 240, .usb_mhz = 240, .block = 48, .ring = 16, .deflates = true},
    .log = SIM_BOOT_LOG("esp32s2"),
    .fuses = fuses,
    .fuse_words = SIM_FUSE_WORDS(0x3F41A000),
    .unique_id = 0x3F41A05C,
};
