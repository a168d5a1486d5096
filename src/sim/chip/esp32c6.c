/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C6: esptool targets/esp32c6.py, esp-stub-lib src/target/esp32c6. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B0844, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x600B0848, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B0848, 16, 16},
    {SIM_FUSE_MAJOR, 0, 0x600B0850, 22, 2},
    {SIM_FUSE_MINOR, 0, 0x600B0850, 18, 4},
    {SIM_FUSE_CRYPT, 0, 0x600B0834, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B0838, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x600B0834, 24, 4},
    {SIM_FUSE_FIXED, 1, 0x600B0850, 24, 3},
    {SIM_FUSE_FIXED, 1, 0x600B0854, 0, 3},
    {SIM_FUSE_SECURE_VERSION, 0, 0x600B083C, 14, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0x600B08BC, 0, 32},
    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32c6 = {
    .name = "esp32c6",
    .title = "ESP32-C6",
    .id = 13,
    .magic = 0x2CE0806F,
    .rom = SIM_ROMS_NEWER,
    .spi = SIM_SPI_LATER(0x60003000),
    .uart_clkdiv = 0x60000014,
    .crystal_mhz = 40,
    .rom_crystal_mhz = 40,
    .watchdog = {0x600B1C18, 0x600B1C00, 0x600B1C04, SIM_WATCHDOG_KEY},
    .cache = 0x42000020,
    .code = 0x42020000,
    .ram = {{0x40800000, 0x40880000}, {0x50000000, 0x50004000}},
    .mapped = SIM_MAPPED_C6,
    .divides_by_zero = true,
    .rom_restart = 0x40000090,
    .last_words = SIM_LAST_WORDS_RISCV,
    .legacy_data = 0x40852BB4,
    .serial_jtag = true,
    .usb_watchdog = true,
    .revision = 1,
    .default_size = SIM_MB(4),
    .own = {.block = 64, .ring = 32, .deflates = true, .riscv = true},
    .log = SIM_BOOT_LOG("esp32c6"),
    .fuses = fuses,
    .fuse_words = SIM_FUSE_WORDS(0x600B0800),
    .unique_id = 0x600B085C,
};
