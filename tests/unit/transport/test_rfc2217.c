/* SPDX-License-Identifier: Apache-2.0 */
/* The telnet and RFC 2217 codec, byte by byte. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "support/group.h"
#include "transport/net/rfc2217_codec.h"

typedef struct sink {
    uint8_t data[256];
    size_t size;
    rfc2217_event events[32];
    size_t event_count;
} sink;

/* Feed `size` bytes in pieces of `piece`. */
static void feed(rfc2217_decoder *decoder, const uint8_t *bytes, size_t size, size_t piece, sink *s)
{
    for (size_t at = 0; at < size;) {
        rfc2217_event event;
        size_t made = 0;
        const size_t part = size - at < piece ? size - at : piece;
        const size_t used =
            rfc2217_decode(decoder, bytes + at, part, s->data + s->size, sizeof(s->data) - s->size, &made, &event);
        assert_in_range(used, 1, part);
        at += used;
        s->size += made;
        if (event.kind != RFC2217_NOTHING && s->event_count < 32)
            s->events[s->event_count++] = event;
    }
}

static void data_and_commands_are_told_apart_however_cut(void **state)
{
    static const uint8_t stream[] = {'a', 0xFF, 0xFF, 'b',  0xFF, TELNET_WILL, 44,   0xFF,      TELNET_SB,   44,
                                     101, 0,    0x0E, 0xFF, 0xFF, 0,           0xFF, TELNET_SE, 0x0D,        0xFF,
                                     241, 0x0A, 0,    0xFF, 0xFF, 0xFF,        0xFF, 0xFF,      TELNET_DONT, 0};
    static const uint8_t data[] = {'a', 0xFF, 'b', 0x0D, 0x0A, 0, 0xFF, 0xFF};
    (void)state;
    for (size_t piece = 1; piece <= sizeof(stream); piece++) {
        rfc2217_decoder decoder = {0};
        sink s = {0};
        feed(&decoder, stream, sizeof(stream), piece, &s);
        assert_int_equal(s.size, sizeof(data));
        assert_memory_equal(s.data, data, sizeof(data));
        assert_int_equal(s.event_count, 3);
        assert_int_equal(s.events[0].kind, RFC2217_NEGOTIATE);
        assert_int_equal(s.events[0].verb, TELNET_WILL);
        assert_int_equal(s.events[0].option, 44);
        assert_int_equal(s.events[1].kind, RFC2217_COMMAND);
        assert_int_equal(s.events[1].command, 101);
        assert_int_equal(s.events[1].payload_size, 4);
        assert_memory_equal(s.events[1].payload, "\x00\x0E\xFF\x00", 4);
        assert_int_equal(s.events[2].verb, TELNET_DONT);
        assert_int_equal(s.events[2].option, 0);
    }
}

static void an_endless_subnegotiation_stays_bounded(void **state)
{
    rfc2217_decoder decoder = {0};
    sink s = {0};
    uint8_t flood[1000];
    static const uint8_t head[] = {0xFF, TELNET_SB, 44, 100}, tail[] = {0xFF, TELNET_SE, 'z'};
    (void)state;
    memset(flood, 'x', sizeof(flood));
    feed(&decoder, head, sizeof(head), 4, &s);
    for (int i = 0; i < 100; i++)
        feed(&decoder, flood, sizeof(flood), sizeof(flood), &s);
    feed(&decoder, tail, sizeof(tail), 3, &s);
    assert_int_equal(s.event_count, 1);
    assert_int_equal(s.events[0].payload_size, RFC2217_PAYLOAD_MAX);
    assert_int_equal(s.size, 1);
    assert_int_equal(s.data[0], 'z');
}

static void broken_subnegotiations_do_no_harm(void **state)
{
    rfc2217_decoder decoder = {0};
    sink s = {0};
    static const uint8_t stream[] = {0xFF, TELNET_SB, 0xFF, TELNET_SE,                            /* empty */
                                     0xFF, TELNET_SB, 44,   0xFF,      TELNET_SE,                 /* no command */
                                     0xFF, TELNET_SB, 24,   1,         0xFF,      TELNET_SE,      /* another option */
                                     0xFF, TELNET_SB, 44,   101,       0xFF,      TELNET_WILL, 3, /* cut short */
                                     'k'};
    (void)state;
    feed(&decoder, stream, sizeof(stream), 1, &s);
    assert_int_equal(s.event_count, 1);
    assert_int_equal(s.events[0].kind, RFC2217_NEGOTIATE);
    assert_int_equal(s.events[0].option, 3);
    assert_int_equal(s.size, 1);
    assert_int_equal(s.data[0], 'k');
}

static void decoding_stops_when_the_room_is_full(void **state)
{
    rfc2217_decoder decoder = {0};
    rfc2217_event event;
    uint8_t out[2];
    size_t made = 0;
    (void)state;
    assert_int_equal(rfc2217_decode(&decoder, (const uint8_t *)"abc", 3, out, sizeof(out), &made, &event), 2);
    assert_int_equal(made, 2);
    assert_int_equal(rfc2217_decode(&decoder, (const uint8_t *)"c", 1, out, 0, &made, &event), 0);
    assert_int_equal(made, 0);
}

static void escaping_doubles_every_iac_and_never_cuts_one(void **state)
{
    static const uint8_t in[] = {1, 0xFF, 0xFF, 2};
    static const uint8_t whole[] = {1, 0xFF, 0xFF, 0xFF, 0xFF, 2};
    uint8_t out[8];
    size_t made = 0;
    (void)state;
    assert_int_equal(rfc2217_escape(in, sizeof(in), out, sizeof(out), &made), 4);
    assert_int_equal(made, sizeof(whole));
    assert_memory_equal(out, whole, sizeof(whole));
    assert_int_equal(rfc2217_escape(in, sizeof(in), out, 4, &made), 2);
    assert_int_equal(made, 3);
}

static void commands_have_their_bytes(void **state)
{
    uint8_t out[RFC2217_COMMAND_MAX];
    static const uint8_t baud[] = {0xFF, TELNET_SB, 44, 1, 0, 1, 0xC2, 0, 0xFF, TELNET_SE};
    static const uint8_t iacs[] = {0xFF, TELNET_SB, 44,   1,    0xFF, 0xFF, 0xFF,
                                   0xFF, 0xFF,      0xFF, 0xFF, 0xFF, 0xFF, TELNET_SE};
    static const uint8_t dtr[] = {0xFF, TELNET_SB, 44, 5, 8, 0xFF, TELNET_SE};
    (void)state;
    assert_int_equal(rfc2217_put_command32(out, RFC2217_SET_BAUDRATE, 115200), sizeof(baud));
    assert_memory_equal(out, baud, sizeof(baud));
    assert_int_equal(rfc2217_put_command32(out, RFC2217_SET_BAUDRATE, 0xFFFFFFFF), sizeof(iacs));
    assert_memory_equal(out, iacs, sizeof(iacs));
    assert_int_equal(rfc2217_put_command8(out, RFC2217_SET_CONTROL, RFC2217_CONTROL_DTR_ON), sizeof(dtr));
    assert_memory_equal(out, dtr, sizeof(dtr));
}

static rfc2217_event option_event(uint8_t verb, uint8_t option)
{
    return (rfc2217_event){.kind = RFC2217_NEGOTIATE, .verb = verb, .option = option};
}

static bool negotiate(rfc2217_negotiation *n, uint8_t verb, uint8_t option, uint8_t *answer)
{
    const rfc2217_event event = option_event(verb, option);
    return rfc2217_negotiate(n, &event, answer);
}

static void agreement_to_what_was_asked_is_not_answered(void **state)
{
    rfc2217_negotiation n = {0};
    uint8_t wishes[2 * RFC2217_OPTIONS * RFC2217_OPTION_SIZE], answer[3];
    static const uint8_t will_com_port[] = {0xFF, TELNET_WILL, 44};
    (void)state;
    assert_int_equal(rfc2217_ask_options(&n, wishes), sizeof(wishes));
    bool offered = false;
    for (size_t i = 0; i < sizeof(wishes); i += 3)
        offered = offered || memcmp(wishes + i, will_com_port, 3) == 0;
    assert_true(offered);
    assert_int_equal(rfc2217_our_side(&n, 44), RFC2217_ASKED);
    assert_false(negotiate(&n, TELNET_DO, 44, answer));
    assert_int_equal(rfc2217_our_side(&n, 44), RFC2217_ON);
    assert_false(negotiate(&n, TELNET_WILL, 0, answer));
    assert_int_equal(rfc2217_their_side(&n, 0), RFC2217_ON);
    assert_false(negotiate(&n, TELNET_DONT, 0, answer));
    assert_int_equal(rfc2217_our_side(&n, 0), RFC2217_DENIED);
    assert_false(negotiate(&n, TELNET_DO, 44, answer)); /* said twice */
}

static void offers_are_taken_or_refused(void **state)
{
    rfc2217_negotiation n = {0};
    uint8_t answer[3];
    (void)state;
    assert_true(negotiate(&n, TELNET_WILL, 3, answer));
    assert_memory_equal(answer, "\xFF\xFD\x03", 3); /* DO SGA */
    assert_true(negotiate(&n, TELNET_DO, 0, answer));
    assert_memory_equal(answer, "\xFF\xFB\x00", 3); /* WILL BINARY */
    assert_true(negotiate(&n, TELNET_WILL, 1, answer));
    assert_memory_equal(answer, "\xFF\xFE\x01", 3); /* DONT ECHO */
    assert_true(negotiate(&n, TELNET_DO, 31, answer));
    assert_memory_equal(answer, "\xFF\xFC\x1F", 3); /* WONT window size */
    assert_false(negotiate(&n, TELNET_WONT, 1, answer));
    assert_true(negotiate(&n, TELNET_DONT, 0, answer));
    assert_memory_equal(answer, "\xFF\xFC\x00", 3); /* it was on: WONT BINARY */
    assert_int_equal(rfc2217_our_side(&n, 31), RFC2217_DENIED);
}

static void no_peer_can_keep_us_answering(void **state)
{
    rfc2217_negotiation n = {0};
    uint8_t answer[3];
    unsigned answers = 0;
    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        answers += negotiate(&n, i % 2 ? TELNET_WILL : TELNET_WONT, 0, answer);
    for (unsigned i = 0; i < 10000; i++)
        answers += negotiate(&n, TELNET_DO, (uint8_t)i, answer);
    assert_in_range(answers, 1, 64);
    /* The state is still followed. */
    assert_false(negotiate(&n, TELNET_DO, 44, answer));
    assert_int_equal(rfc2217_our_side(&n, 44), RFC2217_ON);
}

TEST_GROUP(rfc2217)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_and_commands_are_told_apart_however_cut),
        cmocka_unit_test(an_endless_subnegotiation_stays_bounded),
        cmocka_unit_test(broken_subnegotiations_do_no_harm),
        cmocka_unit_test(decoding_stops_when_the_room_is_full),
        cmocka_unit_test(escaping_doubles_every_iac_and_never_cuts_one),
        cmocka_unit_test(commands_have_their_bytes),
        cmocka_unit_test(agreement_to_what_was_asked_is_not_answered),
        cmocka_unit_test(offers_are_taken_or_refused),
        cmocka_unit_test(no_peer_can_keep_us_answering),
    };
    return RUN_GROUP(tests);
}
