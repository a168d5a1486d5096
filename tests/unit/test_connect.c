/* SPDX-License-Identifier: Apache-2.0 */
/* What is said when no chip answers. */
#include "fake_line.h"

#include "device/session.h"

typedef struct scene {
    fake_line line;
    espbak_clock clock;
    const char *chatter;     /* said over and over */
    const char *after_reset; /* said once EN is let go */
    size_t said;
} scene;

static scene scene_;

static espbak_status scene_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                espbak_error *err)
{
    (void)err;
    scene *const s = impl;
    *got = 0;
    if (s->chatter != NULL) {
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

static espbak_status scene_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                 espbak_error *err)
{
    (void)impl;
    (void)bytes;
    (void)timeout;
    (void)err;
    *put = size;
    return ESPBAK_OK;
}

static const espbak_transport_ops scene_ops = {
    .name = "scene", .read = scene_read, .write = scene_write, .set_lines = scene_lines, .close = fake_close};

static void expect(bool lines, const char *message, const char *hint, espbak_time limit)
{
    const espbak_transport_caps caps = {.baud = true, .modem_lines = lines, .unix_tight = true};
    const espbak_session_options options = {0};
    espbak_transport *transport = NULL;
    espbak_session *session = NULL;
    espbak_error err = {0};
    scene_.clock = (espbak_clock){.now = fake_now, .sleep = fake_sleep, .ctx = &scene_.line};
    scene_.line.now = 0;
    assert_int_equal(
        espbak_transport_wrap(&transport, &scene_ops, &scene_, "/dev/ttyX", &caps, NULL, &scene_.clock, &err),
        ESPBAK_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_application_starts),
        cmocka_unit_test(test_deaf_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
