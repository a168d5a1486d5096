/* SPDX-License-Identifier: Apache-2.0 */
/* ESP8266: esptool targets/esp8266.py, esp-stub-lib src/target/esp8266. */
#include "sim/chip/common.h"

static const sim_fuse_field fuses[] = {
    {SIM_FUSE_MAC_5, 0, 0x3FF00050, 24, 8},
    {SIM_FUSE_MAC_34, 0, 0x3FF00054, 0, 16},
    {SIM_FUSE_MAC_OUI, 0, 0x3FF0005C, 0, 24},
    SIM_NO_FUSE,
};

/* FLASH_SIZES: 1, 2 and 4 MB are 2, 3 and 4, more is 8 and so on. */
static uint8_t size_code(unsigned power)
{
    return (uint8_t)(power < 3 ? power + 2 : power + 5);
}

const sim_chip sim_chip_esp8266 = {
    .name = "esp8266",
    .title = "ESP8266",
    .id = SIM_NO_CHIP_ID,
    .magic = 0xFFF0C101,
    .rom = SIM_ROM_ATTACHES_AT_BEGIN | SIM_ROM_ERASES_TWICE | SIM_ROM_SEES_ALL,
    .spi = {0x60000200, 0x1C, 0x20, 0x24, SIM_NO_REGISTER, SIM_NO_REGISTER, 0x40, true},
    .uart_clkdiv = 0x60000014,
    .uart_clocks = 2, /* XTAL_CLK_DIVIDER */
    .crystal_mhz = 26,
    .rom_crystal_mhz = 26,
    .ram = {{0x3FFE8000, 0x40000000}, {0x40100000, 0x40110000}},
    .mapped = {{0x3FF00000, 0x3FFE8000}, {0x40000000, 0x40010000}, {0x40200000, 0x40300000}, {0x60000000, 0x60010000}},
    .rom_restart = 0x4000264C,
    .last_words = {.fetch = "Fatal exception (0): \r\n"},
    .legacy_data = 0x3FFFACAC,
    .default_size = SIM_MB(4),
    .own = {.uart_mhz = 52, .usb_mhz = 52, .block = 16, .ring = 8},
    .short_header = true,
    .size_code = size_code,
    .cache = 0x40210010,
    .log =
        {
            /* its ROM takes its 26 MHz crystal for 40 */
            .baud = 74880,
            .download = "\r\n ets Jan  8 2013,rst cause:2, boot mode:(1,7)\r\n\r\n",
            .app = "\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,7)\r\n\r\n",
        },
    .fuses = fuses,
    .fuse_words = {{0x3FF00050, 4}},
};
