/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <string.h>

#include "support/own_requests.h"

static void test_says_hello_by_itself_and_when_asked(void **state)
{
    (void)state;
    core.waiting = 1;
    core.baud = 921600;
    run();
    ASK(5, WIRE_OP_HELLO, 0, 0, 0);
    run();
    for (uint32_t tag = 0; tag <= 5; tag += 5) {
        const reply got = take_reply();
        assert_reply(&got, tag, WIRE_KIND_INFO, WIRE_STATUS_OK);
        assert_int_equal(got.words[WIRE_REPLY_PAYLOAD], WIRE_INFO_WORDS * WIRE_WORD);
        assert_int_equal(got.words[WIRE_REPLY_RAW_CRC], hal_crc32(NULL, 0, got.payload, WIRE_INFO_WORDS * WIRE_WORD));
        static const uint32_t info[] = {WIRE_VERSION, 9, 3, FAKE_BLOCK, WIRE_QUEUE, 160, 921600};
        for (uint32_t i = 0; i < sizeof(info) / sizeof(info[0]); i++)
            assert_int_equal(word_at(got.payload, i), info[i]);
    }
    assert_no_reply();
}

static void test_finds_a_request_between_other_bytes(void **state)
{
    (void)state;
    static const uint32_t marks[] = {WIRE_REQUEST_MARK, WIRE_REQUEST_MARK, 1, WIRE_REQUEST_MARK};
    for (hal.in_at_once = 1; hal.in_at_once <= 64; hal.in_at_once++) {
        send_bytes("\xA9\xE5\xB7", hal.in_at_once % 4 % 3);
        send_bytes(marks, sizeof(marks));
        ASK(hal.in_at_once, WIRE_OP_HELLO, 0, 0, 0);
        expect(hal.in_at_once, WIRE_KIND_INFO, WIRE_STATUS_OK);
    }
    assert_no_reply();
}

static void test_a_spoiled_byte_costs_one_request(void **state)
{
    (void)state;
    uint32_t words[WIRE_REQUEST_WORDS];
    for (uint32_t i = 0; i < WIRE_REQUEST_SIZE; i++) {
        make_request(words, 1, WIRE_OP_HELLO, (const uint32_t[3]){0});
        uint8_t *const bytes = (uint8_t *)words;
        bytes[i] ^= (uint8_t)(1u << i % 8);
        send_bytes(bytes, sizeof(words));
        bytes[i] ^= (uint8_t)(1u << i % 8);
        send_bytes(bytes, i); /* one byte is missing */
        send_bytes(bytes + i + 1, (uint32_t)sizeof(words) - i - 1);
        ASK(i, WIRE_OP_HELLO, 0, 0, 0);
        expect(i, WIRE_KIND_INFO, WIRE_STATUS_OK);
        assert_no_reply();
    }
}

static void test_reads(void **state)
{
    (void)state;
    static const struct {
        uint32_t address, size, effort, deflated, kind, payload;
    } rows[] = {
        {0x1000, 0x1000, 0, 100, WIRE_KIND_RAW, 0x1000}, {0x1000, 0x1000, 0x4004, 100, WIRE_KIND_DEFLATE, 100},
        {0x1004, 0x2C, 32, 0x2C, WIRE_KIND_RAW, 0x2C},   {0x1004, 0x2C, 32, 0x2B, WIRE_KIND_DEFLATE, 0x2B},
        {0x1004, 0x2C, 32, 0x2D, WIRE_KIND_RAW, 0x2C},   {0x8000, 0x1000, 32, 10, WIRE_KIND_BLANK, 0},
        {0x9000, 0x800, 0, 10, WIRE_KIND_BLANK, 0},      {0x8000, 0x1000, 0, 10, WIRE_KIND_BLANK, 0},
        {0x7FFC, 0x1000, 32, 10, WIRE_KIND_DEFLATE, 10}, {0xBFFC, 8, 0, 10, WIRE_KIND_RAW, 8},
    };
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hal.deflated_size = rows[i].deflated;
        ASK(i, WIRE_OP_READ, rows[i].address, rows[i].size, rows[i].effort);
        run();
        const reply got = take_reply();
        assert_reply(&got, i, rows[i].kind, WIRE_STATUS_OK);
        assert_int_equal(got.words[WIRE_REPLY_ADDRESS], rows[i].address);
        assert_int_equal(got.words[WIRE_REPLY_RAW], rows[i].size);
        assert_int_equal(got.words[WIRE_REPLY_PAYLOAD], rows[i].payload);
        assert_int_equal(got.words[WIRE_REPLY_RAW_CRC], hal_crc32(NULL, 0, hal.flash + rows[i].address, rows[i].size));
        if (rows[i].kind == WIRE_KIND_RAW)
            assert_memory_equal(got.payload, hal.flash + rows[i].address, rows[i].size);
        if (rows[i].kind == WIRE_KIND_DEFLATE)
            assert_int_equal(hal.effort, rows[i].effort);
        for (uint32_t k = 0; rows[i].kind == WIRE_KIND_DEFLATE && k < rows[i].payload; k++)
            assert_int_equal(got.payload[k], 0x5A);
    }
    assert_no_reply();
}

static void test_refuses(void **state)
{
    (void)state;
    static const struct {
        uint32_t op, address, length, argument, status;
    } rows[] = {
        {WIRE_OP_READ, 2, 0x1000, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_READ, 0, 0x0FFE, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_READ, 0, 0, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_READ, 0, FAKE_BLOCK + 4, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_READ, FLASH_SIZE, 0x1000, 0, WIRE_STATUS_FLASH},
        {WIRE_OP_READ, 0xFFFFFFFC, 0x1000, 0, WIRE_STATUS_FLASH},
        {WIRE_OP_CRC32, 2, 0x1000, 0x1000, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_CRC32, 0, 0x1000, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_CRC32, 0, 0x1000, 2, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_CRC32, 0, 0, 0x1000, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_CRC32, 0, FAKE_BLOCK + 4, 4, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_MD5, 0, FAKE_BLOCK, 4, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_CRC32, FLASH_SIZE - 0x1000, 0x2000, 0x1000, WIRE_STATUS_FLASH},
        {WIRE_OP_MD5, FLASH_SIZE - 0x1000, 0x2000, 0x2000, WIRE_STATUS_FLASH},
        {WIRE_OP_SHA256, 0, FAKE_BLOCK, 4, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_SHA256, 2, 0x1000, 0x1000, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_SHA256, FLASH_SIZE - 0x1000, 0x2000, 0x2000, WIRE_STATUS_FLASH},
        {WIRE_OP_BAUD, 0, 0, 115200, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_BAUD, 0, 500, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OPS, 0, 0x1000, 0, WIRE_STATUS_BAD_REQUEST},
        {0xFFFFFFFF, 0, 0x1000, 0, WIRE_STATUS_BAD_REQUEST},
    };
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ASK(i, rows[i].op, rows[i].address, rows[i].length, rows[i].argument);
        run();
        const reply got = take_reply();
        assert_reply(&got, i, WIRE_KIND_REFUSED, rows[i].status);
        assert_int_equal(got.words[WIRE_REPLY_PAYLOAD], 0);
        assert_int_equal(got.words[WIRE_REPLY_ADDRESS], rows[i].address);
    }
    assert_no_reply();
}

static void test_digests(void **state)
{
    (void)state;
    static const struct {
        uint32_t address, length, each;
    } rows[] = {{0, 0x3000, 0x1000}, {0x1004, 0x2FFE, 0x1000}, {4, 0x3001, 0x2000},
                {0, 4, 4},           {0, 1, 0x1000},           {0x8000, 0x400, 4}};
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint32_t count = (rows[i].length + rows[i].each - 1) / rows[i].each;
        ASK(i, WIRE_OP_CRC32, rows[i].address, rows[i].length, rows[i].each);
        ASK(i, WIRE_OP_MD5, rows[i].address, rows[i].length, rows[i].each);
        ASK(i, WIRE_OP_SHA256, rows[i].address, rows[i].length, rows[i].each);
        run();
        const reply crcs = take_reply(), md5s = take_reply(), sha256s = take_reply();
        const reply *const others[] = {&md5s, &sha256s};
        assert_reply(&crcs, i, WIRE_KIND_DIGESTS, WIRE_STATUS_OK);
        assert_int_equal(crcs.words[WIRE_REPLY_PAYLOAD], count * WIRE_CRC32_SIZE);
        for (uint32_t kind = 0; kind < 2; kind++)
            assert_reply(others[kind], i, count > FAKE_BLOCK / 16 ? WIRE_KIND_REFUSED : WIRE_KIND_DIGESTS,
                         count > FAKE_BLOCK / 16 ? WIRE_STATUS_BAD_REQUEST : WIRE_STATUS_OK);
        for (uint32_t at = 0, k = 0; at < rows[i].length; at += rows[i].each, k++) {
            const uint32_t left = rows[i].length - at, size = left < rows[i].each ? left : rows[i].each;
            const uint8_t *const bytes = hal.flash + rows[i].address + at;
            assert_int_equal(word_at(crcs.payload, k), hal_crc32(NULL, 0, bytes, size));
            for (uint32_t kind = 0; kind < 2 && count <= FAKE_BLOCK / 16; kind++) {
                hal_digest_begin(&hal, kind == 0 ? HAL_MD5 : HAL_SHA256);
                hal_digest_update(&hal, kind == 0 ? HAL_MD5 : HAL_SHA256, bytes, size);
                assert_int_equal(others[kind]->payload[(size_t)k * WIRE_DIGEST_SIZE + 3], hal.digest_sum & 0xFF);
            }
        }
    }
    assert_no_reply();
}

static void test_answers_what_waits_in_order(void **state)
{
    (void)state;
    for (uint32_t tag = 1; tag <= WIRE_QUEUE + 3; tag++)
        ASK(tag, WIRE_OP_READ, tag * 4, 4, 0);
    hal.in_at_once = WIRE_REQUEST_SIZE;
    hal.out_room = 0; /* the first reply cannot leave */
    for (int i = 0; i < WIRE_QUEUE + 3; i++)
        loader_core_step(&core);
    hal.out_room = 5;
    run();
    for (uint32_t tag = 1; tag <= WIRE_QUEUE + 1; tag++) {
        const reply got = take_reply();
        assert_reply(&got, tag, WIRE_KIND_RAW, WIRE_STATUS_OK);
        assert_memory_equal(got.payload, hal.flash + (size_t)tag * 4, 4);
    }
    assert_no_reply(); /* those that did not fit are forgotten */
    ASK(99, WIRE_OP_HELLO, 0, 0, 0);
    expect(99, WIRE_KIND_INFO, WIRE_STATUS_OK);
}

static void test_cancel_forgets_what_waits(void **state)
{
    (void)state;
    for (uint32_t tag = 1; tag <= 5; tag++)
        ASK(tag, WIRE_OP_READ, 0, 0x1000, 0);
    hal.out_room = 100;
    for (int i = 0; i < 6; i++)
        loader_core_step(&core);
    assert_in_range(hal.out_size, 100, 0x0FFF); /* the first is under way */
    assert_true(core.waiting > 0);
    ASK(6, WIRE_OP_CANCEL, 0, 0, 0);
    hal.out_room = 0;
    loader_core_step(&core);
    assert_int_equal(hal.out_dropped, 1);
    replies_seen = hal.out_size;
    hal.out_room = BYTES_MOST;
    expect(6, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_no_reply();
}

static void test_changes_the_rate_after_the_answer(void **state)
{
    (void)state;
    ASK(1, WIRE_OP_BAUD, 0, 500, 921600);
    expect(1, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_int_equal(hal.baud, 921600);
    assert_int_equal(hal.out_when_baud_changed, WIRE_REPLY_SIZE);
    hal.milliseconds = 499;
    ASK(2, WIRE_OP_HELLO, 0, 0, 0); /* heard: the rate is right */
    run();
    const reply got = take_reply();
    assert_int_equal(word_at(got.payload, WIRE_INFO_BAUD), 921600);
    hal.milliseconds = 5000;
    run();
    assert_int_equal(hal.baud, 921600);
}

static void test_returns_to_the_old_rate(void **state)
{
    (void)state;
    ASK(1, WIRE_OP_BAUD, 0, 500, 921600);
    run();
    assert_int_equal(hal.baud, 921600);
    hal.milliseconds = 500;
    run();
    assert_int_equal(hal.baud, 0); /* as the ROM left it */
    ASK(1, WIRE_OP_BAUD, 0, 500, 460800);
    ASK(2, WIRE_OP_HELLO, 0, 0, 0);
    run();
    ASK(3, WIRE_OP_HELLO, 0, 0, 0);
    run();
    hal.milliseconds = 0xFFFFFF00; /* where the clock wraps around */
    ASK(4, WIRE_OP_BAUD, 0, 500, 921600);
    run();
    assert_int_equal(hal.baud, 921600);
    send_bytes("noise that is no request", 24);
    hal.milliseconds += 499;
    run();
    assert_int_equal(hal.baud, 921600);
    hal.milliseconds++;
    run();
    assert_int_equal(hal.baud, 460800);
    hal.milliseconds += 5000;
    run();
    assert_int_equal(hal.baud, 460800); /* where it had been heard */
}

static void test_an_impossible_rate_changes_nothing(void **state)
{
    (void)state;
    hal.baud_impossible = 12345;
    ASK(1, WIRE_OP_BAUD, 0, 500, 12345);
    expect(1, WIRE_KIND_DONE, WIRE_STATUS_OK);
    hal.milliseconds = 1000;
    ASK(2, WIRE_OP_HELLO, 0, 0, 0);
    run();
    const reply got = take_reply();
    assert_int_equal(word_at(got.payload, WIRE_INFO_BAUD), 0);
    assert_int_equal(hal.out_when_baud_changed, 0);
}

static void test_sets_the_flash_up(void **state)
{
    (void)state;
    ASK(1, WIRE_OP_FLASH, 0, 0x400000, 7);
    expect(1, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_int_equal(hal.flash_size, 0x400000);
    assert_int_equal(hal.flash_argument, 7);
    hal.setup_fails = true;
    ASK(2, WIRE_OP_FLASH, 0, 0x400000, 7);
    expect(2, WIRE_KIND_REFUSED, WIRE_STATUS_FLASH);
}

static void test_leaves_after_the_answer(void **state)
{
    (void)state;
    ASK(1, WIRE_OP_LEAVE, 0, 0, WIRE_LEAVE_ROM);
    hal.out_room = 3;
    expect(1, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_true(hal.left);
    assert_int_equal(hal.left_how, WIRE_LEAVE_ROM);
    assert_int_equal(hal.out_when_left, WIRE_REPLY_SIZE);
}

TEST_GROUP(core)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_says_hello_by_itself_and_when_asked, start),
        cmocka_unit_test_setup(test_finds_a_request_between_other_bytes, start),
        cmocka_unit_test_setup(test_a_spoiled_byte_costs_one_request, start),
        cmocka_unit_test_setup(test_reads, start),
        cmocka_unit_test_setup(test_refuses, start),
        cmocka_unit_test_setup(test_digests, start),
        cmocka_unit_test_setup(test_answers_what_waits_in_order, start),
        cmocka_unit_test_setup(test_cancel_forgets_what_waits, start),
        cmocka_unit_test_setup(test_changes_the_rate_after_the_answer, start),
        cmocka_unit_test_setup(test_returns_to_the_old_rate, start),
        cmocka_unit_test_setup(test_an_impossible_rate_changes_nothing, start),
        cmocka_unit_test_setup(test_sets_the_flash_up, start),
        cmocka_unit_test_setup(test_leaves_after_the_answer, start),
    };
    return RUN_GROUP(tests);
}
