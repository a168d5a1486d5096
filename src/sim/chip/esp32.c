/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32: esptool targets/esp32.py, esp-stub-lib src/target/esp32. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x3FF5A004, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x3FF5A008, 0, 16},
    {SIM_FUSE_MAC_CRC, 0, 0x3FF5A008, 16, 8},
    {SIM_FUSE_MAJOR_BAR, 0, 0x3FF5A00C, 15, 1},
    {SIM_FUSE_MAJOR_BAR, 1, 0x3FF5A014, 20, 1},
    {SIM_FUSE_MAJOR_BAR, 2, 0x3FF6607C, 31, 1},
    {SIM_FUSE_MINOR, 0, 0x3FF5A014, 24, 2},
    {SIM_FUSE_FIXED, 1, 0x3FF5A00C, 9, 3},
    {SIM_FUSE_FIXED, 1, 0x3FF5A00C, 13, 1},
    {SIM_FUSE_CK8M, 0, 0x3FF5A010, 0, 8},
    {SIM_FUSE_CRYPT, 0, 0x3FF5A000, 20, 7},
    {SIM_FUSE_SECURE_BOOT_1, 0, 0x3FF5A018, 4, 1},
    {SIM_FUSE_SECURE_BOOT, 0, 0x3FF5A018, 5, 1},
    {SIM_FUSE_KEY, 0, 0x3FF5A038, 0, 32},
    {SIM_FUSE_SECURE_VERSION, 0, 0x3FF5A088, 0, 32},
    {SIM_FUSE_BOOT_KEY, 0, 0x3FF5A058, 0, 32},
    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32 = {
    .name = "esp32",
    .title = "ESP32",
    .id = 0,
    .magic = 0x00F01D83,
    .magic_next = 0x65004136,
    .rom = SIM_ROM_LATER,
    .spi = {0x3FF42000, 0x1C, 0x20, 0x24, 0x28, 0x2C, 0x80, true},
    .uart_clkdiv = 0x3FF40014,
    .crystal_mhz = 40,
    .rom_crystal_mhz = 40,
    .strap = 0x3FF44038,
    .bootloader_offset = 0x1000,
    .cache = 0x3F400020,
    .code = 0x400D0000,
    .ram = {{0x3FFAE000, 0x40000000}, {0x40070000, 0x400C2000}, {0x50000000, 0x50002000}},
    .mapped = {{0x3F400000, 0x3FC00000},
               {0x3FF00000, 0x3FF82000},
               {0x3FF90000, 0x3FFA0000},
               {0x40000000, 0x40070000},
               {0x400C2000, 0x40C00000},
               {0x60000000, 0x60040000}},
    .rom_frame = 0x3FFC0000, /* seen on a real one */
    .rom_restart = 0x4000824C,
    .last_words = SIM_LAST_WORDS_XTENSA,
    .legacy_data = 0x3FFDEBAC,
    .revision = 301,
    .default_size = SIM_MB(4),
    .rtc_cali = 0x3FF5F06C,
    .own = {.uart_mhz = 160, .usb_mhz = 160, .block = 64, .ring = 32, .deflates = true, .leaves_to_rom = true},
    .log = SIM_BOOT_LOG("esp32", .hand_over = "configsip: 0x00000000, SPIWP:0xee\r\nclk_drv:0x00,q_drv:0x00,d_drv:0x00,"
                                              "cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00\r\nmode:DIO, clock div:1\r\n"
                                              "load:0x3fff0030,len:1448\r\n"),
    .fuses = fuses,
    .fuse_words = {{0x3FF5A000, 7}, {0x3FF5A078, 8}},
};
