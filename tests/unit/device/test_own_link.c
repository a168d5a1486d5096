/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to our own loader, and replies that are right, damaged, missing or hostile. */
#include "support/fake_line.h"
#include "support/group.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/bytes.h"
#include "device/loader/own/answer.h"
#include "device/loader/own/link.h"

enum { BLOCK = 4096 };

typedef struct fixture {
    fake_line line;
    espbak_clock clock;
    espbak_session session;
    espbak_session_stats counts;
    own_link *link;
    uint8_t flash[4 * BLOCK];
    espbak_error err;
} fixture;

static int open_link(void **state)
{
    static const espbak_transport_caps caps = {.baud = true};
    static const espbak_usb_id usb;
    fixture *fix = calloc(1, sizeof(*fix));
    assert_non_null(fix);
    fix->session.transport = fake_open(&fix->line, &fix->clock, &caps, &usb);
    fix->session.info.link.baud = 115200;
    assert_int_equal(own_link_open(&fix->link, &fix->session, &fix->counts, &fix->err), ESPBAK_OK);
    for (size_t i = 0; i < sizeof(fix->flash); i++)
        fix->flash[i] = (uint8_t)(i * i >> 5);
    *state = fix;
    return 0;
}

static int close_link(void **state)
{
    fixture *fix = *state;
    own_link_close(fix->link);
    espbak_transport_close(fix->session.transport);
    free(fix);
    return 0;
}

static own_slot *ask(fixture *fix, uint32_t address)
{
    own_slot *slot = own_link_free_slot(fix->link);
    assert_non_null(slot);
    assert_int_equal(own_link_ask(fix->link, slot, WIRE_OP_READ, address, BLOCK, 32, &fix->err), ESPBAK_OK);
    return slot;
}

/* A reply as the words say, its header's checksum right. */
static void reply(fixture *fix, const uint32_t words[WIRE_REPLY_CRC], const void *payload, size_t size)
{
    uint8_t header[WIRE_REPLY_SIZE];
    for (size_t i = 0; i < WIRE_REPLY_CRC; i++)
        bytes_put_le32(header + i * WIRE_WORD, words[i]);
    bytes_put_le32(header + WIRE_REPLY_CRC * WIRE_WORD, (uint32_t)crc32(0, header, WIRE_REPLY_CRC * WIRE_WORD));
    fake_arrive(&fix->line, fix->line.now, header, sizeof(header));
    if (size > 0)
        fake_arrive(&fix->line, fix->line.now, payload, size);
}

typedef uint32_t reply_words[WIRE_REPLY_CRC];

/* The right answer, uncompressed. */
static void good_words(const fixture *fix, const own_slot *slot, reply_words words)
{
    const reply_words right = {
        [WIRE_REPLY_MAGIC] = WIRE_REPLY_MARK,
        [WIRE_REPLY_TAG] = slot->tag,
        [WIRE_REPLY_KIND] = WIRE_KIND_RAW,
        [WIRE_REPLY_ADDRESS] = slot->address,
        [WIRE_REPLY_RAW] = slot->length,
        [WIRE_REPLY_PAYLOAD] = slot->length,
        [WIRE_REPLY_RAW_CRC] = (uint32_t)crc32(0, fix->flash + slot->address, slot->length),
    };
    memcpy(words, right, sizeof(right));
}

static void answer(fixture *fix, const own_slot *slot)
{
    reply_words words;
    good_words(fix, slot, words);
    reply(fix, words, fix->flash + slot->address, slot->length);
}

static void wait_ok(fixture *fix)
{
    if (own_link_wait(fix->link, &fix->err) != ESPBAK_OK)
        fail_msg("%s", fix->err.message);
}

static void assert_done(const fixture *fix, const own_slot *slot)
{
    assert_int_equal(slot->state, OWN_SLOT_DONE);
    assert_int_equal(slot->size, BLOCK);
    assert_memory_equal(slot->bytes, fix->flash + slot->address, BLOCK);
}

static void test_a_request_is_what_wire_h_says(void **state)
{
    fixture *fix = *state;
    const own_slot *first = ask(fix, BLOCK), *second = ask(fix, 0);
    const uint8_t *sent = fix->line.output;
    assert_int_equal(fix->line.output_size, 2 * WIRE_REQUEST_SIZE);
    assert_int_equal(bytes_get_le32(sent), WIRE_REQUEST_MARK);
    assert_int_equal(bytes_get_le32(sent + WIRE_REQUEST_TAG * 4), first->tag);
    assert_int_equal(bytes_get_le32(sent + WIRE_REQUEST_OP * 4), WIRE_OP_READ);
    assert_int_equal(bytes_get_le32(sent + WIRE_REQUEST_ADDRESS * 4), BLOCK);
    assert_int_equal(bytes_get_le32(sent + WIRE_REQUEST_LENGTH * 4), BLOCK);
    assert_int_equal(bytes_get_le32(sent + WIRE_REQUEST_ARGUMENT * 4), 32);
    assert_int_equal(bytes_get_le32(sent + WIRE_REQUEST_CRC * 4), crc32(0, sent, WIRE_REQUEST_CRC * 4));
    assert_int_not_equal(first->tag, second->tag);
    assert_int_not_equal(first->tag, 0); /* what our own loader greets with */
}

static void test_replies_are_found_among_noise(void **state)
{
    fixture *fix = *state;
    static const uint8_t noise[] = {0xE6, 0x9B, 0xE6, 0x9B, 0x3D, 0xA5, 0x00, 0xC0, 0xE6};
    const own_slot *a = ask(fix, 0), *b = ask(fix, BLOCK);
    fake_arrive(&fix->line, 0, noise, sizeof(noise));
    answer(fix, a);
    fake_arrive(&fix->line, 0, noise, sizeof(noise));
    answer(fix, b);
    wait_ok(fix);
    assert_done(fix, a);
    assert_int_equal(b->state, OWN_SLOT_ASKED);
    wait_ok(fix);
    assert_done(fix, b);
}

static void test_a_lost_byte_costs_its_own_block_only(void **state)
{
    fixture *fix = *state;
    const own_slot *a = ask(fix, 0), *b = ask(fix, BLOCK);
    reply_words words;
    good_words(fix, a, words);
    reply(fix, words, fix->flash, BLOCK - 1); /* the payload swallows the first byte of the next header */
    answer(fix, b);
    wait_ok(fix);
    assert_int_equal(a->state, OWN_SLOT_LOST);
    wait_ok(fix);
    assert_done(fix, b);
    assert_int_equal(fix->counts.lost, 1);
}

static void test_an_answer_tells_what_was_lost_before_it(void **state)
{
    fixture *fix = *state;
    own_slot *a = ask(fix, 0);
    const own_slot *b = ask(fix, BLOCK), *c = ask(fix, 2 * BLOCK);
    answer(fix, b);
    wait_ok(fix);
    assert_int_equal(a->state, OWN_SLOT_LOST);
    assert_done(fix, b);
    assert_int_equal(c->state, OWN_SLOT_ASKED);
    const uint32_t tag = a->tag;
    assert_int_equal(own_link_ask_again(fix->link, a, &fix->err), ESPBAK_OK);
    assert_int_not_equal(a->tag, tag);
    assert_int_equal(a->tries, 2);
    answer(fix, c);
    answer(fix, a);
    wait_ok(fix);
    wait_ok(fix);
    assert_done(fix, a);
    assert_done(fix, c);
}

/* A deflate stream without header, as the ROMs' compressors make it. */
static size_t deflated(uint8_t *out, size_t room, const void *bytes, size_t size)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -13, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    const size_t used = room - z.avail_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    return used;
}

static void answer_deflated(fixture *fix, const own_slot *slot, size_t size)
{
    static uint8_t packed[8 * BLOCK];
    reply_words words;
    good_words(fix, slot, words);
    words[WIRE_REPLY_KIND] = WIRE_KIND_DEFLATE;
    words[WIRE_REPLY_PAYLOAD] = (uint32_t)deflated(packed, sizeof(packed), fix->flash + slot->address, size);
    reply(fix, words, packed, words[WIRE_REPLY_PAYLOAD]);
}

static void test_deflated_and_blank_blocks(void **state)
{
    fixture *fix = *state;
    memset(fix->flash + BLOCK, 0xFF, BLOCK);
    memset(fix->flash, 7, BLOCK);
    const own_slot *a = ask(fix, 0), *b = ask(fix, BLOCK);
    reply_words words;
    answer_deflated(fix, a, BLOCK);
    good_words(fix, b, words);
    words[WIRE_REPLY_KIND] = WIRE_KIND_BLANK;
    words[WIRE_REPLY_PAYLOAD] = 0;
    reply(fix, words, NULL, 0);
    wait_ok(fix);
    wait_ok(fix);
    assert_done(fix, a);
    assert_done(fix, b);
    assert_true(a->payload < BLOCK / 8);
    assert_int_equal(b->payload, 0);
}

/* One that inflates to more or less than was asked for, and one that says blank where the sum disagrees. */
static void test_contents_that_do_not_fit_are_no_answer(void **state)
{
    fixture *fix = *state;
    memset(fix->flash, 7, sizeof(fix->flash));
    static const size_t sizes[] = {4 * BLOCK, BLOCK + 1, BLOCK - 1, 0};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        own_slot *slot = ask(fix, 0);
        answer_deflated(fix, slot, sizes[i]);
        wait_ok(fix);
        assert_int_equal(slot->state, OWN_SLOT_LOST);
        slot->state = OWN_SLOT_FREE;
    }
    own_slot *slot = ask(fix, 0);
    reply_words words;
    good_words(fix, slot, words);
    words[WIRE_REPLY_KIND] = WIRE_KIND_BLANK;
    words[WIRE_REPLY_PAYLOAD] = 0;
    reply(fix, words, NULL, 0);
    wait_ok(fix);
    assert_int_equal(slot->state, OWN_SLOT_LOST);
}

/* Headers whose own checksum is right, and which lie. What comes behind them is found. */
static void test_headers_that_do_not_fit_are_passed_over(void **state)
{
    fixture *fix = *state;
    static const struct {
        unsigned word;
        uint32_t value;
    } lies[] = {
        {WIRE_REPLY_TAG, 0},
        {WIRE_REPLY_TAG, 0xFFFFFFFF},
        {WIRE_REPLY_ADDRESS, BLOCK},
        {WIRE_REPLY_RAW, BLOCK * 2},
        {WIRE_REPLY_RAW, 0xFFFFFFFF},
        {WIRE_REPLY_PAYLOAD, 0xFFFFFFFF},
        {WIRE_REPLY_PAYLOAD, BLOCK + 1},
        {WIRE_REPLY_PAYLOAD, 0},
        {WIRE_REPLY_KIND, WIRE_KIND_DIGESTS},
        {WIRE_REPLY_KIND, WIRE_KIND_INFO},
        {WIRE_REPLY_KIND, WIRE_KIND_DONE},
        {WIRE_REPLY_KIND, WIRE_KIND_BLANK},
        {WIRE_REPLY_KIND, WIRE_KIND_DEFLATE}, /* as long as the block: ours never does that */
        {WIRE_REPLY_KIND, WIRE_KIND_REFUSED},
        {WIRE_REPLY_KIND, 0xFF},
    };
    const own_slot *slot = ask(fix, 0);
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        reply_words words;
        good_words(fix, slot, words);
        words[lies[i].word] = lies[i].value;
        reply(fix, words, NULL, 0);
    }
    answer(fix, slot);
    wait_ok(fix);
    assert_done(fix, slot);
}

/* Sixteen bytes for each part, or none of it counts. */
static void test_digests_are_as_many_as_were_asked_for(void **state)
{
    fixture *fix = *state;
    static const uint32_t ops[] = {WIRE_OP_MD5, WIRE_OP_SHA256};
    enum { PARTS = 4, WHOLE = PARTS * WIRE_DIGEST_SIZE };
    static const uint32_t others[] = {0, 4, WHOLE - WIRE_DIGEST_SIZE, WHOLE - 4, WHOLE + 4, WHOLE + WIRE_DIGEST_SIZE};
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        own_slot *slot = own_link_free_slot(fix->link);
        assert_int_equal(own_link_ask(fix->link, slot, ops[i], 0, BLOCK, BLOCK / PARTS, &fix->err), ESPBAK_OK);
        for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
            const uint32_t size = others[k];
            reply_words words;
            good_words(fix, slot, words);
            words[WIRE_REPLY_KIND] = WIRE_KIND_DIGESTS;
            words[WIRE_REPLY_PAYLOAD] = size;
            words[WIRE_REPLY_RAW_CRC] = (uint32_t)crc32(0, fix->flash, size);
            reply(fix, words, fix->flash, size);
        }
        reply_words words;
        good_words(fix, slot, words);
        words[WIRE_REPLY_KIND] = WIRE_KIND_DIGESTS;
        words[WIRE_REPLY_PAYLOAD] = WHOLE;
        words[WIRE_REPLY_RAW_CRC] = (uint32_t)crc32(0, fix->flash + BLOCK, WHOLE);
        reply(fix, words, fix->flash + BLOCK, WHOLE);
        wait_ok(fix);
        assert_int_equal(slot->state, OWN_SLOT_DONE);
        assert_int_equal(slot->size, WHOLE);
        assert_memory_equal(slot->bytes, fix->flash + BLOCK, WHOLE);
        slot->state = OWN_SLOT_FREE;
    }
}

static void test_a_refusal_is_told(void **state)
{
    fixture *fix = *state;
    own_slot *slot = ask(fix, BLOCK);
    reply_words words;
    good_words(fix, slot, words);
    words[WIRE_REPLY_KIND] = WIRE_KIND_REFUSED | WIRE_STATUS_FLASH << 8;
    words[WIRE_REPLY_PAYLOAD] = 0;
    reply(fix, words, NULL, 0);
    wait_ok(fix);
    assert_int_equal(slot->state, OWN_SLOT_REFUSED);
    assert_int_equal(own_answer_refusal(slot, &fix->err), ESPBAK_E_DEVICE);
    assert_string_equal(fix->err.message, "the chip cannot read its flash at 0x1000");
}

static void test_silence_ends(void **state)
{
    fixture *fix = *state;
    own_slot *a = ask(fix, 0);
    const own_slot *b = ask(fix, BLOCK);
    unsigned times = 0;
    while (own_link_wait(fix->link, &fix->err) == ESPBAK_OK) {
        assert_int_equal(a->state, OWN_SLOT_LOST);
        assert_int_equal(b->state, times == 0 ? OWN_SLOT_LOST : b->state);
        assert_true(++times < 20);
        assert_int_equal(own_link_ask_again(fix->link, a, &fix->err), ESPBAK_OK);
    }
    assert_int_equal(fix->err.status, ESPBAK_E_LINK);
    assert_true(fix->line.now < 60 * ESPBAK_S);
}

/* A line that never falls silent, and says nothing. */
static espbak_status babble(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                            espbak_error *err)
{
    (void)timeout;
    (void)err;
    memset(buffer, 0xE6, capacity);
    *got = capacity;
    ((fake_line *)impl)->now += (espbak_time)capacity * 10;
    return ESPBAK_OK;
}

static void test_babble_ends(void **state)
{
    fixture *fix = *state;
    static const espbak_transport_caps caps = {.baud = true};
    static const espbak_usb_id usb;
    static espbak_transport_ops ops; /* outlives the transport */
    ops = fake_line_ops;
    ops.read = babble;
    espbak_transport_close(fix->session.transport);
    assert_int_equal(
        espbak_transport_wrap(&fix->session.transport, &ops, &fix->line, "fake:", &caps, &usb, &fix->clock, &fix->err),
        ESPBAK_OK);
    own_slot *slot = ask(fix, 0);
    for (unsigned times = 0; own_link_wait(fix->link, &fix->err) == ESPBAK_OK; times++) {
        assert_true(times < 20);
        assert_int_equal(own_link_ask_again(fix->link, slot, &fix->err), ESPBAK_OK);
    }
    assert_int_equal(fix->err.status, ESPBAK_E_LINK);
    assert_true(fix->line.now < 120 * ESPBAK_S);
}

/* What was given up comes after all: the next time more patience is shown. */
static void test_deadlines_learn_from_late_answers(void **state)
{
    fixture *fix = *state;
    own_slot *slot = ask(fix, 0);
    wait_ok(fix);
    assert_int_equal(slot->state, OWN_SLOT_LOST);
    const espbak_time before = fix->link->slack;
    const own_slot late = *slot;
    assert_int_equal(own_link_ask_again(fix->link, slot, &fix->err), ESPBAK_OK);
    answer(fix, &late);
    answer(fix, slot);
    wait_ok(fix);
    assert_done(fix, slot);
    assert_true(fix->link->slack > before);
}

static void test_too_much_is_not_asked_for(void **state)
{
    fixture *fix = *state;
    own_slot *slot = own_link_free_slot(fix->link);
    assert_int_equal(own_link_ask(fix->link, slot, WIRE_OP_READ, 0, WIRE_BLOCK_MOST + 4, 0, &fix->err),
                     ESPBAK_E_INTERNAL);
    assert_int_equal(own_link_wait(fix->link, &fix->err), ESPBAK_E_INTERNAL);
    for (unsigned i = 0; i < OWN_SLOTS; i++)
        ask(fix, 0);
    assert_null(own_link_free_slot(fix->link));
}

TEST_GROUP(own_link)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_request_is_what_wire_h_says, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_replies_are_found_among_noise, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_a_lost_byte_costs_its_own_block_only, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_an_answer_tells_what_was_lost_before_it, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_deflated_and_blank_blocks, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_contents_that_do_not_fit_are_no_answer, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_headers_that_do_not_fit_are_passed_over, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_digests_are_as_many_as_were_asked_for, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_a_refusal_is_told, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_silence_ends, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_babble_ends, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_deadlines_learn_from_late_answers, open_link, close_link),
        cmocka_unit_test_setup_teardown(test_too_much_is_not_asked_for, open_link, close_link),
    };
    return RUN_GROUP(tests);
}
