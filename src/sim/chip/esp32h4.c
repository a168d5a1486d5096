/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-H4: esptool targets/esp32h4.py, esp-stub-lib src/target/esp32h4. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B1844, 0, 32},     {SIM_FUSE_MAC_HIGH, 0, 0x600B1848, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B1848, 16, 16},    {SIM_FUSE_MAJOR, 0, 0x600B1850, 22, 2},
    {SIM_FUSE_MINOR, 0, 0x600B1850, 18, 4},       {SIM_FUSE_CRYPT, 0, 0x600B1830, 23, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B1838, 5, 1},  {SIM_FUSE_PURPOSE, 0, 0x600B1834, 0, 5},
    {SIM_FUSE_KEY_MANAGER, 0, 0x600B1838, 20, 1}, {SIM_FUSE_SECURE_VERSION, 0, 0x600B183C, 7, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0x600B18BC, 0, 32},    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32h4 = {
    .name = "esp32h4",
    .title = "ESP32-H4",
    .id = 28,
    .rom = SIM_ROMS_NEWER,
    .spi = SIM_SPI_LATER(0x60099000),
    .uart_clkdiv = 0x60012014,
    .crystal_mhz = 32,
    .rom_crystal_mhz = 32,
    .watchdog = {0x60090064, 0x60090048, 0x6009004C, SIM_WATCHDOG_KEY},
    .bootloader_offset = 0x2000,
    .cache = 0x42000020,
    .code = 0x42020000,
    .ram = {{0x40810000, 0x40860000}, {0x50000000, 0x50004000}},
    .mapped = SIM_MAPPED_C6,
    .divides_by_zero = true,
    .rom_restart = 0x40000094,
    .last_words = SIM_LAST_WORDS_RISCV,
    .serial_jtag = true,
    .usb_watchdog = true,
    .revision = 0,
    .default_size = SIM_MB(4),
    .log = SIM_BOOT_LOG("esp32h4"),
    .fuses = fuses,
    .fuse_words = SIM_FUSE_WORDS(0x600B1800),
    .unique_id = 0x600B185C,
};
