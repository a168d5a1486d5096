/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-P4: esptool targets/esp32p4.py; ROM functions: esp-stub-lib src/target/esp32p4. */
#include "device/chip/common.h"
#include "device/session.h"

enum { EFUSE = 0x5012D000, WATCHDOG = 0x50116000 };

static const chip_label packages[] = {{0, "ESP32-P4"}, {0, NULL}};

static const chip_registers registers = {
    .mac = EFUSE + 0x44,
    .major = {EFUSE + 0x4C, 4, 2},
    .major_high = {EFUSE + 0x4C, 23, 1},
    .minor = {EFUSE + 0x4C, 0, 4},
    .package = {EFUSE + 0x4C, 20, 3},
    .packages = packages,
    .features = "Dual Core + LP Core, 400MHz",
    .crypt_count = {EFUSE + 0x34, 18, 3},
    .secure_boot = {EFUSE + 0x38, 20, 1},
    .secure_version = {EFUSE + 0x3C, 9, 16}, /* espefuse efuse_defs/esp32p4.yaml: SECURE_VERSION, BLOCK_KEY0 */
    .key_blocks = EFUSE + 0x9C,
    .key_manager = {EFUSE + 0x34, 9, 2},
    .crystal_mhz = 40,
    .watchdog = {WATCHDOG, WATCHDOG + 0x04, WATCHDOG + 0x18, CHIP_WATCHDOG_KEY},
    .watchdog_resets = true,
    .super_watchdog = {WATCHDOG + 0x1C, WATCHDOG + 0x20, CHIP_WATCHDOG_KEY, CHIP_SUPER_AUTO_FEED},
    .usb_needs_watchdog = true,
    .rom_software_reset = 0x4FC00094,
    .second_stub_below = 300,
    .ram = {{0x4FF00000, 0x4FFC0000}},
};

enum {
    PAD_GROUP = 0x5011010C,
    LDO = 0x501151B8,     /* PMU_EXT_LDO_P0_0P1A */
    LDO_ANA = 0x501151BC, /* PMU_EXT_LDO_P0_0P1A_ANA */
    PMU_DATE = 0x501153FC,
    CURRENT_LIMIT = 1 << 27,
    TIE_HIGH = 1 << 7,
    FORCE_ON = 3,
};
static const uint32_t target = 0xFFu << 23;

/* One step of powering up: clear and set bits of a register, then wait. */
typedef struct power_step {
    uint32_t address, clear, set;
    espbak_time wait;
} power_step;

static espbak_status take_power_steps(espbak_session *session, const power_step *steps, size_t count, espbak_error *err)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t word = 0;
        espbak_status status = command_read_reg_sure(&session->link, steps[i].address, &word, err);
        if (status == ESPBAK_OK)
            status = command_write_reg(&session->link, steps[i].address, (word & ~steps[i].clear) | steps[i].set,
                                       0xFFFFFFFF, 0, err);
        if (status != ESPBAK_OK)
            return espbak_error_prefix(err, "powering the flash on");
        espbak_clock_sleep(espbak_transport_clock(session->transport), steps[i].wait);
    }
    return ESPBAK_OK;
}

/*
 * Silicon 3.1 and 3.2 leave the flash without power, to protect 1.8 V parts. Where an eFuse makes the
 * ROM of 3.2 do it, a second visit finds the force bits still set, which the ROM does not survive:
 * they are released instead.
 */
static espbak_status power_flash(espbak_session *session, espbak_error *err)
{
    const power_step power_up[] = {
        {PAD_GROUP, 0xFFFFFFFF, 1, 10 * ESPBAK_MS},
        {LDO_ANA, 0, CURRENT_LIMIT, 0},
        {LDO, 0, TIE_HIGH, 0},
        {PMU_DATE, 0, FORCE_ON, 50},
        {LDO_ANA, CURRENT_LIMIT, 0, 0},
        {LDO, target, 0, 0},
        {LDO, 0, TIE_HIGH, 0},
        {LDO, TIE_HIGH, 0, 1800},
    };
    const chip_field rom_powers = {0x5012D034, 16, 1}; /* DOWNLOAD_MODE_XPD_ON */
    const unsigned revision = session->info.revision;
    if (revision != 301 && revision != 302)
        return ESPBAK_OK;
    uint32_t by_rom = 0, date = 0;
    espbak_status status = ESPBAK_OK;
    if (revision == 302)
        status = chip_read_field(session, rom_powers, &by_rom, err);
    if (status != ESPBAK_OK)
        return status;
    if (!by_rom)
        return take_power_steps(session, power_up, sizeof(power_up) / sizeof(power_up[0]), err);
    status = command_read_reg_sure(&session->link, PMU_DATE, &date, err);
    if (status == ESPBAK_OK && (date & FORCE_ON) == FORCE_ON)
        status = command_write_reg(&session->link, PMU_DATE, date & ~(uint32_t)FORCE_ON, 0xFFFFFFFF, 0, err);
    return status;
}

static const chip_ops ops = {.power_flash = power_flash};

/* ESP-IDF components/soc/esp32p4: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x40000000, 0x44000000}, {0x48000000, 0x4C000000}},
    .dram = {0x4FF00000, 0x4FFC0000},
    .iram = {0x4FF00000, 0x4FFC0000},
    .always = {{0x50108000, 0x50110000}, {0x30100000, 0x30102000}},
    .data_starts = {0x4FFB5FC0, 0x4FF33BD0},
    .stack_end = 0x4FF3CFC0,
    .large_flash = true,
    .large_slots = true,
    .newest = 399,
};

const espbak_chip chip_esp32p4 = {
    .name = "esp32p4",
    .title = "ESP32-P4",
    .image_chip_id = 18,
    .uf2_family = 0x3D308E94,
    .rom_caps = CHIP_ROM_LATER,
    .usb = ESPBAK_USB_SERIAL_JTAG | ESPBAK_USB_OTG,
    .bootloader_offset = 0x2000,
    .four_byte_stub = true,
    .spi = CHIP_SPI_LATER(0x5008D000),
    .stub_names = (const char *const[]){"esp32p4", "esp32p4-rev1", NULL},
    .ops = &ops,
    .registers = &registers,
    .efuses = &efuse_esp32p4,
    .boot_memory = &boot_memory,
};
