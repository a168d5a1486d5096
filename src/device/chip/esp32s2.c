/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-S2: esptool targets/esp32s2.py; ROM functions: esp-stub-lib src/target/esp32s2. */
#include <stdio.h>

#include "device/chip/common.h"
#include "device/session.h"

enum { EFUSE = 0x3F41A000, RTC = 0x3F408000, STRAP = 0x3F404038 };

static const chip_label flash_sizes[] = {
    {0, "No Embedded Flash"}, {1, "Embedded Flash 2MB"}, {2, "Embedded Flash 4MB"}, {0, NULL}};
static const chip_label psram_sizes[] = {
    {0, "No Embedded PSRAM"}, {1, "Embedded PSRAM 2MB"}, {2, "Embedded PSRAM 4MB"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x50, 18, 2},
    .minor = {EFUSE + 0x54, 4, 3},
    .minor_high = {EFUSE + 0x50, 20, 1},
    .minor_high_shift = 3,
    .features = "Wi-Fi, Single Core, 240MHz",
    .flash_cap = {EFUSE + 0x50, 21, 4},
    .flash_caps = flash_sizes,
    .psram_cap = {EFUSE + 0x50, 28, 4},
    .psram_caps = psram_sizes,
    .crypt_count = {EFUSE + 0x34, 18, 3},
    .secure_boot = {EFUSE + 0x38, 20, 1},
    .secure_version = {EFUSE + 0x3C, 11, 16}, /* espefuse efuse_defs/esp32s2.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .octal_flash = {EFUSE + 0x3C, 9, 1},
    .vdd_on = {EFUSE + 0x34, 4, 1},
    .vdd_high = {EFUSE + 0x34, 5, 1},
    .vdd_force = {EFUSE + 0x34, 6, 1},
    .vdd_strap = {STRAP, 4, 1},
    .crystal_mhz = 40,
    .watchdog = {RTC + 0x94, RTC + 0x98, RTC + 0xAC, CHIP_WATCHDOG_KEY},
    .watchdog_resets = true,
    .strap_boot = {STRAP, 3, 1},
    .force_download = {RTC + 0x128, 0, 1},
    .rom_software_reset = 0x40010068,
    .own_uart_mhz = 80,
    .ram = {{0x3FF9E000, 0x40000000}, {0x40020000, 0x40070000}},
};

/* The S2 is named after what is in its package. */
static espbak_status read_name(espbak_session *session, espbak_error *err)
{
    const chip_registers *const r = &registers;
    uint32_t flash = 0, psram = 0;
    espbak_status status = chip_read_field(session, r->flash_cap, &flash, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->psram_cap, &psram, err);
    if (status != ESPBAK_OK)
        return status;
    static const chip_label names[] = {{0x00, "ESP32-S2"},     {0x01, "ESP32-S2FH2"}, {0x02, "ESP32-S2FH4"},
                                       {0x12, "ESP32-S2FNR2"}, {0x10, "ESP32-S2R2"},  {0, NULL}};
    const char *const name = chip_label_text(names, psram << 4 | flash);
    snprintf(session->info.name, sizeof(session->info.name), "%s", name != NULL ? name : "ESP32-S2 (unknown package)");
    return ESPBAK_OK;
}

static const chip_ops ops = {.name = read_name};

/* ESP-IDF components/soc/esp32s2: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x40080000, 0x40800000}, {0x3F000000, 0x3FF80000}},
    .dram = {0x3FFB0000, 0x40000000},
    .iram = {0x40020000, 0x40070000},
    .shared_dram = {0x3FFB0000, 0x40000000},
    .shared_iram = {0x40020000, 0x40070000},
    .always = {{0x40070000, 0x40072000}, {0x3FF9E000, 0x3FFA0000}, {0x50000000, 0x50002000}},
    .data_starts = {0x3FFE6000, 0x3FFE5000},
    .stack_end = 0x3FFFE70C,
    .xtensa = true,
    .large_flash = true,
    .newest = 199,
};

const espbak_chip chip_esp32s2 = {
    .name = "esp32s2",
    .title = "ESP32-S2",
    .image_chip_id = 2,
    .uf2_family = 0xBFDD4EEE,
    .magic = 0x000007C6,
    .rom_caps = CHIP_ROM_S2,
    .usb = ESPBAK_USB_OTG,
    .bootloader_offset = 0x1000,
    .spi = CHIP_SPI_LATER(0x3F402000),
    .stub_names = (const char *const[]){"esp32s2", NULL},
    .ops = &ops,
    .registers = &registers,
    .efuses = &efuse_esp32s2,
    .boot_memory = &boot_memory,
};
