/* SPDX-License-Identifier: Apache-2.0 */
/* What a chip calls itself, by what is burnt into its eFuses (as esptool's targets read them). */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "device/chip/registers.h"
#include "support/group.h"
#include "support/hand_session.h"

typedef struct burnt {
    uint32_t address, value;
} burnt;

/* Two of the three bits that tell the third silicon of the ESP32; the other stands beside the package, bit 15. */
static const burnt third_silicon[] = {{0x3FF5A014, 1u << 20}, {0x3FF6607C, 1u << 31}};

enum { WORDS = 2 };

typedef struct description {
    const char *chip;
    burnt words[WORDS];
    const char *name, *features; /* features: a part of them */
} description;

static const description descriptions[] = {
    {"esp8266", {{0x3FF00050, 0}, {0x3FF0005C, 0}}, "ESP8266EX", "Wi-Fi, 160MHz"},
    {"esp8266", {{0x3FF00050, 1u << 4}, {0x3FF0005C, 0}}, "ESP8285N08", "Embedded Flash"},
    {"esp8266", {{0x3FF00050, 3u << 4}, {0x3FF0005C, 0}}, "ESP8285H08", "Embedded Flash"},
    {"esp8266", {{0x3FF00050, 1u << 4}, {0x3FF0005C, 1u << 26}}, "ESP8285N16", "Embedded Flash"},
    {"esp8266", {{0x3FF00050, 3u << 4}, {0x3FF0005C, 1u << 26}}, "ESP8285H16", "Embedded Flash"},
    {"esp8266", {{0x3FF00050, 1u << 4}, {0x3FF0005C, 1u << 25}}, "ESP8285", "Embedded Flash"},
    {"esp8266", {{0x3FF00058, 1u << 16}, {0x3FF0005C, 3u << 25}}, "ESP8285", "Embedded Flash"},
    {"esp32", {{0x3FF5A00C, 0}}, "ESP32-D0WDQ6", "Wi-Fi, BT, Dual Core + ULP"},
    {"esp32", {{0x3FF5A00C, 1u << 15}}, "ESP32-D0WDQ6-V3", "Dual Core"},
    {"esp32", {{0x3FF5A00C, 3u}}, "ESP32-S0WDQ6", "Wi-Fi, Single Core + ULP"},
    {"esp32", {{0x3FF5A00C, 1u << 9 | 1u}}, "ESP32-S0WD", "Single Core"},
    {"esp32", {{0x3FF5A00C, 1u << 9 | 3u << 12}}, "ESP32-D0WD", "160MHz"},
    {"esp32", {{0x3FF5A00C, 1u << 9 | 1u << 15 | 1u << 13}}, "ESP32-D0WD-V3", "240MHz"},
    {"esp32", {{0x3FF5A00C, 2u << 9}}, "ESP32-D2WD", "Embedded Flash"},
    {"esp32", {{0x3FF5A00C, 4u << 9}}, "ESP32-U4WDH", "Embedded Flash"},
    {"esp32", {{0x3FF5A00C, 5u << 9}}, "ESP32-PICO-D4", "Embedded Flash"},
    {"esp32", {{0x3FF5A00C, 5u << 9 | 1u << 15}}, "ESP32-PICO-V3", "Embedded Flash"},
    {"esp32", {{0x3FF5A00C, 6u << 9 | 1u << 15}}, "ESP32-PICO-V3-02", "Embedded Flash, Embedded PSRAM"},
    {"esp32", {{0x3FF5A00C, 7u << 9 | 1u << 15}}, "ESP32-D0WDR2-V3", "Coding Scheme None"},
    {"esp32", {{0x3FF5A00C, 1u << 2}}, "ESP32 (unknown package)", "Wi-Fi, BT"},
    {"esp32", {{0x3FF5A010, 1u << 8}, {0x3FF5A018, 1}}, "ESP32-D0WDQ6", "Vref calibration in eFuse, Coding Scheme 3/4"},
    {"esp32", {{0x3FF5A00C, 1u << 14}}, "ESP32-D0WDQ6", "BLK3 partially reserved"},
    {"esp32s2", {{0x3F41A050, 2u << 21 | 1u << 28}}, "ESP32-S2FNR2", "Embedded Flash 4MB, Embedded PSRAM 2MB"},
    {"esp32s2", {{0x3F41A050, 9u << 21}}, "ESP32-S2 (unknown package)", "Unknown Embedded Flash, No Embedded"},
    {"esp32s2", {{0x3F41A050, 1u << 28}}, "ESP32-S2R2", "No Embedded Flash, Embedded PSRAM 2MB"},
    {"esp32c3", {{0x60008850, 1u << 21 | 1u << 27}, {0x60008854, 2}}, "ESP8685 (QFN28)", "Embedded Flash 4MB (GD)"},
    {"esp32c3", {{0x60008850, 7u << 21}}, "ESP32-C3 (unknown package 7)", "Single Core, 160MHz"},
    {"esp32c5", {{0x600B484C, 0}}, "ESP32-C5N", "Single Core + LP Core"},
    {"esp32c5", {{0x600B484C, 1u << 24 | 1u << 13 | 2u << 19}}, "ESP32-C5HF4R8", "dual-band"},
    {"esp32c5", {{0x600B484C, 2u << 24 | 1u << 19}}, "Unknown ESP32-C5?R4", "dual-band"},
    {"esp32c61", {{0x600B484C, 0}}, "ESP32-C61N", "Single Core, 160MHz"},
    {"esp32c61", {{0x600B484C, 1u << 24 | 2u << 13 | 1u << 19 | 3u << 26}}, "ESP32-C61HF8R2LA", "160MHz"},
    {"esp32c61", {{0x600B484C, 3u << 13 | 4u << 26}}, "Unknown ESP32-C61NF??", "160MHz"},
};

/* A chip that is nothing but registers: it answers READ_REG, everything that is not burnt reads as 0. */
typedef struct registers {
    const burnt *words;
    espbak_time now;
    espbak_session *session;
    uint8_t frame[64], answer[64];
    slip_decoder decoder;
    size_t answer_size;
} registers;

static uint32_t value_of(const registers *r, uint32_t address)
{
    for (size_t i = 0; i < WORDS; i++) {
        if (r->words[i].address == address)
            return r->words[i].value;
    }
    for (size_t i = 0; (r->words[0].value >> 15 & 1) != 0 && i < 2; i++) {
        if (third_silicon[i].address == address)
            return third_silicon[i].value;
    }
    return address == r->session->info.chip->registers->uart_clkdiv ? 40000000 / 115200 : 0;
}

static espbak_status on_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                              espbak_error *err)
{
    (void)timeout;
    (void)err;
    registers *r = impl;
    uint8_t answer[12] = {1, OP_READ_REG, 4};
    *put = 0;
    assert_int_equal(slip_decode(&r->decoder, bytes, size, put), SLIP_FRAME);
    assert_int_equal(r->frame[1], OP_READ_REG);
    bytes_put_le32(answer + 4, value_of(r, bytes_get_le32(r->frame + 8)));
    r->answer_size = slip_encode(r->answer, answer, sizeof(answer));
    return ESPBAK_OK;
}

static espbak_status on_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                             espbak_error *err)
{
    (void)err;
    registers *r = impl;
    assert_true(capacity >= r->answer_size);
    memcpy(buffer, r->answer, r->answer_size);
    *got = r->answer_size;
    r->now += r->answer_size > 0 ? 1 : timeout;
    r->answer_size = 0;
    return ESPBAK_OK;
}

static espbak_time on_now(void *ctx)
{
    return ((const registers *)ctx)->now;
}

static void on_sleep(void *ctx, espbak_time time)
{
    ((registers *)ctx)->now += time;
}

static void on_close(void *impl)
{
    (void)impl;
}

static espbak_session *meet(registers *r, const char *chip, const burnt words[WORDS])
{
    static const espbak_transport_ops ops = {
        .name = "registers", .read = on_read, .write = on_write, .close = on_close};
    static const espbak_transport_caps caps = {.baud = true};
    static espbak_clock clock;
    espbak_error err = {0};
    *r = (registers){.words = words};
    clock = (espbak_clock){.now = on_now, .sleep = on_sleep, .ctx = r};
    slip_decoder_init(&r->decoder, r->frame, sizeof(r->frame));
    espbak_transport *transport = NULL;
    assert_int_equal(espbak_transport_wrap(&transport, &ops, r, "registers:", &caps, NULL, &clock, &err), ESPBAK_OK);
    r->session = hand_session(transport);
    r->session->info.chip = espbak_chip_by_name(chip);
    assert_non_null(r->session->info.chip);
    return r->session;
}

static void part(registers *r)
{
    session_free(r->session);
}

static void test_every_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(descriptions) / sizeof(descriptions[0]); i++) {
        const description *d = &descriptions[i];
        espbak_error err = {0};
        static registers r;
        espbak_session *session = meet(&r, d->chip, d->words);
        assert_int_equal(chip_identify(session, &err), ESPBAK_OK);
        if (strcmp(session->info.name, d->name) != 0)
            fail_msg("row %u: %s instead of %s", (unsigned)i, session->info.name, d->name);
        if (strstr(session->info.features, d->features) == NULL)
            fail_msg("row %u: \"%s\" is not in \"%s\"", (unsigned)i, d->features, session->info.features);
        part(&r);
    }
}

static void test_every_voltage(void **state)
{
    static const struct {
        const char *chip;
        burnt words[WORDS];
        const char *voltage;
    } rows[] = {
        {"esp32", {{0x3FF44038, 0}}, "3.3V"},
        {"esp32", {{0x3FF44038, 1u << 5}}, "1.8V"},
        {"esp32", {{0x3FF48074, 1u << 22}}, "off"},
        {"esp32", {{0x3FF48074, 1u << 22 | 1u << 31}}, "1.8V"},
        {"esp32", {{0x3FF48074, 1u << 22 | 3u << 29}}, "1.9V"},
        {"esp32", {{0x3FF5A010, 1u << 16}}, "off"},
        {"esp32", {{0x3FF5A010, 5u << 14}}, "1.8V"},
        {"esp32", {{0x3FF5A010, 7u << 14}}, "3.3V"},
        {"esp32s2", {{0x3F41A034, 1u << 6}}, "off"},
        {"esp32s2", {{0x3F41A034, 5u << 4}}, "1.8V"},
        {"esp32s2", {{0x3F41A034, 7u << 4}}, "3.3V"},
        {"esp32s2", {{0x3F404038, 1u << 4}}, "1.8V"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_error err = {0};
        static registers r;
        espbak_session *session = meet(&r, rows[i].chip, rows[i].words);
        char voltage[CHIP_VOLTAGE_SIZE] = "";
        bool octal = true;
        assert_int_equal(chip_read_voltage(session, voltage, &octal, &err), ESPBAK_OK);
        assert_false(octal);
        if (strcmp(voltage, rows[i].voltage) != 0)
            fail_msg("row %u: %s instead of %s", (unsigned)i, voltage, rows[i].voltage);
        part(&r);
    }
}

TEST_GROUP(chip_describe)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_name), cmocka_unit_test(test_every_voltage)};
    return RUN_GROUP(tests);
}
