/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-H21: esptool targets/esp32h21.py, esp-stub-lib src/target/esp32h21. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B4044, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x600B4048, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B4048, 16, 16},
    {SIM_FUSE_MAJOR, 0, 0x600B4058, 8, 2},
    {SIM_FUSE_MINOR, 0, 0x600B4058, 4, 4},
    {SIM_FUSE_CRYPT, 0, 0x600B4034, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B4038, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x600B4034, 24, 4},
    {SIM_FUSE_SECURE_VERSION, 0, 0x600B403C, 9, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0x600B40BC, 0, 32},
    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32h21 = {
    .name = "esp32h21",
    .title = "ESP32-H21",
    .id = 25,
    .rom = SIM_ROMS_NEWER,
    .spi = SIM_SPI_LATER(0x60003000),
    .uart_clkdiv = 0x60000014,
    .crystal_mhz = 32,
    .rom_crystal_mhz = 32,
    .watchdog = {0x600B1C1C, 0x600B1C00, 0x600B1C04, SIM_WATCHDOG_KEY},
    .cache = 0x42000020,
    .code = 0x42020000,
    .ram = {{0x40800000, 0x40880000}, {0x50000000, 0x50004000}},
    .mapped = SIM_MAPPED_C6,
    .divides_by_zero = true,
    .rom_restart = 0x40000090,
    .last_words = SIM_LAST_WORDS_RISCV,
    .serial_jtag = true,
    .usb_watchdog = true,
    .revision = 0,
    .default_size = SIM_MB(4),
    .log = SIM_BOOT_LOG("esp32h21"),
    .fuses = fuses,
    .fuse_words = SIM_FUSE_WORDS(0x600B4000),
    .unique_id = 0x600B405C,
};
