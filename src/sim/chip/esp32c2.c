/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C2: esptool targets/esp32c2.py, esp-stub-lib src/target/esp32c2. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x60008840, 0, 32},  {SIM_FUSE_MAC_HIGH, 0, 0x60008844, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x60008844, 20, 2},    {SIM_FUSE_MINOR, 0, 0x60008844, 16, 4},
    {SIM_FUSE_CRYPT, 0, 0x60008830, 7, 3},     {SIM_FUSE_SECURE_BOOT, 0, 0x60008830, 21, 1},
    {SIM_FUSE_KEY, 0, 0x60008860, 0, 32},      {SIM_FUSE_SECURE_VERSION, 0, 0x60008830, 22, 4},
    {SIM_FUSE_BOOT_KEY, 0, 0x60008870, 0, 32}, SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32c2 = {
    .name = "esp32c2",
    .title = "ESP32-C2",
    .id = 12,
    .magic = 0x6F51306F,
    .rom = SIM_ROMS_NEWER,
    .spi = SIM_SPI_LATER(0x60002000),
    .uart_clkdiv = 0x60000014,
    .crystal_mhz = 26,
    .rom_crystal_mhz = 40, /* change_baud */
    .watchdog = {0x6000809C, 0x60008084, 0x60008088, SIM_WATCHDOG_KEY},
    .ram = {{0x3FCA0000, 0x3FCE0000}, {0x4037C000, 0x403C0000}},
    .mapped = {{0x3C000000, 0x3C400000},
               {0x3FF00000, 0x3FF50000},
               {0x40000000, 0x40090000},
               {0x42000000, 0x42400000},
               {0x60000000, 0x600D1000}},
    .divides_by_zero = true,
    .rom_restart = 0x40000088,
    .last_words = SIM_LAST_WORDS_RISCV,
    .legacy_data = 0x3FCB6BAC,
    .revision = 100,
    .default_size = SIM_MB(4),
    .own = {.block = 32, .ring = 16, .deflates = true, .riscv = true},
    .log = SIM_BOOT_LOG("esp32c2"),
    .fuses = fuses,
    .fuse_words = {{0x6000882C, 5}, {0x60008840, 8}},
};
