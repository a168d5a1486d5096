/* SPDX-License-Identifier: Apache-2.0 */
/* A line that never falls silent: whatever comes, and however much, no wait lasts beyond its deadline. */
#include <string.h>

#include "protocol/command.h"
#include "support/group.h"

enum {
    WAIT = 2 * ESPBAK_S,
    BYTE_TIME = 10,                                             /* µs: 1 Mbaud */
    LATE_MOST = sizeof(((command_link *)0)->input) * BYTE_TIME, /* what is read in one go may end after the deadline */
    LIMIT = 60 * ESPBAK_S,                                      /* where a wait without an end is stopped */
};

/* Always has more of the same bytes, also for who does not want to wait. */
typedef struct babbler {
    espbak_time now;
    espbak_clock clock;
    const char *bytes;
    size_t size, at;
    espbak_transport *transport;
    command_link link;
    espbak_error err;
} babbler;

static espbak_time babbler_now(void *ctx)
{
    return ((babbler *)ctx)->now;
}

static void babbler_sleep(void *ctx, espbak_time time)
{
    ((babbler *)ctx)->now += time;
}

static espbak_status babbler_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                  espbak_error *err)
{
    babbler *const line = impl;
    (void)timeout;
    if (line->now > LIMIT)
        return espbak_fail(err, ESPBAK_E_PORT, "it does not end");
    for (*got = 0; *got < capacity; (*got)++) {
        buffer[*got] = (uint8_t)line->bytes[line->at];
        line->at = (line->at + 1) % line->size;
    }
    line->now += (espbak_time)capacity * BYTE_TIME;
    return ESPBAK_OK;
}

static espbak_status babbler_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                   espbak_error *err)
{
    (void)impl;
    (void)bytes;
    (void)timeout;
    (void)err;
    *put = size;
    return ESPBAK_OK;
}

static void babbler_close(void *impl)
{
    (void)impl;
}

static const espbak_transport_ops babbler_ops = {
    .name = "babbler", .read = babbler_read, .write = babbler_write, .close = babbler_close};

static void open_babbler(babbler *line, const char *bytes, size_t size)
{
    const espbak_transport_caps caps = {.baud = true};
    *line = (babbler){.bytes = bytes, .size = size};
    line->clock = (espbak_clock){.now = babbler_now, .sleep = babbler_sleep, .ctx = line};
    assert_int_equal(
        espbak_transport_wrap(&line->transport, &babbler_ops, line, "babbler:", &caps, NULL, &line->clock, &line->err),
        ESPBAK_OK);
    assert_int_equal(command_link_init(&line->link, line->transport, &line->err), ESPBAK_OK);
}

static void close_babbler(babbler *line)
{
    command_link_free(&line->link);
    espbak_transport_close(line->transport);
}

static espbak_status wait_frame(babbler *line)
{
    const uint8_t *frame = NULL;
    size_t size = 0;
    return command_receive_frame(&line->link, line->now + WAIT, &frame, &size, &line->err);
}

static espbak_status wait_begun(babbler *line)
{
    bool begun = true;
    const espbak_status status = command_wait_frame_begun(&line->link, line->now + WAIT, &begun, &line->err);
    return status == ESPBAK_OK && !begun ? ESPBAK_E_LINK : status;
}

static bool want_nothing(const void *user, const uint8_t *frame, size_t size)
{
    (void)user;
    (void)frame;
    (void)size;
    return false;
}

static espbak_status wait_wanted(babbler *line)
{
    const uint8_t *frame = NULL;
    size_t size = 0;
    return command_receive_wanted(&line->link, want_nothing, NULL, line->now + WAIT, &frame, &size, &line->err);
}

static espbak_status wait_response(babbler *line)
{
    command_response response;
    return command_receive(&line->link, OP_SYNC, line->now + WAIT, &response, &line->err);
}

static espbak_status wait_command(babbler *line)
{
    return command_run(&line->link, OP_FLASH_BEGIN, NULL, 0, 0, WAIT, NULL, &line->err);
}

static espbak_status wait_drained(babbler *line)
{
    const espbak_status status = command_drain_input(&line->link, ESPBAK_MS, WAIT, &line->err);
    return status == ESPBAK_OK ? ESPBAK_E_LINK : status;
}

static void check_all(const char *bytes, size_t size, bool are_frames)
{
    espbak_status (*const waits[])(babbler *) = {wait_begun,    wait_frame,   wait_wanted,
                                                 wait_response, wait_command, wait_drained};
    for (size_t i = are_frames ? 2 : 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        babbler line;
        open_babbler(&line, bytes, size);
        assert_int_equal(waits[i](&line), ESPBAK_E_LINK);
        assert_in_range(line.now, WAIT, WAIT + LATE_MOST + ESPBAK_MS); /* and a request's time on the line */
        close_babbler(&line);
    }
}

static void delimiters_put_no_deadline_off(void **state)
{
    (void)state;
    check_all("\xC0", 1, false);
}

static void noise_puts_no_deadline_off(void **state)
{
    (void)state;
    check_all("x", 1, false);
}

static void damaged_frames_put_no_deadline_off(void **state)
{
    (void)state;
    /* Content begins, so that is not waited for any more. */
    check_all("\xC0\xDB\x01\xC0", 4, true);
}

static void other_frames_put_no_deadline_off(void **state)
{
    (void)state;
    check_all("\xC0OHAH\xC0", 6, true);
    check_all("\xC0\x01\x0A\x02\x00\x22\x00\x00\x00\x00\x00\xC0", 12, true);
}

TEST_GROUP(endless)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delimiters_put_no_deadline_off),
        cmocka_unit_test(noise_puts_no_deadline_off),
        cmocka_unit_test(damaged_frames_put_no_deadline_off),
        cmocka_unit_test(other_frames_put_no_deadline_off),
    };
    return RUN_GROUP(tests);
}
