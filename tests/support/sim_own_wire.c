/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sim_own_wire.h"

void own_load(wire *w, const char *mark)
{
    uint8_t code[64] = {0};
    memcpy(code, mark, 8);
    wire_reset(w);
    (void)wire_sync(w);
    wire_load(w, 0x40090000, code, sizeof(code));
    wire_words(w, 0x06, 2, 0u, 0x40090008u);
    assert_int_equal(wire_status(w, 0x06, 0), 0);
}

void own_request(uint8_t bytes[WIRE_REQUEST_SIZE], uint32_t tag, uint32_t op, uint32_t address, uint32_t length,
                 uint32_t argument)
{
    const uint32_t words[] = {WIRE_REQUEST_MARK, tag, op, address, length, argument};
    for (uint32_t i = 0; i < WIRE_REQUEST_CRC; i++)
        bytes_put_le32(bytes + WIRE_WORD * i, words[i]);
    const uLong crc = crc32(0, bytes, WIRE_REQUEST_CRC * WIRE_WORD);
    bytes_put_le32(bytes + WIRE_REQUEST_CRC * WIRE_WORD, (uint32_t)crc);
}

void own_ask(wire *w, uint32_t tag, uint32_t op, uint32_t address, uint32_t length, uint32_t argument)
{
    uint8_t bytes[WIRE_REQUEST_SIZE];
    own_request(bytes, tag, op, address, length, argument);
    sim_device_feed(w->device, bytes, sizeof(bytes), w->now);
}

/* The next byte before `end`. */
static bool own_byte(wire *w, sim_time end, uint8_t *byte)
{
    while (sim_device_take(w->device, byte, 1, w->now) == 0) {
        const sim_time next = sim_device_next(w->device);
        if (w->now >= end)
            return false;
        w->now = next < end ? (next > w->now ? next : w->now) : end;
        sim_device_advance(w->device, w->now);
    }
    return true;
}

static bool own_is_header(const uint8_t bytes[WIRE_REPLY_SIZE])
{
    const uLong crc = crc32(0, bytes, WIRE_REPLY_CRC * WIRE_WORD);
    return bytes_get_le32(bytes) == WIRE_REPLY_MARK &&
           bytes_get_le32(bytes + WIRE_REPLY_CRC * WIRE_WORD) == (uint32_t)crc;
}

bool own_reply(wire *w, reply *r, sim_time limit)
{
    uint8_t window[WIRE_REPLY_SIZE] = {0};
    const sim_time end = w->now + limit;
    do {
        memmove(window, window + 1, sizeof(window) - 1);
        if (!own_byte(w, end, &window[sizeof(window) - 1]))
            return false;
    } while (!own_is_header(window));
    for (uint32_t i = 0; i < WIRE_REPLY_WORDS; i++)
        r->words[i] = bytes_get_le32(window + WIRE_WORD * i);
    assert_true(r->words[WIRE_REPLY_PAYLOAD] <= sizeof(r->payload));
    for (uint32_t i = 0; i < r->words[WIRE_REPLY_PAYLOAD]; i++) {
        if (!own_byte(w, end, &r->payload[i]))
            return false;
    }
    r->at = w->now;
    return true;
}

uint32_t own_kind_of(const reply *r)
{
    return r->words[WIRE_REPLY_KIND] & 0xFF;
}

void own_do(wire *w, reply *r, uint32_t tag, uint32_t op, uint32_t address, uint32_t length, uint32_t argument,
            uint32_t kind, uint32_t reason)
{
    own_ask(w, tag, op, address, length, argument);
    assert_true(own_reply(w, r, 60000LL * SIM_MS));
    assert_int_equal(r->words[WIRE_REPLY_TAG], tag);
    assert_int_equal(r->words[WIRE_REPLY_KIND], kind | reason << 8);
}

void own_open(wire *w, const char *spec)
{
    static reply r;
    wire_open(w, spec);
    own_load(w, "espbakR2");
    assert_true(own_reply(w, &r, 1000LL * SIM_MS));
    assert_int_equal(r.words[WIRE_REPLY_TAG], 0);
    assert_int_equal(own_kind_of(&r), WIRE_KIND_INFO);
    assert_string_equal(sim_device_state(w->device), "own");
}
