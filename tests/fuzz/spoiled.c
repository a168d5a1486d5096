/* SPDX-License-Identifier: Apache-2.0 */
#include "spoiled.h"

#include <string.h>

#include "support/relay.h"

enum { PIECE = 512, LONGEST_DELAY_SHIFT = 14 };

static uint8_t next_byte(spoiled *s)
{
    return s->at < s->size ? s->steps[s->at++] : 0;
}

static uint16_t next_word(spoiled *s)
{
    const uint16_t low = next_byte(s);
    return (uint16_t)(low | next_byte(s) << 8);
}

static void check_time(const spoiled *s)
{
    FUZZ_CHECK(espbak_clock_now(espbak_transport_clock(s->chip)) < s->limit);
}

static void say(spoiled *s, const uint8_t *bytes, size_t size)
{
    if (size > sizeof(s->ready) - s->ready_size)
        return;
    memcpy(s->ready + s->ready_size, bytes, size);
    s->ready_size += size;
}

static void say_frame(spoiled *s, const uint8_t *frame, size_t size)
{
    static const uint8_t none[1];
    if (SLIP_ENCODED_MAX(size) <= sizeof(s->ready) - s->ready_size)
        s->ready_size += slip_encode(s->ready + s->ready_size, size > 0 ? frame : none, size);
}

/* What can be done with a frame; true when it is still to be said. */
static bool change_byte(spoiled *s)
{
    const size_t at = next_word(s);
    const uint8_t change = next_byte(s);
    if (s->frame_size > 0)
        s->frame[at % s->frame_size] ^= change;
    return true;
}

static bool change_value(spoiled *s)
{
    uint8_t value[4];
    for (size_t i = 0; i < sizeof(value); i++)
        value[i] = next_byte(s);
    if (s->frame_size >= 8)
        memcpy(s->frame + 4, value, sizeof(value));
    return true;
}

static bool change_status(spoiled *s)
{
    const uint8_t back = next_byte(s), first = next_byte(s);
    const size_t at = back % 2 != 0 ? 2 : 4; /* as stubs have it, as ROMs have it */
    if (s->frame_size >= 8 + at) {
        s->frame[s->frame_size - at] = first;
        s->frame[s->frame_size - at + 1] = back;
    }
    return true;
}

static bool cut_short(spoiled *s)
{
    const size_t size = next_word(s);
    s->frame_size = size < s->frame_size ? size : s->frame_size;
    return true;
}

static bool make_longer(spoiled *s)
{
    const unsigned code = next_word(s);
    for (unsigned i = 0; i < code % SPOILED_FRAME_MAX && s->frame_size < sizeof(s->frame); i++)
        s->frame[s->frame_size++] = (uint8_t)(code >> 8);
    return true;
}

static bool lose(spoiled *s)
{
    (void)s;
    return false;
}

static bool say_twice(spoiled *s)
{
    say_frame(s, s->frame, s->frame_size);
    return true;
}

static bool replace(spoiled *s)
{
    s->frame_size = 0;
    for (unsigned i = next_byte(s); i > 0 && s->at < s->size; i--)
        s->frame[s->frame_size++] = next_byte(s);
    return true;
}

static bool say_noise(spoiled *s)
{
    for (unsigned i = next_byte(s); i > 0 && s->at < s->size; i--) {
        const uint8_t byte = next_byte(s);
        say(s, &byte, 1);
    }
    return true;
}

static bool come_late(spoiled *s)
{
    espbak_clock_sleep(espbak_transport_clock(s->chip),
                       (espbak_time)ESPBAK_MS << next_byte(s) % (LONGEST_DELAY_SHIFT + 1));
    check_time(s);
    return true;
}

static bool break_port(spoiled *s)
{
    s->broken = true;
    return true;
}

static bool hold(spoiled *s)
{
    s->held_size = s->frame_size;
    memcpy(s->held, s->frame, s->frame_size);
    return false;
}

static bool lose_end(spoiled *s)
{
    const size_t before = s->ready_size;
    say_frame(s, s->frame, s->frame_size);
    s->ready_size -= s->ready_size > before ? 1 : 0;
    return false;
}

static bool change_request(spoiled *s)
{
    s->change_at = next_word(s);
    s->change = next_byte(s);
    return true;
}

static bool lose_request(spoiled *s)
{
    s->lose_request = true;
    return true;
}

static bool add_rule(spoiled *s)
{
    const spoiled_rule rule = {next_byte(s), next_byte(s), next_byte(s)};
    if (s->rule_count < SPOILED_RULES)
        s->rules[s->rule_count++] = rule;
    return true;
}

static bool (*const steps[])(spoiled *s) = {
    change_byte, change_value, change_status, cut_short, make_longer, lose,           say_twice,    replace,
    say_noise,   come_late,    break_port,    hold,      lose_end,    change_request, lose_request, add_rule,
};

static void apply_rules(spoiled *s)
{
    for (size_t i = 0; i < s->rule_count; i++) {
        const spoiled_rule *rule = &s->rules[i];
        if (s->frame_size >= 8 && s->frame[0] == 1 && s->frame[1] == rule->op)
            s->frame[2 + rule->offset % (s->frame_size - 2)] ^= rule->change;
    }
}

static void pass_frame(spoiled *s)
{
    bool say_it = true;
    const size_t held = s->held_size;
    apply_rules(s);
    if (!s->waiting && s->at < s->size) {
        s->pass = next_byte(s);
        s->waiting = true;
    }
    if (s->waiting && s->pass-- == 0) {
        s->waiting = false;
        say_it = steps[next_byte(s) % (sizeof(steps) / sizeof(steps[0]))](s);
    }
    if (say_it)
        say_frame(s, s->frame, s->frame_size);
    if (held > 0) {
        say_frame(s, s->held, held);
        s->held_size = s->held_size == held ? 0 : s->held_size;
    }
    s->frame_size = 0;
}

/* What is no frame, such as a boot log, goes on as it is. */
static void pass_byte(spoiled *s, uint8_t byte)
{
    const bool inside = s->decoder.inside;
    size_t used = 0;
    const slip_result result = slip_decode(&s->decoder, &byte, 1, &used);
    if (result == SLIP_FRAME) {
        s->frame_size = s->decoder.size;
        pass_frame(s);
    } else if (!inside && byte != SLIP_END) {
        say(s, &byte, 1);
    }
}

static espbak_status fill(spoiled *s, espbak_time deadline, espbak_error *err)
{
    uint8_t bytes[PIECE];
    size_t got = 0;
    s->ready_size = s->ready_used = 0;
    do {
        const espbak_status status = espbak_transport_read(s->chip, bytes, sizeof(bytes), deadline, &got, err);
        if (status != ESPBAK_OK)
            return status;
        for (size_t i = 0; i < got; i++)
            pass_byte(s, bytes[i]);
        check_time(s);
    } while (got > 0 && s->ready_size == 0 && !s->broken);
    return ESPBAK_OK;
}

static espbak_status spoiled_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                  espbak_error *err)
{
    spoiled *s = impl;
    *got = 0;
    if (s->ready_used == s->ready_size) {
        const espbak_time now = espbak_clock_now(espbak_transport_clock(s->chip));
        const espbak_status status = fill(s, now + timeout, err);
        if (status != ESPBAK_OK)
            return status;
    }
    if (s->broken) {
        s->broken = false;
        return espbak_fail(err, ESPBAK_E_PORT, "the port is gone");
    }
    const size_t left = s->ready_size - s->ready_used;
    *got = left < capacity ? left : capacity;
    memcpy(buffer, s->ready + s->ready_used, *got);
    s->ready_used += *got;
    return ESPBAK_OK;
}

static espbak_status spoiled_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                   espbak_error *err)
{
    spoiled *s = impl;
    uint8_t copy[PIECE];
    check_time(s);
    *put = size < sizeof(copy) ? size : sizeof(copy);
    memcpy(copy, bytes, *put);
    s->requests_too = s->requests_too || s->lose_request || s->change != 0;
    copy[s->change_at % *put] ^= s->change;
    s->change = 0;
    if (!s->lose_request)
        return relay_write(s, copy, *put, timeout, put, err);
    s->lose_request = false;
    return ESPBAK_OK;
}

static espbak_status spoiled_discard(void *impl, espbak_error *err)
{
    spoiled *s = impl;
    s->ready_size = s->ready_used = 0;
    return relay_discard_input(s, err);
}

espbak_transport *spoiled_open(spoiled *s, const char *url)
{
    static const espbak_transport_ops ops = {
        .name = "spoiled",
        .read = spoiled_read,
        .write = spoiled_write,
        .set_baud = relay_set_baud,
        .set_lines = relay_set_lines,
        .discard_input = spoiled_discard,
        .reopen = relay_reopen,
        .close = relay_close,
    };
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    slip_decoder_init(&s->decoder, s->frame, sizeof(s->frame));
    FUZZ_CHECK(espbak_transport_open(&s->chip, url, NULL, NULL, &err) == ESPBAK_OK);
    FUZZ_CHECK(espbak_transport_wrap(&transport, &ops, s, url, espbak_transport_get_caps(s->chip),
                                     espbak_transport_get_usb(s->chip), espbak_transport_clock(s->chip),
                                     &err) == ESPBAK_OK);
    return transport;
}
