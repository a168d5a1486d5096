/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C5: esptool targets/esp32c5.py; ROM functions: esp-stub-lib src/target/esp32c5. */
#include "device/chip/common.h"

enum { EFUSE = 0x600B4800 };

static const chip_label temperatures[] = {{0, "N"}, {1, "H"}, {0, NULL}};
static const chip_label flash_sizes[] = {{0, ""}, {1, "F4"}, {0, NULL}};
static const chip_label psram_sizes[] = {{0, ""}, {1, "R4"}, {2, "R8"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x4C, 4, 2},
    .minor = {EFUSE + 0x4C, 0, 4},
    .suffixes = {{{EFUSE + 0x4C, 24, 2}, temperatures, "?"},
                 {{EFUSE + 0x4C, 13, 3}, flash_sizes, "F?"},
                 {{EFUSE + 0x4C, 19, 3}, psram_sizes, "R?"}},
    .features = "Wi-Fi 6 (dual-band), BT 5 (LE), IEEE802.15.4, Single Core + LP Core, 240MHz",
    .crypt_count = {EFUSE + 0x34, 16, 3},
    .secure_boot = {EFUSE + 0x38, 25, 1},
    .secure_version = {EFUSE + 0x3C, 9, 9}, /* espefuse efuse_defs/esp32c5.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .key_manager = {EFUSE + 0x34, 10, 2},
    .uart_clkdiv = 0x60000014,
    .crystal_divider = 1,
    .watchdog = {CHIP_LP_WATCHDOG, CHIP_LP_WATCHDOG + 0x04, CHIP_LP_WATCHDOG + 0x18, CHIP_WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {CHIP_LP_WATCHDOG + 0x1C, CHIP_LP_WATCHDOG + 0x20, CHIP_WATCHDOG_KEY, CHIP_SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000094,
    .ram = {{0x40800000, 0x40860000}},
};

/* The C5 comes with 40 or 48 MHz, and its ROM may believe in the other. */
static espbak_status rom_baud(espbak_session *session, uint32_t baud, uint32_t *asked, espbak_error *err)
{
    const chip_field believed_field = {0x60096110, 24, 7}; /* PCR_SYSCLK_CONF */
    unsigned mhz = 0;
    uint32_t believed = 0;
    espbak_status status = chip_measure_crystal(session, &mhz, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, believed_field, &believed, err);
    *asked = baud;
    if ((mhz == 48 && believed == 40) || (mhz == 40 && believed == 48))
        *asked = (uint32_t)((uint64_t)baud * believed / mhz);
    return status;
}

static const chip_ops ops = {.rom_baud = rom_baud};

/* ESP-IDF components/soc/esp32c5: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x44000000}},
    .dram = {0x40800000, 0x40860000},
    .iram = {0x40800000, 0x40860000},
    .always = {{0x50000000, 0x50004000}},
    .data_starts = {0x408555A0},
    .stack_end = 0x4085E5A0,
    .large_flash = true,
    .large_slots = true,
    .newest = 199,
};

const espbak_chip chip_esp32c5 = {
    .name = "esp32c5",
    .title = "ESP32-C5",
    .image_chip_id = 23,
    .uf2_family = 0xF71C0343,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG,
    .bootloader_offset = 0x2000,
    .four_byte_stub = true,
    .spi = CHIP_SPI_LATER(0x60003000),
    .stub_names = (const char *const[]){"esp32c5", NULL},
    .ops = &ops,
    .registers = &registers,
    .efuses = &efuse_esp32c5,
    .boot_memory = &boot_memory,
};
