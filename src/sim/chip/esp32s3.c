/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-S3: esptool targets/esp32s3.py, esp-stub-lib src/target/esp32s3. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x60007044, 0, 32},     {SIM_FUSE_MAC_HIGH, 0, 0x60007048, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x60007058, 24, 2},       {SIM_FUSE_MINOR, 0, 0x60007050, 18, 3},
    {SIM_FUSE_MINOR, 3, 0x60007058, 23, 1},       {SIM_FUSE_CRYPT, 0, 0x60007034, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x60007038, 20, 1}, {SIM_FUSE_PURPOSE, 0, 0x60007034, 24, 4},
    {SIM_FUSE_OCTAL, 0, 0x6000703C, 9, 1},        {SIM_FUSE_SECURE_VERSION, 0, 0x6000703C, 14, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0x600070BC, 0, 32},    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32s3 = {
    .name = "esp32s3",
    .title = "ESP32-S3",
    .id = 9,
    .magic = 0x00000009,
    .rom = SIM_ROMS_NEWER | SIM_ROM_SECURE_RAM,
    .spi = SIM_SPI_LATER(0x60002000),
    .uart_clkdiv = 0x60000014,
    .crystal_mhz = 40,
    .rom_crystal_mhz = 40,
    .watchdog = {0x600080B0, 0x60008098, 0x6000809C, SIM_WATCHDOG_KEY},
    .strap = 0x60004038,
    .force_download = 0x6000812C,
    .ram = {{0x3FC88000, 0x3FD00000}, {0x40370000, 0x403E0000}, {0x600FE000, 0x60100000}},
    .mapped = {{0x3C000000, 0x3E000000},
               {0x3FF00000, 0x3FF20000},
               {0x40000000, 0x40060000},
               {0x42000000, 0x44000000},
               {0x50000000, 0x50002000},
               {0x60000000, 0x600D1000}},
    .rom_restart = 0x400006D8,
    .last_words = SIM_LAST_WORDS_XTENSA,
    .legacy_data = 0x3FCB2C00,
    .wide_current = true,
    .wide_legacy = true,
    .serial_jtag = true,
    .usb_watchdog = true,
    .otg = true,
    .revision = 2,
    .default_size = SIM_MB(16),
    .rom_read_slot = 0x3FCEF688, /* loader.py run_stub */
    .own = {.block = 64, .ring = 32, .deflates = true, .wide = true, .leaves_to_rom = true, .sha256 = true},
    .log = SIM_BOOT_LOG("esp32s3"),
    .fuses = fuses,
    .fuse_words = SIM_FUSE_WORDS(0x60007000),
    .unique_id = 0x6000705C,
};
