/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-S3: esptool targets/esp32s3.py; ROM functions: esp-stub-lib src/target/esp32s3. */
#include "device/chip/common.h"

enum { EFUSE = 0x60007000, RTC = 0x60008000, STRAP = 0x60004038 };

static const chip_label packages[] = {{0, "ESP32-S3 (QFN56)"}, {1, "ESP32-S3-PICO-1 (LGA56)"}, {0, NULL}};
static const chip_label flash_sizes[] = {{0, ""}, {1, "Embedded Flash 8MB"}, {2, "Embedded Flash 4MB"}, {0, NULL}};
static const chip_label flash_vendors[] = {{1, "XMC"}, {2, "GD"}, {3, "FM"}, {4, "TT"}, {5, "BY"}, {0, NULL}};
static const chip_label psram_sizes[] = {{0, ""},
                                         {1, "Embedded PSRAM 8MB"},
                                         {2, "Embedded PSRAM 2MB"},
                                         {3, "Embedded PSRAM 16MB"},
                                         {4, "Embedded PSRAM 4MB"},
                                         {0, NULL}};
static const chip_label psram_vendors[] = {{1, "AP_3v3"}, {2, "AP_1v8"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x58, 24, 2},
    .minor = {EFUSE + 0x50, 18, 3},
    .minor_high = {EFUSE + 0x58, 23, 1},
    .minor_high_shift = 3,
    .package = {EFUSE + 0x50, 21, 3},
    .packages = packages,
    .features = "Wi-Fi, BT 5 (LE), Dual Core + ULP, 240MHz",
    .flash_cap = {EFUSE + 0x50, 27, 3},
    .flash_caps = flash_sizes,
    .flash_vendor = {EFUSE + 0x54, 0, 3},
    .flash_vendors = flash_vendors,
    .psram_cap = {EFUSE + 0x54, 3, 2},
    .psram_cap_high = {EFUSE + 0x58, 19, 1},
    .psram_caps = psram_sizes,
    .psram_vendor = {EFUSE + 0x54, 7, 2},
    .psram_vendors = psram_vendors,
    .crypt_count = {EFUSE + 0x34, 18, 3},
    .secure_boot = {EFUSE + 0x38, 20, 1},
    .secure_version = {EFUSE + 0x3C, 14, 16}, /* espefuse efuse_defs/esp32s3.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .octal_flash = {EFUSE + 0x3C, 9, 1},
    .vdd_on = {EFUSE + 0x34, 4, 1},
    .vdd_high = {EFUSE + 0x34, 5, 1},
    .vdd_force = {EFUSE + 0x34, 6, 1},
    .vdd_strap = {STRAP, 4, 1},
    .crystal_mhz = 40,
    .watchdog = {RTC + 0x98, RTC + 0x9C, RTC + 0xB0, CHIP_WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {RTC + 0xB4, RTC + 0xB8, 0x8F1D312A, 1u << 31},
    .strap_boot = {STRAP, 3, 1},
    .force_download = {RTC + 0x12C, 0, 1},
    .secure_boot_blocks_ram = true,
    .rom_software_reset = 0x400006D8,
    .rom_read_pointer = 0x3FCEF688, /* rom_spiflash_legacy_funcs.read */
    .ram = {{0x3FC88000, 0x3FD00000}, {0x40370000, 0x403E0000}},
};

/* The first S3 used the bits of the major number for something else. */
static espbak_status read_revision(espbak_session *session, unsigned *revision, espbak_error *err)
{
    const chip_registers *const r = &registers;
    const uint32_t block1 = r->mac, block2 = r->mac + 0x18;
    uint32_t major = 0, minor = 0, high = 0, block_major = 0, block_minor = 0;
    espbak_status status = chip_read_field(session, r->major, &major, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->minor, &minor, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->minor_high, &high, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, (chip_field){block2 + 16, 0, 2}, &block_major, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, (chip_field){block1 + 12, 24, 3}, &block_minor, err);
    const bool first = minor == 0 && block_major == 1 && block_minor == 1;
    *revision = first ? 0 : major * 100 + (high << r->minor_high_shift | minor);
    return status;
}

static const chip_ops ops = {.revision = read_revision};

/* ESP-IDF components/soc/esp32s3: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. What the ROM takes was tried on it.
 */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x44000000}, {0x3C000000, 0x3E000000}},
    .dram = {0x3FC88000, 0x3FD00000},
    .iram = {0x40370000, 0x403E0000},
    .shared_dram = {0x3FC88000, 0x3FCF0000},
    .shared_iram = {0x40378000, 0x403E0000},
    .always = {{0x600FE000, 0x60100000}, {0x50000000, 0x50002000}},
    .data_starts = {0x3FCE3700, 0x3FCE2700, 0x3FCD0000},
    .stack_end = 0x3FCEB710,
    .xtensa = true,
    .large_flash = true,
    .large_slots = true,
    .modes = 11,
    .speeds = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 15,
    .newest = 99,
};

const espbak_chip chip_esp32s3 = {
    .name = "esp32s3",
    .title = "ESP32-S3",
    .image_chip_id = 9,
    .uf2_family = 0xC47E5767,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG | ESPBAK_USB_OTG,
    .bootloader_offset = 0,
    .four_byte_stub = true,
    .proven = true,
    .own_loader_proven = true,
    .own_writes_proven = true,
    .spi = CHIP_SPI_LATER(0x60002000),
    .stub_names = (const char *const[]){"esp32s3", NULL},
    .ops = &ops,
    .registers = &registers,
    .efuses = &efuse_esp32s3,
    .boot_memory = &boot_memory,
};
