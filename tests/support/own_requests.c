/* SPDX-License-Identifier: Apache-2.0 */
#include "support/own_requests.h"

#include <string.h>

loader_hal hal;
loader_core core;
uint32_t replies_seen;

int start(void **state)
{
    (void)state;
    fake_start(&hal, &core);
    hal.chip = 9;
    hal.features = WIRE_FEATURE_DEFLATE | WIRE_FEATURE_MD5;
    hal.cpu_mhz = 160;
    replies_seen = 0;
    return 0;
}

void run(void)
{
    for (int left = 100000; loader_core_step(&core); left--)
        assert_true(left > 0);
}

void send_bytes(const void *bytes, uint32_t size)
{
    if (hal.in_taken == hal.in_size)
        hal.in_taken = hal.in_size = 0;
    assert_true(hal.in_size + size <= sizeof(hal.in));
    memcpy(hal.in + hal.in_size, bytes, size);
    hal.in_size += size;
}

void make_request(uint32_t words[WIRE_REQUEST_WORDS], uint32_t tag, uint32_t op, const uint32_t arguments[3])
{
    words[WIRE_REQUEST_MAGIC] = WIRE_REQUEST_MARK;
    words[WIRE_REQUEST_TAG] = tag;
    words[WIRE_REQUEST_OP] = op;
    words[WIRE_REQUEST_ADDRESS] = arguments[0];
    words[WIRE_REQUEST_LENGTH] = arguments[1];
    words[WIRE_REQUEST_ARGUMENT] = arguments[2];
    loader_wire_words(words, WIRE_REQUEST_CRC);
    words[WIRE_REQUEST_CRC] = loader_wire_word(hal_crc32(NULL, 0, words, WIRE_REQUEST_CRC * WIRE_WORD));
}

void ask(uint32_t tag, uint32_t op, const uint32_t arguments[3])
{
    uint32_t words[WIRE_REQUEST_WORDS];
    make_request(words, tag, op, arguments);
    send_bytes(words, sizeof(words));
}

reply take_reply(void)
{
    reply got;
    assert_true(hal.out_size - replies_seen >= WIRE_REPLY_SIZE);
    memcpy(got.words, hal.out + replies_seen, WIRE_REPLY_SIZE);
    const uint32_t crc = hal_crc32(NULL, 0, got.words, WIRE_REPLY_CRC * WIRE_WORD);
    loader_wire_words(got.words, WIRE_REPLY_WORDS);
    got.payload = hal.out + replies_seen + WIRE_REPLY_SIZE;
    replies_seen += WIRE_REPLY_SIZE + got.words[WIRE_REPLY_PAYLOAD];
    assert_int_equal(got.words[WIRE_REPLY_MAGIC], WIRE_REPLY_MARK);
    assert_int_equal(got.words[WIRE_REPLY_CRC], crc);
    assert_true(replies_seen <= hal.out_size);
    return got;
}

void assert_no_reply(void)
{
    assert_int_equal(replies_seen, hal.out_size);
}

void assert_reply(const reply *got, uint32_t tag, uint32_t kind, uint32_t status)
{
    assert_int_equal(got->words[WIRE_REPLY_TAG], tag);
    assert_int_equal(got->words[WIRE_REPLY_KIND], kind | status << 8);
}

void expect(uint32_t tag, uint32_t kind, uint32_t status)
{
    run();
    const reply got = take_reply();
    assert_reply(&got, tag, kind, status);
}

uint32_t word_at(const uint8_t *bytes, uint32_t index)
{
    uint32_t word;
    memcpy(&word, bytes + (size_t)index * WIRE_WORD, WIRE_WORD);
    return loader_wire_word(word);
}
