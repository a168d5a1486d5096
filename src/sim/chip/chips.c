/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/chips.h"

#include <ctype.h>

#include "sim/chip/fuses.h"

/* Register offsets of SPI1: the ESP8266 and ESP32 layouts, and the one all later chips share. */
#define SPI_ESP8266                                                                                                    \
    {                                                                                                                  \
        0x60000200, 0x1C, 0x20, 0x24, SIM_NO_REGISTER, SIM_NO_REGISTER, 0x40, true                                     \
    }
#define SPI_ESP32                                                                                                      \
    {                                                                                                                  \
        0x3FF42000, 0x1C, 0x20, 0x24, 0x28, 0x2C, 0x80, true                                                           \
    }
#define SPI_LATER(base)                                                                                                \
    {                                                                                                                  \
        base, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x58, false                                                                \
    }

#define WDT_KEY   0x50D83AA1u
#define MB(n)     ((uint32_t)(n) << 20)
#define FUSES(of) .fuses = sim_fuses_##of

#define ROM_ESP32 SIM_ROM_LATER
#define ROM_S2    (SIM_ROM_LATER | SIM_ROM_SECURITY | SIM_ROM_BEGIN_20)
#define ROM_NEWER (ROM_S2 | SIM_ROM_SECURITY_ID)

/* Sources: esptool/targets/<chip>.py and esp-stub-lib src/target/<chip>. The word at 0x40001000 of chips
   that esptool knows by their id is from earlier esptool versions, 0 where none was ever published. */
static const sim_chip chips[] = {
    {.name = "esp8266",
     .title = "ESP8266",
     .id = SIM_NO_CHIP_ID,
     .magic = 0xFFF0C101,
     .rom = 0,
     .spi = SPI_ESP8266,
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 26,
     .rom_crystal_mhz = 26,
     .ram = {{0x3FFE8000, 0x40000000}, {0x40100000, 0x40110000}},
     .legacy_data = 0x3FFFACAC,
     .default_size = MB(4),
     FUSES(esp8266)},
    {.name = "esp32",
     .title = "ESP32",
     .id = 0,
     .magic = 0x00F01D83,
     .rom = ROM_ESP32,
     .spi = SPI_ESP32,
     .uart_clkdiv = 0x3FF40014,
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .strap = 0x3FF44038,
     .bootloader_offset = 0x1000,
     .ram = {{0x3FFAE000, 0x40000000}, {0x40070000, 0x400C2000}, {0x50000000, 0x50002000}},
     .legacy_data = 0x3FFDEBAC,
     .revision = 301,
     .default_size = MB(4),
     .rtc_cali = 0x3FF5F06C,
     FUSES(esp32)},
    {.name = "esp32s2",
     .title = "ESP32-S2",
     .id = 2,
     .magic = 0x000007C6,
     .rom = ROM_S2,
     .spi = SPI_LATER(0x3F402000),
     .uart_clkdiv = 0x3F400014,
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .watchdog = {0x3F4080AC, 0x3F408094, 0x3F408098, WDT_KEY},
     .strap = 0x3F404038,
     .force_download = 0x3F408128,
     .bootloader_offset = 0x1000,
     .ram = {{0x3FF9E000, 0x40000000}, {0x40020000, 0x40072000}, {0x50000000, 0x50002000}},
     .legacy_data = 0x3FFE2C00,
     .otg = true,
     .revision = 100,
     .default_size = MB(4),
     FUSES(esp32s2)},
    {.name = "esp32s3",
     .title = "ESP32-S3",
     .id = 9,
     .magic = 0x00000009,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60002000),
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .watchdog = {0x600080B0, 0x60008098, 0x6000809C, WDT_KEY},
     .strap = 0x60004038,
     .force_download = 0x6000812C,
     .ram = {{0x3FC88000, 0x3FD00000}, {0x40370000, 0x403E0000}, {0x600FE000, 0x60100000}},
     .legacy_data = 0x3FCB2C00,
     .wide_current = true,
     .wide_legacy = true,
     .serial_jtag = true,
     .usb_watchdog = true,
     .otg = true,
     .revision = 2,
     .default_size = MB(16),
     .rom_read_slot = 0x3FCEF688, /* esptool loader.py run_stub */
     FUSES(esp32s3)},
    {.name = "esp32c2",
     .title = "ESP32-C2",
     .id = 12,
     .magic = 0x6F51306F,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60002000),
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 26,
     .rom_crystal_mhz = 40, /* esptool esp32c2.py change_baud */
     .watchdog = {0x6000809C, 0x60008084, 0x60008088, WDT_KEY},
     .ram = {{0x3FCA0000, 0x3FCE0000}, {0x4037C000, 0x403C0000}},
     .legacy_data = 0x3FCB6BAC,
     .revision = 100,
     .default_size = MB(4),
     FUSES(esp32c2)},
    {.name = "esp32c3",
     .title = "ESP32-C3",
     .id = 5,
     .magic = 0x19F1506F,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60002000),
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .watchdog = {0x600080A8, 0x60008090, 0x60008094, WDT_KEY},
     .ram = {{0x3FC80000, 0x3FCE0000}, {0x4037C000, 0x403E0000}, {0x50000000, 0x50002000}},
     .legacy_data = 0x3FC96BB8,
     .serial_jtag = true,
     .usb_watchdog = true,
     .revision = 4,
     .default_size = MB(4),
     FUSES(esp32c3)},
    {.name = "esp32c5",
     .title = "ESP32-C5",
     .id = 23,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60003000),
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 48,
     .rom_crystal_mhz = 40, /* esptool esp32c5.py change_baud */
     .watchdog = {0x600B1C18, 0x600B1C00, 0x600B1C04, WDT_KEY},
     .bootloader_offset = 0x2000,
     .ram = {{0x40800000, 0x40860000}, {0x50000000, 0x50004000}},
     .legacy_data = 0x40852BB8,
     .wide_current = true,
     .wide_legacy = true,
     .serial_jtag = true,
     .usb_watchdog = true,
     .revision = 100,
     .default_size = MB(8),
     .pcr_sysclk = 0x60096110,
     FUSES(esp32c5)},
    {.name = "esp32c6",
     .title = "ESP32-C6",
     .id = 13,
     .magic = 0x2CE0806F,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60003000),
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .watchdog = {0x600B1C18, 0x600B1C00, 0x600B1C04, WDT_KEY},
     .ram = {{0x40800000, 0x40880000}, {0x50000000, 0x50004000}},
     .legacy_data = 0x40852BB4,
     .serial_jtag = true,
     .usb_watchdog = true,
     .revision = 1,
     .default_size = MB(4),
     FUSES(esp32c6)},
    {.name = "esp32c61",
     .title = "ESP32-C61",
     .id = 20,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60003000),
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .watchdog = {0x600B1C18, 0x600B1C00, 0x600B1C04, WDT_KEY},
     .ram = {{0x40800000, 0x40860000}, {0x50000000, 0x50004000}},
     .wide_current = true,
     .serial_jtag = true,
     .usb_watchdog = true,
     .revision = 100,
     .default_size = MB(4),
     FUSES(esp32c61)},
    {.name = "esp32h2",
     .title = "ESP32-H2",
     .id = 16,
     .magic = 0xD7B73E80,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60003000),
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 32,
     .rom_crystal_mhz = 32,
     .watchdog = {0x600B1C1C, 0x600B1C00, 0x600B1C04, WDT_KEY},
     .ram = {{0x40800000, 0x40880000}, {0x50000000, 0x50004000}},
     .legacy_data = 0x40842BB4,
     .serial_jtag = true,
     .usb_watchdog = true,
     .revision = 2,
     .default_size = MB(4),
     FUSES(esp32h2)},
    {.name = "esp32p4",
     .title = "ESP32-P4",
     .id = 18,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x5008D000),
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .watchdog = {0x50116018, 0x50116000, 0x50116004, WDT_KEY},
     .strap = 0x500E0038,
     .force_download = 0x50110008,
     .bootloader_offset = 0x2000,
     .ram = {{0x4FF00000, 0x4FFA0000}, {0x4FFA0000, 0x4FFC0000}, {0x50108000, 0x50110000}},
     .legacy_data = 0x4FF62C00,
     .wide_current = true,
     .wide_legacy = true,
     .serial_jtag = true,
     .usb_watchdog = true,
     .otg = true,
     .revision = 103,
     .default_size = MB(16),
     .flash_power = 0x501153FC, /* PMU_DATE_REG, esptool esp32p4.py power_on_flash */
     FUSES(esp32p4)},
    {.name = "esp32h4",
     .title = "ESP32-H4",
     .id = 28,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60099000),
     .uart_clkdiv = 0x60012014,
     .crystal_mhz = 32,
     .rom_crystal_mhz = 32,
     .watchdog = {0x60090064, 0x60090048, 0x6009004C, WDT_KEY},
     .bootloader_offset = 0x2000,
     .ram = {{0x40810000, 0x40860000}, {0x50000000, 0x50004000}},
     .serial_jtag = true,
     .usb_watchdog = true,
     .revision = 0,
     .default_size = MB(4),
     FUSES(esp32h4)},
    {.name = "esp32h21",
     .title = "ESP32-H21",
     .id = 25,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x60003000),
     .uart_clkdiv = 0x60000014,
     .crystal_mhz = 32,
     .rom_crystal_mhz = 32,
     .watchdog = {0x600B1C1C, 0x600B1C00, 0x600B1C04, WDT_KEY},
     .ram = {{0x40800000, 0x40880000}, {0x50000000, 0x50004000}},
     .serial_jtag = true,
     .usb_watchdog = true,
     .revision = 0,
     .default_size = MB(4),
     FUSES(esp32h21)},
    {.name = "esp32s31",
     .title = "ESP32-S31",
     .id = 32,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0x20501000),
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .watchdog = {0x20801018, 0x20801000, 0x20801004, WDT_KEY},
     .bootloader_offset = 0x2000,
     .ram = {{0x2F000000, 0x2F080000}, {0x2E000000, 0x2E008000}},
     .wide_current = true,
     .serial_jtag = true,
     .otg = true,
     .revision = 0,
     .default_size = MB(16),
     FUSES(esp32s31)},
    {.name = "esp32e22",
     .title = "ESP32-E22",
     .id = 31,
     .rom = ROM_NEWER,
     .spi = SPI_LATER(0xC3003000),
     .uart_clkdiv = 0xC3102014,
     .crystal_mhz = 40,
     .rom_crystal_mhz = 40,
     .strap = 0xC310D000,
     .ram = {{0x31000000, 0x31200000}, {0x30FE0000, 0x31000000}, {0xC0000000, 0xC0008000}},
     .otg = true,
     .revision = 0,
     .default_size = MB(8),
     FUSES(esp32e22)},
};

const sim_chip *sim_chips(size_t *count)
{
    *count = sizeof(chips) / sizeof(chips[0]);
    return chips;
}

static bool names_match(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-' || *a == '_')
            a++;
        while (*b == '-' || *b == '_')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (*a == '\0')
            return true;
    }
}

const sim_chip *sim_chip_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
        if (names_match(chips[i].name, name))
            return &chips[i];
    }
    return NULL;
}
