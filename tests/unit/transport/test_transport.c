/* SPDX-License-Identifier: Apache-2.0 */
/* The checked wrappers, over a back end that does as it is told and a clock that moves only when waited on. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "espbak/transport.h"
#include "support/group.h"

typedef struct fake {
    espbak_time now;
    uint8_t input[64]; /* what comes in ... */
    size_t input_size;
    espbak_time input_at; /* ... at this time */
    uint8_t output[64];
    size_t output_size;
    size_t write_limit;    /* a write takes at most so many bytes */
    espbak_time cancel_at; /* 0: never */
    espbak_cancel cancel;
    espbak_time longest_wait;
    espbak_status fail_with;
    bool dtr, rts;
    uint32_t baud;
    unsigned closed, reopened, discarded;
    char notes[256];
    size_t traced_tx, traced_rx;
} fake;

static espbak_time fake_now(void *context)
{
    return ((fake *)context)->now;
}

static void pass_time(fake *f, espbak_time time)
{
    if (time > f->longest_wait)
        f->longest_wait = time;
    f->now += time;
    if (f->cancel_at != 0 && f->now >= f->cancel_at)
        f->cancel.requested = 1;
}

static void fake_sleep(void *context, espbak_time time)
{
    pass_time(context, time);
}

static espbak_status fake_read(void *context, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    fake *f = context;
    *got = 0;
    if (f->fail_with != ESPBAK_OK)
        return espbak_fail(err, f->fail_with, "it broke");
    if (f->input_size == 0 || f->now + timeout < f->input_at) {
        pass_time(f, timeout);
        return ESPBAK_OK;
    }
    if (f->input_at > f->now)
        pass_time(f, f->input_at - f->now);
    *got = f->input_size < capacity ? f->input_size : capacity;
    memcpy(buffer, f->input, *got);
    memmove(f->input, f->input + *got, f->input_size - *got);
    f->input_size -= *got;
    return ESPBAK_OK;
}

static espbak_status fake_write(void *context, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    fake *f = context;
    *put = 0;
    if (f->fail_with != ESPBAK_OK)
        return espbak_fail(err, f->fail_with, "it broke");
    if (f->write_limit == 0) {
        pass_time(f, timeout);
        return ESPBAK_OK;
    }
    *put = size < f->write_limit ? size : f->write_limit;
    assert_true(f->output_size + *put <= sizeof(f->output));
    memcpy(f->output + f->output_size, bytes, *put);
    f->output_size += *put;
    return ESPBAK_OK;
}

static espbak_status fake_set_baud(void *context, uint32_t baud, espbak_error *err)
{
    fake *f = context;
    if (f->fail_with != ESPBAK_OK)
        return espbak_fail(err, f->fail_with, "it broke");
    f->baud = baud;
    return ESPBAK_OK;
}

static espbak_status fake_set_lines(void *context, bool dtr, bool rts, espbak_error *err)
{
    fake *f = context;
    (void)err;
    f->dtr = dtr;
    f->rts = rts;
    return ESPBAK_OK;
}

static espbak_status fake_discard(void *context, espbak_error *err)
{
    (void)err;
    ((fake *)context)->discarded++;
    return ESPBAK_OK;
}

static espbak_status fake_reopen(void *context, espbak_error *err)
{
    (void)err;
    ((fake *)context)->reopened++;
    return ESPBAK_OK;
}

static void fake_close(void *context)
{
    ((fake *)context)->closed++;
}

static const espbak_transport_ops full_ops = {
    .name = "fake",
    .read = fake_read,
    .write = fake_write,
    .set_baud = fake_set_baud,
    .set_lines = fake_set_lines,
    .discard_input = fake_discard,
    .reopen = fake_reopen,
    .close = fake_close,
};

static const espbak_transport_ops bare_ops = {
    .name = "bare", .read = fake_read, .write = fake_write, .close = fake_close};

static void note(void *user, espbak_trace_direction direction, espbak_time when, const void *bytes, size_t size)
{
    fake *f = user;
    assert_int_equal(when, f->now);
    if (direction == ESPBAK_TRACE_TX)
        f->traced_tx += size;
    else if (direction == ESPBAK_TRACE_RX)
        f->traced_rx += size;
    else {
        const size_t used = strlen(f->notes);
        snprintf(f->notes + used, sizeof(f->notes) - used, "%.*s;", (int)size, (const char *)bytes);
    }
}

typedef struct rig {
    fake fake;
    espbak_clock clock;
    espbak_events events;
    espbak_transport *transport;
    espbak_error err;
} rig;

static void set_up(rig *r, const espbak_transport_ops *ops, const espbak_transport_caps *caps)
{
    *r = (rig){.fake = {.now = 1000, .write_limit = 64}};
    r->clock = (espbak_clock){.now = fake_now, .sleep = fake_sleep, .ctx = &r->fake};
    r->events = (espbak_events){.trace = note, .user = &r->fake};
    assert_int_equal(espbak_transport_wrap(&r->transport, ops, &r->fake, "fake:1", caps, NULL, &r->clock, &r->err),
                     ESPBAK_OK);
    espbak_transport_observe(r->transport, &r->events, &r->fake.cancel);
}

static const espbak_transport_caps full_caps = {.baud = true, .modem_lines = true, .unix_tight = true};

static espbak_time in(const rig *r, espbak_time time)
{
    return r->fake.now + time;
}

static void read_returns_what_arrives(void **state)
{
    rig r;
    uint8_t buffer[8];
    size_t got = 0;
    (void)state;
    set_up(&r, &full_ops, &full_caps);
    memcpy(r.fake.input, "hello", 5);
    r.fake.input_size = 5;
    r.fake.input_at = in(&r, 300 * ESPBAK_MS);
    assert_int_equal(espbak_transport_read(r.transport, buffer, 3, in(&r, ESPBAK_S), &got, &r.err), ESPBAK_OK);
    assert_int_equal(got, 3);
    assert_memory_equal(buffer, "hel", 3);
    assert_int_equal(espbak_transport_read(r.transport, buffer, 8, in(&r, ESPBAK_S), &got, &r.err), ESPBAK_OK);
    assert_int_equal(got, 2);
    assert_int_equal(r.fake.now, 1000 + 300 * ESPBAK_MS);
    assert_int_equal(espbak_transport_get_stats(r.transport).rx_bytes, 5);
    assert_int_equal(r.fake.traced_rx, 5);
    espbak_transport_close(r.transport);
}

static void read_stops_at_its_deadline(void **state)
{
    rig r;
    uint8_t buffer[8];
    size_t got = 1;
    (void)state;
    set_up(&r, &full_ops, &full_caps);
    const espbak_time deadline = in(&r, 1234567);
    assert_int_equal(espbak_transport_read(r.transport, buffer, 8, deadline, &got, &r.err), ESPBAK_OK);
    assert_int_equal(got, 0);
    assert_int_equal(r.fake.now, deadline);
    espbak_transport_close(r.transport);
}

static void a_deadline_gone_by_still_takes_what_is_there(void **state)
{
    rig r;
    uint8_t buffer[8];
    size_t got = 0;
    (void)state;
    set_up(&r, &full_ops, &full_caps);
    r.fake.input[0] = 7;
    r.fake.input_size = 1;
    assert_int_equal(espbak_transport_read(r.transport, buffer, 8, r.fake.now - 5, &got, &r.err), ESPBAK_OK);
    assert_int_equal(got, 1);
    assert_int_equal(espbak_transport_read(r.transport, buffer, 8, r.fake.now - 5, &got, &r.err), ESPBAK_OK);
    assert_int_equal(got, 0);
    espbak_transport_close(r.transport);
}

static void cancel_is_noticed_within_100_ms(void **state)
{
    rig r;
    uint8_t buffer[8];
    size_t got = 0;
    (void)state;
    set_up(&r, &full_ops, &full_caps);
    r.fake.cancel_at = in(&r, 510 * ESPBAK_MS);
    assert_int_equal(espbak_transport_read(r.transport, buffer, 8, in(&r, 60 * ESPBAK_S), &got, &r.err),
                     ESPBAK_E_CANCELLED);
    assert_true(r.fake.now <= r.fake.cancel_at + 100 * ESPBAK_MS);
    assert_true(r.fake.longest_wait <= 100 * ESPBAK_MS);
    assert_int_equal(espbak_transport_write(r.transport, "x", 1, in(&r, ESPBAK_S), &r.err), ESPBAK_E_CANCELLED);
    assert_int_equal(espbak_transport_set_baud(r.transport, 9600, &r.err), ESPBAK_E_CANCELLED);
    assert_int_equal(espbak_transport_set_lines(r.transport, true, true, &r.err), ESPBAK_E_CANCELLED);
    assert_int_equal(espbak_transport_discard_input(r.transport, &r.err), ESPBAK_E_CANCELLED);
    assert_int_equal(espbak_transport_reopen(r.transport, &r.err), ESPBAK_E_CANCELLED);
    assert_int_equal(r.fake.output_size, 0);

    espbak_transport_ignore_cancel(r.transport);
    assert_int_equal(espbak_transport_write(r.transport, "x", 1, in(&r, ESPBAK_S), &r.err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_lines(r.transport, true, true, &r.err), ESPBAK_OK);
    espbak_transport_close(r.transport);
}

static void write_sends_all_of_it(void **state)
{
    rig r;
    (void)state;
    set_up(&r, &full_ops, &full_caps);
    r.fake.write_limit = 3;
    assert_int_equal(espbak_transport_write(r.transport, "0123456789", 10, in(&r, ESPBAK_S), &r.err), ESPBAK_OK);
    assert_int_equal(r.fake.output_size, 10);
    assert_memory_equal(r.fake.output, "0123456789", 10);
    assert_int_equal(espbak_transport_get_stats(r.transport).tx_bytes, 10);
    assert_int_equal(r.fake.traced_tx, 10);
    espbak_transport_close(r.transport);
}

static void write_fails_when_the_line_is_stuck(void **state)
{
    rig r;
    (void)state;
    set_up(&r, &full_ops, &full_caps);
    r.fake.write_limit = 0;
    const espbak_time deadline = in(&r, 2 * ESPBAK_S);
    assert_int_equal(espbak_transport_write(r.transport, "abc", 3, deadline, &r.err), ESPBAK_E_LINK);
    assert_int_equal(r.fake.now, deadline);
    assert_non_null(strstr(r.err.message, "fake:1"));
    espbak_transport_close(r.transport);
}

static void errors_of_the_back_end_come_through(void **state)
{
    rig r;
    uint8_t buffer[8];
    size_t got = 0;
    (void)state;
    set_up(&r, &full_ops, &full_caps);
    r.fake.fail_with = ESPBAK_E_PORT;
    assert_int_equal(espbak_transport_read(r.transport, buffer, 8, in(&r, ESPBAK_S), &got, &r.err), ESPBAK_E_PORT);
    assert_string_equal(r.err.message, "it broke");
    assert_int_equal(espbak_transport_write(r.transport, "x", 1, in(&r, ESPBAK_S), &r.err), ESPBAK_E_PORT);
    assert_int_equal(espbak_transport_set_baud(r.transport, 9600, &r.err), ESPBAK_E_PORT);
    assert_int_equal(espbak_transport_baud(r.transport), 115200);
    espbak_transport_close(r.transport);
}

static void missing_abilities_are_said_plainly(void **state)
{
    static const espbak_transport_caps none = {0};
    rig r;
    (void)state;
    set_up(&r, &bare_ops, &none);
    assert_int_equal(espbak_transport_baud(r.transport), 0);
    assert_int_equal(espbak_transport_set_baud(r.transport, 9600, &r.err), ESPBAK_E_UNSUPPORTED);
    assert_int_equal(espbak_transport_set_lines(r.transport, false, false, &r.err), ESPBAK_E_UNSUPPORTED);
    assert_int_equal(espbak_transport_reopen(r.transport, &r.err), ESPBAK_E_UNSUPPORTED);
    assert_int_equal(espbak_transport_discard_input(r.transport, &r.err), ESPBAK_OK);
    espbak_transport_close(r.transport);
}

static void line_changes_are_traced(void **state)
{
    rig r;
    (void)state;
    set_up(&r, &full_ops, &full_caps);
    assert_int_equal(espbak_transport_set_baud(r.transport, 0, &r.err), ESPBAK_E_USAGE);
    assert_int_equal(espbak_transport_set_baud(r.transport, 921600, &r.err), ESPBAK_OK);
    assert_int_equal(espbak_transport_baud(r.transport), 921600);
    assert_int_equal(espbak_transport_set_lines(r.transport, true, false, &r.err), ESPBAK_OK);
    assert_true(r.fake.dtr && !r.fake.rts);
    assert_int_equal(espbak_transport_discard_input(r.transport, &r.err), ESPBAK_OK);
    assert_int_equal(r.fake.discarded, 1);
    assert_int_equal(espbak_transport_reopen(r.transport, &r.err), ESPBAK_OK);
    assert_int_equal(r.fake.reopened, 1);
    assert_int_equal(espbak_transport_baud(r.transport), 115200);
    assert_string_equal(r.fake.notes, "baud 921600;dtr 1 rts 0;opened again;");
    espbak_transport_close(r.transport);
    assert_int_equal(r.fake.closed, 1);
    espbak_transport_close(NULL);
}

static void what_was_given_can_be_asked_back(void **state)
{
    static const espbak_usb_id usb = {.known = true, .vid = 0x303A, .pid = 0x1001, .serial = "AA:BB"};
    fake f = {.now = 1};
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    const espbak_clock clock = {.now = fake_now, .sleep = fake_sleep, .ctx = &f};
    (void)state;
    assert_int_equal(espbak_transport_wrap(&transport, &full_ops, &f, "u", &full_caps, &usb, &clock, &err), ESPBAK_OK);
    assert_string_equal(espbak_transport_url(transport), "u");
    assert_true(espbak_transport_get_caps(transport)->unix_tight);
    assert_string_equal(espbak_transport_get_usb(transport)->serial, "AA:BB");
    assert_ptr_equal(espbak_transport_clock(transport), &clock);
    espbak_transport_close(transport);
}

static void urls_that_make_no_sense_are_usage_errors(void **state)
{
    static const char *const urls[] = {"",
                                       "ftp://host:1",
                                       "socket://",
                                       "socket://host",
                                       "socket://host:",
                                       "socket://host:0",
                                       "socket://host:65536",
                                       "socket://host:+80",
                                       "socket://:80",
                                       "socket://::1:80",
                                       "socket://[::1]",
                                       "socket://[]:80",
                                       "rfc2217://host:1?logging=debug"};
    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        espbak_error err = {0};
        espbak_transport *transport = NULL;
        assert_int_equal(espbak_transport_open(&transport, urls[i], NULL, NULL, &err), ESPBAK_E_USAGE);
        assert_null(transport);
        assert_true(err.message[0] != '\0');
    }
}

static void paths_that_are_no_port_are_port_errors(void **state)
{
    static const char *const paths[] = {"/nowhere/ttyUSB0", "no-such-port", "."};
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        espbak_error err = {0};
        espbak_transport *transport = NULL;
        assert_int_equal(espbak_transport_open(&transport, paths[i], NULL, NULL, &err), ESPBAK_E_PORT);
        assert_non_null(strstr(err.message, paths[i]));
    }
}

TEST_GROUP(transport)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_returns_what_arrives),
        cmocka_unit_test(read_stops_at_its_deadline),
        cmocka_unit_test(a_deadline_gone_by_still_takes_what_is_there),
        cmocka_unit_test(cancel_is_noticed_within_100_ms),
        cmocka_unit_test(write_sends_all_of_it),
        cmocka_unit_test(write_fails_when_the_line_is_stuck),
        cmocka_unit_test(errors_of_the_back_end_come_through),
        cmocka_unit_test(missing_abilities_are_said_plainly),
        cmocka_unit_test(line_changes_are_traced),
        cmocka_unit_test(what_was_given_can_be_asked_back),
        cmocka_unit_test(urls_that_make_no_sense_are_usage_errors),
        cmocka_unit_test(paths_that_are_no_port_are_port_errors),
    };
    return RUN_GROUP(tests);
}
