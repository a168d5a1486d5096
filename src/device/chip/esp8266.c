/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP8266 and ESP8285: esptool targets/esp8266.py; ROM functions: esp-stub-lib src/target/esp8266. What is known of a
 * part stands in four OTP words.
 */
#include <stdio.h>

#include "device/chip/common.h"
#include "device/session.h"

enum { OTP = 0x3FF00050, OTP_WORDS = 4 };

static const chip_registers registers = {
    .uart_clkdiv = 0x60000014,
    .crystal_divider = 2,
    .rom_erases_twice = true,
    .legacy_stub_runs_app = true,
    .rom_software_reset = 0x4000264C,
    .own_uart_mhz = 52,
    .own_uart_whole = true,
    .ram = {{0x3FFE8000, 0x40000000}, {0x40100000, 0x40110000}},
};

static espbak_status read_otp(espbak_session *session, uint32_t words[OTP_WORDS], espbak_error *err)
{
    for (uint32_t i = 0; i < OTP_WORDS; i++) {
        const espbak_status status = chip_read_word(session, OTP + 4 * i, &words[i], err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

static bool bit(const uint32_t words[OTP_WORDS], unsigned n)
{
    return (words[n / 32] >> (n % 32) & 1) != 0;
}

/* Megabytes of the flash within an ESP8285, 0 when the fuses do not tell. */
static unsigned embedded_flash(const uint32_t words[OTP_WORDS])
{
    const bool a = bit(words, 4), b = bit(words, 121);
    if (a == b || bit(words, 123))
        return 0;
    const unsigned base = a ? 1 : 2;
    return bit(words, 122) ? 2 * base : base;
}

static espbak_status read_name(espbak_session *session, espbak_error *err)
{
    uint32_t words[OTP_WORDS] = {0};
    const espbak_status status = read_otp(session, words, err);
    if (status != ESPBAK_OK)
        return status;
    const bool hot = bit(words, 5); /* made for the higher temperature range */
    const unsigned flash = embedded_flash(words);
    const char *name = "ESP8266EX";
    if (bit(words, 4) || bit(words, 80))
        name = flash == 1   ? (hot ? "ESP8285H08" : "ESP8285N08")
               : flash == 2 ? (hot ? "ESP8285H16" : "ESP8285N16")
                            : "ESP8285";
    snprintf(session->info.name, sizeof(session->info.name), "%s", name);
    chip_add_feature(session, "Wi-Fi, 160MHz");
    if (bit(words, 4) || bit(words, 80))
        chip_add_feature(session, "Embedded Flash");
    return ESPBAK_OK;
}

/* read_name has seen the fuses already. */
static espbak_status read_features(espbak_session *session, espbak_error *err)
{
    (void)session;
    (void)err;
    return ESPBAK_OK;
}

static espbak_status read_mac(espbak_session *session, espbak_error *err)
{
    uint32_t words[OTP_WORDS] = {0};
    const espbak_status status = read_otp(session, words, err);
    if (status != ESPBAK_OK)
        return status;
    /* Older parts keep only a number for the vendor's half. */
    const uint32_t vendor = words[3] != 0 ? words[3] & 0xFFFFFF : (words[1] >> 16 & 0xFF) == 0 ? 0x18FE34 : 0xACD074;
    uint8_t *const mac = session->info.mac;
    mac[0] = (uint8_t)(vendor >> 16);
    mac[1] = (uint8_t)(vendor >> 8);
    mac[2] = (uint8_t)vendor;
    mac[3] = (uint8_t)(words[1] >> 8);
    mac[4] = (uint8_t)words[1];
    mac[5] = (uint8_t)(words[0] >> 24);
    return ESPBAK_OK;
}

/* It has neither flash encryption nor secure boot. */
static espbak_status read_security(espbak_session *session, espbak_error *err)
{
    (void)err;
    session->info.security.flash_encryption = ESPBAK_NO;
    session->info.security.secure_boot = ESPBAK_NO;
    session->info.security.secure_download = ESPBAK_NO;
    session->info.security.key_manager_flash = ESPBAK_NO;
    return ESPBAK_OK;
}

static const chip_ops ops = {
    .name = read_name,
    .features = read_features,
    .mac = read_mac,
    .security = read_security,
};

const espbak_chip chip_esp8266 = {
    .name = "esp8266",
    .title = "ESP8266",
    .image_chip_id = CHIP_NO_ID,
    .uf2_family = 0x7EAB61ED,
    .magic = 0xFFF0C101,
    .rom_caps = 0,
    .bootloader_offset = 0,
    .esp8266_layouts = true,
    .spi = {.base = 0x60000200,
            .usr = 0x1C,
            .usr1 = 0x20,
            .usr2 = 0x24,
            .w0 = 0x40,
            .mosi_dlen = CHIP_NO_REGISTER,
            .miso_dlen = CHIP_NO_REGISTER,
            .address = 0x04,
            .address_msb = true},
    .stub_names = (const char *const[]){"esp8266", NULL},
    .ops = &ops,
    .registers = &registers,
    .efuses = &efuse_esp8266,
};
