/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C2: esptool targets/esp32c2.py; ROM functions: esp-stub-lib src/target/esp32c2. */
#include "device/chip/common.h"

enum { EFUSE = 0x60008800, RTC = 0x60008000 };

static const chip_label packages[] = {{0, "ESP32-C2"}, {1, "ESP8684H"}, {0, NULL}};
static const chip_label flash_sizes[] = {
    {0, ""}, {1, "Embedded Flash 4MB"}, {2, "Embedded Flash 2MB"}, {3, "Embedded Flash 1MB"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x40,
    .major = {EFUSE + 0x44, 20, 2},
    .minor = {EFUSE + 0x44, 16, 4},
    .package = {EFUSE + 0x44, 22, 3},
    .packages = packages,
    .features = "Wi-Fi, BT 5 (LE), Single Core, 120MHz",
    .flash_cap = {EFUSE + 0x5C, 29, 3},
    .flash_caps = flash_sizes,
    .flash_vendor = {EFUSE + 0x5C, 24, 3},
    .flash_vendors = chip_c_flash_vendors,
    .crypt_count = {EFUSE + 0x30, 7, 3},
    .secure_boot = {EFUSE + 0x30, 21, 1},
    .secure_version = {EFUSE + 0x30, 22, 4}, /* espefuse efuse_defs/esp32c2.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .boot_digest = EFUSE + 0x70,             /* the upper half of BLOCK_KEY0 */
    .boot_digest_words = 4,
    .uart_clkdiv = 0x60000014,
    .crystal_divider = 1,
    .own_judges_rate = true,
    .watchdog = {RTC + 0x84, RTC + 0x88, RTC + 0x9C, CHIP_WATCHDOG_KEY},
    .watchdog_resets = true,
    .rom_software_reset = 0x40000088,
    .no_stub_below = 1,
    .ram = {{0x3FCA0000, 0x3FCE0000}, {0x4037C000, 0x403C0000}},
};

/* The C2's ROM believes in a 40 MHz crystal where 26 MHz is fitted. */
static espbak_status rom_baud(espbak_session *session, uint32_t baud, uint32_t *asked, espbak_error *err)
{
    unsigned mhz = 0;
    const espbak_status status = chip_measure_crystal(session, &mhz, err);
    *asked = mhz == 26 ? (uint32_t)((uint64_t)baud * 40 / 26) : baud;
    return status;
}

static const chip_ops ops = {.rom_baud = rom_baud};

/* ESP-IDF components/soc/esp32c2: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x42400000}, {0x3C000000, 0x3C400000}},
    .dram = {0x3FCA0000, 0x3FCE0000},
    .iram = {0x4037C000, 0x403C0000},
    .shared_dram = {0x3FCA0000, 0x3FCE0000},
    .shared_iram = {0x40380000, 0x403C0000},
    .data_starts = {0x3FCD5B70},
    .stack_end = 0x3FCDEB70,
    .pages_vary = true,
    .newest = 299,
};

const espbak_chip chip_esp32c2 = {
    .name = "esp32c2",
    .title = "ESP32-C2",
    .image_chip_id = 12,
    .uf2_family = 0x2B88D29C,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_NONE,
    .bootloader_offset = 0,
    .spi = CHIP_SPI_LATER(0x60002000),
    .stub_names = (const char *const[]){"esp32c2", NULL},
    .ops = &ops,
    .registers = &registers,
    .efuses = &efuse_esp32c2,
    .boot_memory = &boot_memory,
};
