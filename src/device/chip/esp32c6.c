/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C6: esptool targets/esp32c6.py; ROM functions: esp-stub-lib src/target/esp32c6. */
#include <stdio.h>

#include "device/chip/common.h"
#include "device/session.h"

enum { EFUSE = 0x600B0800 };

static const chip_label flash_sizes[] = {{0, ""}, {1, "Embedded Flash 4MB"}, {2, "Embedded Flash 8MB"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x50, 22, 2},
    .minor = {EFUSE + 0x50, 18, 4},
    .package = {EFUSE + 0x50, 24, 3},
    .features = "Wi-Fi 6, BT 5 (LE), IEEE802.15.4, Single Core + LP Core, 160MHz",
    .flash_cap = {EFUSE + 0x54, 0, 3},
    .flash_caps = flash_sizes,
    .crypt_count = {EFUSE + 0x34, 18, 3},
    .secure_boot = {EFUSE + 0x38, 20, 1},
    .secure_version = {EFUSE + 0x3C, 14, 16}, /* espefuse efuse_defs/esp32c6.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .crystal_mhz = 40,
    /* No watchdog_resets: its USB-Serial-JTAG can vanish by one. */
    .watchdog = {CHIP_LP_WATCHDOG, CHIP_LP_WATCHDOG + 0x04, CHIP_LP_WATCHDOG + 0x18, CHIP_WATCHDOG_KEY},
    .super_watchdog = {CHIP_LP_WATCHDOG + 0x1C, CHIP_LP_WATCHDOG + 0x20, CHIP_WATCHDOG_KEY, CHIP_SUPER_AUTO_FEED},
    .rom_software_reset = 0x40000090,
    .ram = {{0x40800000, 0x40880000}},
};

static espbak_status read_name(espbak_session *session, espbak_error *err)
{
    const chip_registers *const r = &registers;
    uint32_t package = 0, flash = 0;
    espbak_status status = chip_read_field(session, r->package, &package, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->flash_cap, &flash, err);
    const char *name = "ESP32-C6 (unknown package)";
    if (package == 0)
        name = "ESP32-C6 (QFN40)";
    else if (package == 1 && flash == 1)
        name = "ESP32-C6FH4 (QFN32)";
    else if (package == 1 && flash == 2)
        name = "ESP32-C6FH8 (QFN32)";
    snprintf(session->info.name, sizeof(session->info.name), "%s", name);
    return status;
}

static const chip_ops ops = {.name = read_name};

/* ESP-IDF components/soc/esp32c6: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x42000000, 0x43000000}},
    .dram = {0x40800000, 0x40880000},
    .iram = {0x40800000, 0x40880000},
    .always = {{0x50000000, 0x50004000}},
    .data_starts = {0x40875610},
    .stack_end = 0x4087E610,
    .pages_vary = true,
    .newest = 99,
};

const espbak_chip chip_esp32c6 = {
    .name = "esp32c6",
    .title = "ESP32-C6",
    .image_chip_id = 13,
    .uf2_family = 0x540DDF62,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG,
    .bootloader_offset = 0,
    .spi = CHIP_SPI_LATER(0x60003000),
    .stub_names = (const char *const[]){"esp32c6", NULL},
    .ops = &ops,
    .registers = &registers,
    .efuses = &efuse_esp32c6,
    .boot_memory = &boot_memory,
};
