/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32: esptool targets/esp32.py; ROM functions: esp-stub-lib src/target/esp32. */
#include <stdio.h>

#include "device/chip/common.h"
#include "device/session.h"

enum {
    EFUSE = 0x3FF5A000,
    APB_CTL_DATE = 0x3FF6607C,
    RTC_CALIBRATION = 0x3FF5F06C, /* RTCCALICFG1 */
    RTC_SDIO_CONF = 0x3FF48074,
    GPIO_STRAP = 0x3FF44038,
};

static const chip_registers registers = {
    .crypt_count = {EFUSE, 20, 7},
    .boot_digest = EFUSE + 0x58, /* espefuse efuse/esp32/mem_definition.py: BLOCK2 */
    .boot_digest_words = 8,
    .uart_clkdiv = 0x3FF40014,
    .own_uart_mhz = 80,
    .crystal_divider = 1,
    .rom_software_reset = 0x4000824C,
    .ram = {{0x3FFAE000, 0x40000000}, {0x40070000, 0x400C0000}},
};

static espbak_status read_efuse(espbak_session *session, uint32_t n, uint32_t *word, espbak_error *err)
{
    return chip_read_word(session, EFUSE + 4 * n, word, err);
}

static espbak_status read_revision(espbak_session *session, unsigned *revision, espbak_error *err)
{
    uint32_t word3 = 0, word5 = 0, date = 0;
    espbak_status status = read_efuse(session, 3, &word3, err);
    if (status == ESPBAK_OK)
        status = read_efuse(session, 5, &word5, err);
    if (status == ESPBAK_OK)
        status = chip_read_word(session, APB_CTL_DATE, &date, err);
    /* Silicon 1, 2 and 3 are told by one, two and three bits set. */
    const uint32_t bits = (word3 >> 15 & 1) | (word5 >> 20 & 1) << 1 | (date >> 31) << 2;
    const unsigned major = bits == 1 ? 1 : bits == 3 ? 2 : bits == 7 ? 3 : 0;
    *revision = major * 100 + (word5 >> 24 & 3);
    return status;
}

static unsigned package_of(uint32_t word3)
{
    return (word3 >> 9 & 7) | (word3 >> 2 & 1) << 3;
}

static const char *name_of(uint32_t word3, bool third)
{
    const bool single = (word3 & 1) != 0;
    switch (package_of(word3)) {
    case 0:
        return single ? "ESP32-S0WDQ6" : third ? "ESP32-D0WDQ6-V3" : "ESP32-D0WDQ6";
    case 1:
        return single ? "ESP32-S0WD" : third ? "ESP32-D0WD-V3" : "ESP32-D0WD";
    case 2:
        return "ESP32-D2WD";
    case 4:
        return "ESP32-U4WDH";
    case 5:
        return third ? "ESP32-PICO-V3" : "ESP32-PICO-D4";
    case 6:
        return "ESP32-PICO-V3-02";
    case 7:
        return "ESP32-D0WDR2-V3";
    default:
        return "ESP32 (unknown package)";
    }
}

static espbak_status read_name(espbak_session *session, espbak_error *err)
{
    uint32_t word3 = 0;
    const espbak_status status = read_efuse(session, 3, &word3, err);
    if (status == ESPBAK_OK)
        snprintf(session->info.name, sizeof(session->info.name), "%s",
                 name_of(word3, session->info.revision / 100 == 3));
    return status;
}

static espbak_status read_features(espbak_session *session, espbak_error *err)
{
    static const char *const coding[] = {"None", "3/4", "Repeat (UNSUPPORTED)", "None (may contain encoding data)"};
    uint32_t word3 = 0, word4 = 0, word6 = 0;
    espbak_status status = read_efuse(session, 3, &word3, err);
    if (status == ESPBAK_OK)
        status = read_efuse(session, 4, &word4, err);
    if (status == ESPBAK_OK)
        status = read_efuse(session, 6, &word6, err);
    if (status != ESPBAK_OK)
        return status;
    const unsigned package = package_of(word3);
    chip_add_feature(session, (word3 & 2) == 0 ? "Wi-Fi, BT" : "Wi-Fi");
    chip_add_feature(session, (word3 & 1) != 0 ? "Single Core + ULP" : "Dual Core + ULP");
    if (word3 >> 13 & 1)
        chip_add_feature(session, word3 >> 12 & 1 ? "160MHz" : "240MHz");
    if (package == 2 || (package >= 4 && package <= 6))
        chip_add_feature(session, "Embedded Flash");
    if (package == 6)
        chip_add_feature(session, "Embedded PSRAM");
    if (word4 >> 8 & 0x1F)
        chip_add_feature(session, "Vref calibration in eFuse");
    if (word3 >> 14 & 1)
        chip_add_feature(session, "BLK3 partially reserved");
    chip_add_feature(session, "Coding Scheme %s", coding[word6 & 3]);
    return ESPBAK_OK;
}

/* As on later chips, but the line is not checked by it. */
static espbak_status read_mac(espbak_session *session, espbak_error *err)
{
    return chip_read_mac(session, EFUSE + 4, err);
}

/*
 * SECURE_VERSION is a word of BLOCK3, which makers may use otherwise: espefuse efuse_defs/esp32.yaml. ESP-IDF counts
 * ones from below, and only where the block is not coded: esp_efuse_update_secure_version.
 */
static espbak_status read_secure_version(espbak_session *session, uint32_t word6, espbak_error *err)
{
    enum { CODING = 3, NONE = 0, NONE_TOO = 3 };
    espbak_security *const security = &session->info.security;
    uint32_t word = 0;
    if ((word6 & CODING) != NONE && (word6 & CODING) != NONE_TOO)
        return ESPBAK_OK;
    const espbak_status status = chip_read_word(session, EFUSE + 0x88, &word, err);
    security->secure_version_known = status == ESPBAK_OK && (word & (word + 1)) == 0;
    for (; security->secure_version_known && word != 0; word >>= 1)
        security->secure_version++;
    return status;
}

static espbak_status read_security(espbak_session *session, espbak_error *err)
{
    espbak_security *const security = &session->info.security;
    uint32_t count = 0, word6 = 0;
    espbak_status status = chip_read_field(session, registers.crypt_count, &count, err);
    if (status == ESPBAK_OK)
        status = read_efuse(session, 6, &word6, err);
    if (status != ESPBAK_OK)
        return status;
    security->flash_crypt_count = (uint8_t)count;
    security->flash_encryption = chip_count_is_odd(count) ? ESPBAK_YES : ESPBAK_NO;
    /* ABS_DONE_0 is secure boot v1; ABS_DONE_1 is v2, which begins with silicon 3. */
    if (word6 >> 4 & 1)
        security->secure_boot_version = 1;
    else if ((word6 >> 5 & 1) && session->info.revision >= 300)
        security->secure_boot_version = 2;
    security->secure_boot = security->secure_boot_version != 0 ? ESPBAK_YES : ESPBAK_NO;
    security->secure_download = ESPBAK_NO;
    security->key_manager_flash = ESPBAK_NO;
    return read_secure_version(session, word6, err);
}

static espbak_status read_voltage(espbak_session *session, char text[CHIP_VOLTAGE_SIZE], espbak_error *err)
{
    uint32_t rtc = 0, word4 = 0, strap = 0;
    espbak_status status = command_read_reg(&session->link, RTC_SDIO_CONF, &rtc, err);
    if (status == ESPBAK_OK)
        status = read_efuse(session, 4, &word4, err);
    if (status == ESPBAK_OK)
        status = command_read_reg(&session->link, GPIO_STRAP, &strap, err);
    if (status != ESPBAK_OK)
        return status;
    const char *voltage = strap >> 5 & 1 ? "1.8V" : "3.3V";
    if (rtc >> 22 & 1)
        voltage = rtc >> 29 & 3 ? "1.9V" : rtc >> 31 ? "1.8V" : "off";
    else if (word4 >> 16 & 1)
        voltage = !(word4 >> 14 & 1) ? "off" : word4 >> 15 & 1 ? "3.3V" : "1.8V";
    snprintf(text, CHIP_VOLTAGE_SIZE, "%s", voltage);
    return ESPBAK_OK;
}

/*
 * The ROM derives its clock from the drifting 8 MHz oscillator: what it believes of the crystal is
 * computed from its own calibration value, and the rate is asked for wrong by the same factor.
 */
static espbak_status rom_baud(espbak_session *session, uint32_t baud, uint32_t *asked, espbak_error *err)
{
    uint32_t calibration = 0, word4 = 0;
    espbak_status status = command_read_reg(&session->link, RTC_CALIBRATION, &calibration, err);
    if (status == ESPBAK_OK)
        status = read_efuse(session, 4, &word4, err);
    const uint64_t believed = (uint64_t)(calibration >> 7 & 0x01FFFFFF) * 15625 * (word4 & 0xFF) / 40;
    const uint64_t real = believed > 33000000 ? 40000000 : 26000000;
    *asked = baud;
    /* Without a plausible measurement there is nothing to correct by. */
    if (believed > real / 2 && believed < real * 2)
        *asked = (uint32_t)(baud * believed / real);
    return status;
}

/* Where a flash in the package hangs, as SPI_ATTACH wants it: 0 for the usual pins. */
static espbak_status flash_pins(espbak_session *session, uint32_t *pins, espbak_error *err)
{
    uint32_t word3 = 0, word5 = 0;
    espbak_status status = read_efuse(session, 5, &word5, err);
    if (status == ESPBAK_OK)
        status = read_efuse(session, 3, &word3, err);
    const uint32_t clk = word5 & 31, q = word5 >> 5 & 31, d = word5 >> 10 & 31, cs = word5 >> 15 & 31;
    const uint32_t hd = word3 >> 4 & 31;
    *pins = hd << 24 | cs << 18 | d << 12 | q << 6 | clk;
    return status;
}

static const chip_ops ops = {
    .revision = read_revision,
    .name = read_name,
    .features = read_features,
    .mac = read_mac,
    .security = read_security,
    .voltage = read_voltage,
    .flash_pins = flash_pins,
    .rom_baud = rom_baud,
};

/* ESP-IDF components/soc/esp32: soc.h, ext_mem_defs.h, soc_caps.h; bootloader.ld. What the ROM takes was tried on it.
 */
static const espbak_boot_memory boot_memory = {
    .mapped = {{0x400D0000, 0x40400000}, {0x3F400000, 0x3F800000}},
    .dram = {0x3FFAE000, 0x40000000},
    .iram = {0x40080000, 0x400AA000},
    .shared_dram = {0x3FFE0000, 0x40000000},
    .shared_iram = {0x400A0000, 0x400C0000},
    .shared_inverted = true,
    .always = {{0x400C0000, 0x400C2000}, {0x3FF80000, 0x3FF82000}, {0x50000000, 0x50002000}},
    .loader = {0x40078000, 0x40080000},
    .data_starts = {0x3FFF0000},
    .stack_end = 0x3FFE3F20,
    .xtensa = true,
    .modes = 6,
    .newest = 399,
};

const espbak_chip chip_esp32 = {
    .name = "esp32",
    .title = "ESP32",
    .image_chip_id = 0,
    .uf2_family = 0x1C5F21B0,
    .magic = 0x00F01D83,
    .rom_caps = CHIP_ROM_ESP32,
    .bootloader_offset = 0x1000,
    .secure_boot_digest = true,
    .proven = true,
    .own_loader_proven = true,
    .own_writes_proven = true,
    .spi = {.base = 0x3FF42000,
            .usr = 0x1C,
            .usr1 = 0x20,
            .usr2 = 0x24,
            .w0 = 0x80,
            .mosi_dlen = 0x28,
            .miso_dlen = 0x2C,
            .address = 0x04,
            .address_msb = true},
    .stub_names = (const char *const[]){"esp32", NULL},
    .ops = &ops,
    .registers = &registers,
    .efuses = &efuse_esp32,
    .boot_memory = &boot_memory,
};
