/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C5: esptool targets/esp32c5.py, esp-stub-lib src/target/esp32c5. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B4844, 0, 32},     {SIM_FUSE_MAC_HIGH, 0, 0x600B4848, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B4848, 16, 16},    {SIM_FUSE_MAJOR, 0, 0x600B484C, 4, 2},
    {SIM_FUSE_MINOR, 0, 0x600B484C, 0, 4},        {SIM_FUSE_CRYPT, 0, 0x600B4834, 16, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B4838, 25, 1}, {SIM_FUSE_PURPOSE, 0, 0x600B4834, 22, 5},
    {SIM_FUSE_KEY_MANAGER, 0, 0x600B4834, 11, 1}, {SIM_FUSE_SECURE_VERSION, 0, 0x600B483C, 9, 9},
    {SIM_FUSE_BOOT_KEY, 0, 0x600B48BC, 0, 32},    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32c5 = {
    .name = "esp32c5",
    .title = "ESP32-C5",
    .id = 23,
    .rom = SIM_ROMS_NEWER,
    .spi = SIM_SPI_LATER(0x60003000),
    .uart_clkdiv = 0x60000014,
    .crystal_mhz = 48,
    .rom_crystal_mhz = 40, /* change_baud */
    .watchdog = {0x600B1C18, 0x600B1C00, 0x600B1C04, SIM_WATCHDOG_KEY},
    .bootloader_offset = 0x2000,
    .cache = 0x42000020,
    .code = 0x42020000,
    .ram = {{0x40800000, 0x40860000}, {0x50000000, 0x50004000}},
    .mapped = SIM_MAPPED_C6,
    .divides_by_zero = true,
    .rom_restart = 0x40000094,
    .last_words = SIM_LAST_WORDS_RISCV,
    .legacy_data = 0x40852BB8,
    .wide_current = true,
    .wide_legacy = true,
    .serial_jtag = true,
    .usb_watchdog = true,
    .revision = 100,
    .default_size = SIM_MB(8),
    .pcr_sysclk = 0x60096110,
    .own = {.block = 56, .ring = 32, .deflates = true, .wide = true, .riscv = true},
    .log = SIM_BOOT_LOG("esp32c5"),
    .fuses = fuses,
    .fuse_words = SIM_FUSE_WORDS(0x600B4800),
    .unique_id = 0x600B485C,
};
