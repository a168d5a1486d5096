/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-E22: esptool targets/esp32e22.py, esp-stub-lib src/target/esp32e22. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0xC4008044, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0xC4008048, 0, 16},
    {SIM_FUSE_SECURE_BOOT, 0, 0xC4008038, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0xC4008034, 24, 4},
    {SIM_FUSE_SECURE_VERSION, 0, 0xC400803C, 8, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0xC40080BC, 0, 32},
    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32e22 = {
    .name = "esp32e22",
    .title = "ESP32-E22",
    .id = 31,
    .rom = SIM_ROMS_NEWER,
    .spi = SIM_SPI_LATER(0xC3003000),
    .uart_clkdiv = 0xC3102014,
    .crystal_mhz = 40,
    .rom_crystal_mhz = 40,
    .strap = 0xC310D000,
    .ram = {{0x31000000, 0x31200000}, {0x30FE0000, 0x31000000}, {0xC0000000, 0xC0008000}},
    .divides_by_zero = true,
    .last_words = SIM_LAST_WORDS_RISCV,
    .otg = true,
    .revision = 0,
    .default_size = SIM_MB(8),
    .log = SIM_BOOT_LOG("esp32e22"),
    .fuses = fuses,
    .fuse_words = SIM_FUSE_WORDS(0xC4008000),
};
