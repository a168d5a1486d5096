/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include <string.h>

#include "base/bytes.h"
#include "protocol/command.h"

enum { BYTE_TIME = 87, SHORT_WRITE = 61, ANSWER_MAX = COMMAND_HEADER + 64 }; /* microseconds at 115200; bytes */

static uint8_t next_byte(script *s)
{
    return s->at < s->size ? s->bytes[s->at++] : 0;
}

static void pass(script *s, espbak_time time)
{
    s->now += time;
    FUZZ_CHECK(s->now < s->limit);
}

static espbak_time script_now(void *ctx)
{
    return ((script *)ctx)->now;
}

static void script_sleep(void *ctx, espbak_time time)
{
    FUZZ_CHECK(time >= 0);
    pass(ctx, time);
}

static void say_frame(script *s, const uint8_t *frame, size_t size)
{
    s->said_size = slip_encode(s->said, frame, size);
}

static void say_answer(script *s, size_t payload, size_t status)
{
    uint8_t frame[ANSWER_MAX] = {1, s->op};
    bytes_put_le16(frame + 2, (uint16_t)(payload + status));
    for (size_t i = 4; i < COMMAND_HEADER + payload; i++)
        frame[i] = next_byte(s);
    say_frame(s, frame, COMMAND_HEADER + payload + status);
}

static void say_wrong_length(script *s)
{
    uint8_t frame[COMMAND_HEADER + 4] = {1, s->op};
    for (size_t i = 2; i < sizeof(frame); i++)
        frame[i] = next_byte(s);
    say_frame(s, frame, sizeof(frame));
}

static void say_large(script *s)
{
    static const uint8_t none[1];
    uint8_t frame[SCRIPT_FRAME_MAX];
    const size_t size = 32u * (next_byte(s) + 1u);
    memset(frame, next_byte(s), size);
    say_frame(s, size > 0 ? frame : none, size);
}

static void say_raw(script *s, size_t size)
{
    s->said_size = 0;
    while (s->said_size < size && s->at < s->size)
        s->said[s->said_size++] = next_byte(s);
}

/* Something is said, or time passes; false when nothing comes before the end of the wait. */
static bool next_step(script *s, espbak_time end, bool *broken)
{
    if (s->at >= s->size && s->loops)
        s->at = 0;
    if (s->at >= s->size)
        return false;
    const uint8_t code = next_byte(s);
    s->said_used = 0;
    s->again = 1;
    if (code < 0x80) {
        say_raw(s, code + 1u);
    } else if (code < 0xC0) {
        const espbak_time silence = (espbak_time)ESPBAK_MS << (code - 0x80) / 4;
        s->again = 0;
        if (silence >= end - s->now)
            return false;
        pass(s, silence);
    } else if (code < 0xF0) {
        say_answer(s, code & 0x1Fu, code < 0xE0 ? COMMAND_STATUS_STUB : COMMAND_STATUS_ROM);
    } else if (code < 0xFD) {
        s->again = code - 0xEFu;
    } else if (code == 0xFD) {
        say_large(s);
    } else if (code == 0xFF) {
        say_wrong_length(s);
    } else {
        *broken = true;
    }
    return true;
}

static size_t take(script *s, uint8_t *buffer, size_t capacity)
{
    const size_t left = s->said_size - s->said_used;
    const size_t count = left < capacity ? left : capacity;
    memcpy(buffer, s->said + s->said_used, count);
    s->said_used += count;
    if (s->said_used == s->said_size && s->again > 0) {
        s->again--;
        s->said_used = 0;
    }
    pass(s, (espbak_time)count * BYTE_TIME);
    return count;
}

static espbak_status script_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                 espbak_error *err)
{
    script *s = impl;
    const espbak_time end = s->now + timeout;
    bool broken = false;
    FUZZ_CHECK(timeout >= 0);
    *got = 0;
    pass(s, 1); /* so that somebody who polls sees time go by */
    while (*got == 0 && !broken) {
        if (s->again > 0)
            *got = take(s, buffer, capacity);
        else if (s->now > end || !next_step(s, end, &broken))
            break;
        if (*got == 0)
            pass(s, ESPBAK_MS); /* a script without content must come to an end too */
    }
    if (broken)
        return espbak_fail(err, ESPBAK_E_PORT, "the port is gone");
    if (*got == 0 && s->now < end)
        pass(s, end - s->now);
    return ESPBAK_OK;
}

static espbak_status script_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                  espbak_error *err)
{
    script *s = impl;
    (void)err;
    FUZZ_CHECK(timeout >= 0 && size > 0);
    if (size > 2 && bytes[0] == SLIP_END && bytes[1] == 0)
        s->op = bytes[2];
    *put = s->short_writes && size > SHORT_WRITE ? SHORT_WRITE : size;
    pass(s, (espbak_time)*put * BYTE_TIME);
    return ESPBAK_OK;
}

static espbak_status script_set_baud(void *impl, uint32_t baud, espbak_error *err)
{
    const script *s = impl;
    if (s->stubborn && baud != 115200)
        return espbak_fail(err, ESPBAK_E_PORT, "the driver cannot do %u baud", (unsigned)baud);
    return ESPBAK_OK;
}

static espbak_status script_set_lines(void *impl, bool dtr, bool rts, espbak_error *err)
{
    (void)impl;
    (void)dtr;
    (void)rts;
    (void)err;
    return ESPBAK_OK;
}

static espbak_status script_discard(void *impl, espbak_error *err)
{
    (void)err;
    ((script *)impl)->again = 0;
    return ESPBAK_OK;
}

static espbak_status script_reopen(void *impl, espbak_error *err)
{
    const script *s = impl;
    return s->stubborn ? espbak_fail(err, ESPBAK_E_PORT, "the port stays away") : script_discard(impl, err);
}

static void script_close(void *impl)
{
    (void)impl;
}

espbak_transport *script_open(script *s, const espbak_transport_caps *caps, const espbak_usb_id *usb)
{
    static const espbak_transport_ops ops = {
        .name = "script",
        .read = script_read,
        .write = script_write,
        .set_baud = script_set_baud,
        .set_lines = script_set_lines,
        .discard_input = script_discard,
        .reopen = script_reopen,
        .close = script_close,
    };
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    s->clock = (espbak_clock){.now = script_now, .sleep = script_sleep, .ctx = s};
    FUZZ_CHECK(espbak_transport_wrap(&transport, &ops, s, "script:", caps, usb, &s->clock, &err) == ESPBAK_OK);
    return transport;
}
