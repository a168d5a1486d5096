/* SPDX-License-Identifier: Apache-2.0 */
/* What is said when no chip answers. */
#include "support/fake_line.h"
#include "support/group.h"
#include "support/hand_session.h"
#include "support/sim_session.h"

#include "base/bytes.h"
#include "device/visit/entrance.h"

enum { UNKNOWN_CHIP = 60000 }; /* an id that no chip is likely to get */

typedef struct scene {
    fake_line line;
    espbak_clock clock;
    const char *chatter;     /* said over and over */
    const char *after_reset; /* said once EN is let go */
    size_t said;
    uint8_t answers[1024]; /* of a loader, where there is one */
    size_t answer_size, answer_used;
    uint32_t chip_id, magic; /* what it says it is; chip_id 0xFFFFFFFF: it knows no ids */
    unsigned damaged;        /* so many questions for the id come in as something that it refuses */
    unsigned other;          /* and so many answers to it as those of a chip that is none */
} scene;

static scene scene_;

static espbak_status scene_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                espbak_error *err)
{
    (void)err;
    scene *const s = impl;
    *got = 0;
    if (s->answer_used < s->answer_size) {
        *got = s->answer_size - s->answer_used < capacity ? s->answer_size - s->answer_used : capacity;
        memcpy(buffer, s->answers + s->answer_used, *got);
        s->answer_used += *got;
    } else if (s->chatter != NULL) {
        const size_t size = strlen(s->chatter);
        s->line.now += ESPBAK_MS;
        *got = size < capacity ? size : capacity;
        memcpy(buffer, s->chatter, *got);
    } else if (s->after_reset != NULL && s->said < strlen(s->after_reset)) {
        buffer[0] = (uint8_t)s->after_reset[s->said++];
        s->line.now += 87;
        *got = 1;
    } else {
        s->line.now += timeout;
    }
    return ESPBAK_OK;
}

static espbak_status scene_lines(void *impl, bool dtr, bool rts, espbak_error *err)
{
    (void)dtr;
    (void)err;
    scene *const s = impl;
    if (rts)
        s->said = 0;
    return ESPBAK_OK;
}

static void scene_answer(scene *s, uint8_t op, uint32_t value, const uint8_t *data, size_t size)
{
    uint8_t frame[64] = {1, op, (uint8_t)size};
    bytes_put_le32(frame + 4, value);
    memcpy(frame + COMMAND_HEADER, data, size);
    s->answer_size += slip_encode(s->answers + s->answer_size, frame, COMMAND_HEADER + size);
}

static espbak_status scene_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                 espbak_error *err)
{
    (void)timeout;
    (void)err;
    scene *const s = impl;
    uint8_t data[24] = {0};
    *put = size;
    if (s->chip_id == 0 || size < 3)
        return ESPBAK_OK;
    s->answer_size = s->answer_used = 0;
    for (unsigned i = 0; bytes[2] == OP_SYNC && i < 8; i++)
        scene_answer(s, OP_SYNC, 0x2012, data, 4);
    bytes_put_le32(data + 12, s->other > 0 ? UNKNOWN_CHIP : s->chip_id);
    s->other -= bytes[2] == OP_GET_SECURITY_INFO && s->other > 0;
    if (bytes[2] == OP_GET_SECURITY_INFO && s->chip_id != UINT32_MAX && s->damaged == 0)
        scene_answer(s, OP_GET_SECURITY_INFO, 0, data, 24);
    else if (bytes[2] == OP_GET_SECURITY_INFO)
        scene_answer(s, OP_GET_SECURITY_INFO, 0, (const uint8_t *)"\x01\x05\0\0", 4);
    s->damaged -= bytes[2] == OP_GET_SECURITY_INFO && s->damaged > 0;
    memset(data, 0, sizeof(data));
    if (bytes[2] == OP_READ_REG)
        scene_answer(s, OP_READ_REG, s->magic, data, 4);
    return ESPBAK_OK;
}

static const espbak_transport_ops scene_ops = {
    .name = "scene", .read = scene_read, .write = scene_write, .set_lines = scene_lines, .close = fake_line_close};

static void open_scene(espbak_transport **transport, const espbak_transport_caps *caps)
{
    espbak_error err = {0};
    scene_.clock = fake_line_clock(&scene_.line);
    scene_.line.now = 0;
    assert_int_equal(
        espbak_transport_wrap(transport, &scene_ops, &scene_, "/dev/ttyX", caps, NULL, &scene_.clock, &err), ESPBAK_OK);
}

static void expect(bool lines, const char *message, const char *hint, espbak_time limit)
{
    const espbak_transport_caps caps = {.baud = true, .modem_lines = lines, .unix_tight = true};
    const espbak_session_options options = {0};
    espbak_transport *transport = NULL;
    espbak_session *session = NULL;
    espbak_error err = {0};
    open_scene(&transport, &caps);
    assert_int_equal(espbak_session_open_transport(&session, transport, &options, &err), ESPBAK_E_CONNECT);
    assert_null(session);
    if (strstr(err.message, message) == NULL || strstr(err.hint, hint) == NULL)
        fail_msg("\"%s\", \"%s\"", err.message, err.hint);
    assert_in_range(scene_.line.now, 0, limit);
}

static void test_silence(void **state)
{
    (void)state;
    memset(&scene_, 0, sizeof(scene_));
    expect(true, "cannot connect to a chip on /dev/ttyX: no answer to SYNC in 7 attempts", "hold BOOT", 20 * ESPBAK_S);
    expect(false, "no answer to SYNC", "cannot reset the chip: hold BOOT, press reset", 20 * ESPBAK_S);
}

static void test_noise(void **state)
{
    (void)state;
    memset(&scene_, 0, sizeof(scene_));
    scene_.chatter = "$GPGGA,123519,4807.038,N,01131.000,E\r\n";
    expect(true, "bytes come, but none is an answer to SYNC", "nothing else uses", 60 * ESPBAK_S);
    scene_.chatter = "\xC0\x01\x09\x02\xC0";
    expect(true, "cannot connect", "BOOT", 60 * ESPBAK_S);
}

static void test_application_starts(void **state)
{
    (void)state;
    memset(&scene_, 0, sizeof(scene_));
    scene_.after_reset = "ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n";
    expect(true, "it starts its application (boot:0x13 (SPI_FAST_FLASH_BOOT)) instead of download mode", "hold BOOT",
           20 * ESPBAK_S);
}

static void test_deaf_chip(void **state)
{
    (void)state;
    memset(&scene_, 0, sizeof(scene_));
    scene_.after_reset = "rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\n"
                         "waiting for download\r\n";
    expect(true, "waits in download mode (boot:0x3", "RX pin", 20 * ESPBAK_S);
}

static void test_unknown_chips(void **state)
{
    (void)state;
    memset(&scene_, 0, sizeof(scene_));
    scene_.chip_id = UNKNOWN_CHIP;
    expect(true, "this chip is not known: it has the chip id 60000", "newer", 20 * ESPBAK_S);
    scene_.chip_id = 0x10009; /* not the S3's 9 */
    expect(true, "it has the chip id 65545", "", 20 * ESPBAK_S);
    scene_.chip_id = 2; /* the S2 does not tell its id this way */
    expect(true, "it has the chip id 2", "", 20 * ESPBAK_S);
    scene_.chip_id = UINT32_MAX;
    scene_.magic = 0x12345678;
    expect(true, "its ROM has the magic word 0x12345678", "newer", 20 * ESPBAK_S);
    scene_.magic = 0;
    expect(true, "its ROM has the magic word 0x00000000", "", 20 * ESPBAK_S);
}

static void expect_chip(const char *expected, const char *name)
{
    const espbak_transport_caps caps = {.baud = true};
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    open_scene(&transport, &caps);
    espbak_session *session = hand_session(transport);
    if (entrance_detect(session, espbak_chip_by_name(expected), true, &err) != ESPBAK_OK)
        fail_msg("%s", err.message);
    assert_string_equal(session->info.chip->name, name);
    assert_int_equal(session->info.security.secure_download, ESPBAK_NO);
    session_free(session);
}

/* What a damaged question or answer makes of a chip is not believed at once. */
static void test_chip_is_asked_again(void **state)
{
    (void)state;
    memset(&scene_, 0, sizeof(scene_));
    scene_.chip_id = 9;
    scene_.magic = 9;
    expect_chip(NULL, "esp32s3");
    scene_.damaged = 1;
    expect_chip(NULL, "esp32s3");
    scene_.damaged = 3;
    expect_chip("esp32s3", "esp32s3");
    scene_.other = 2;
    expect_chip("esp32s3", "esp32s3");
}

/* One wrong bit in what is asked for may stop a mask ROM for good; the chip is reset, and asked anew. */
static void test_a_rom_that_dies_is_started_anew(void **state)
{
    (void)state;
    static sim_log log;
    unsigned again = 0;
    for (unsigned bit = 900; bit < 6000; bit += 53) {
        char url[80];
        espbak_error err = {0};
        espbak_session *session = NULL;
        sim_log_init(&log);
        snprintf(url, sizeof(url), "sim:esp32,size=1M,baud=real,fault=bit-at.to:%u", bit);
        const espbak_session_options options = {.port = url, .no_stub = true, .events = &log.events};
        if (espbak_session_open(&session, &options, &err) != ESPBAK_OK)
            fail_msg("bit %u: %s", bit, err.message);
        again += strstr(log.text, "connecting again") != NULL;
        espbak_session_close(session);
    }
    assert_true(again > 0);
}

TEST_GROUP(connect)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rom_that_dies_is_started_anew),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_application_starts),
        cmocka_unit_test(test_deaf_chip),
        cmocka_unit_test(test_unknown_chips),
        cmocka_unit_test(test_chip_is_asked_again),
    };
    return RUN_GROUP(tests);
}
