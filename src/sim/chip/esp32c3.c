/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C3: esptool targets/esp32c3.py, esp-stub-lib src/target/esp32c3. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x60008844, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x60008848, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x60008858, 24, 2},
    {SIM_FUSE_MINOR, 0, 0x60008850, 18, 3},
    {SIM_FUSE_MINOR, 3, 0x60008858, 23, 1},
    {SIM_FUSE_CRYPT, 0, 0x60008834, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x60008838, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x60008834, 24, 4},
    {SIM_FUSE_SECURE_VERSION, 0, 0x6000883C, 14, 16},
    {SIM_FUSE_BOOT_KEY, 0, 0x600088BC, 0, 32},
    SIM_NO_FUSE,
};

const sim_chip sim_chip_esp32c3 = {
    .name = "esp32c3",
    .title = "ESP32-C3",
    .id = 5,
    .magic = 0x19F1506F,
    .magic_next = 0x6091706F,
    .last_purpose = 0x0C,  /* seen on a real one */
    .security_version = 1, /* the same one */
    .rom = SIM_ROMS_NEWER | SIM_ROM_SECURE_RAM,
    .spi = SIM_SPI_LATER(0x60002000),
    .uart_clkdiv = 0x60000014,
    .crystal_mhz = 40,
    .rom_crystal_mhz = 40,
    .watchdog = {0x600080A8, 0x60008090, 0x60008094, SIM_WATCHDOG_KEY},
    .ram = {{0x3FC80000, 0x3FCE0000}, {0x4037C000, 0x403E0000}, {0x50000000, 0x50002000}},
    .mapped = {{0x3C000000, 0x3C800000},
               {0x3FF00000, 0x3FF20000},
               {0x40000000, 0x40060000},
               {0x42000000, 0x42800000},
               {0x60000000, 0x600D1000}},
    .divides_by_zero = true,
    .rom_restart = 0x40000090,
    .last_words = {SIM_PANIC("Load access fault") "PC      : 0x4004ad74  RA      : 0x4004b36a  SP      : 0x3fcde620  "
                                                  "GP      : 0x00000000\r\n",
                   SIM_PANIC("Store/AMO access fault"), SIM_PANIC("Illegal instruction"),
                   "user code done\r\n" SIM_PANIC("Instruction access fault") "PC      : 0x00000000  "
                                                                              "RA      : 0x00000000  "
                                                                              "SP      : 0x3fcde710  "
                                                                              "GP      : 0x00000000\r\n"},
    .legacy_data = 0x3FC96BB8,
    .serial_jtag = true,
    .usb_watchdog = true,
    .revision = 4,
    .default_size = SIM_MB(4),
    .own = {.usb_mhz = 160,
            .block = 64,
            .ring = 32,
            .deflates = true,
            .leaves_to_rom = true,
            .sha256 = true,
            .riscv = true},
    .log = SIM_BOOT_LOG("esp32c3"),
    .fuses = fuses,
    .fuse_words = SIM_FUSE_WORDS(0x60008800),
    .unique_id = 0x6000885C,
};
