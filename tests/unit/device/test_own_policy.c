/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "device/loader/own/policy.h"
#include "firmware/wire.h"
#include "support/group.h"

static const own_conditions usual = {
    .line_rate = 92160,
    .round_trip = 2 * ESPBAK_MS,
    .cpu_mhz = 160,
    .deflate = true,
    .block_most = WIRE_BLOCK_MOST,
    .queue = WIRE_QUEUE,
};

static own_manner with_error_rate(double rate)
{
    own_conditions c = usual;
    c.error_rate = rate;
    return own_policy(&c);
}

static void test_blocks_get_shorter_as_errors_rise(void **state)
{
    (void)state;
    static const double rates[] = {0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1};
    uint32_t before = UINT32_MAX;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        const uint32_t block = with_error_rate(rates[i]).block;
        assert_true(block <= before && block >= 1024 && block <= WIRE_BLOCK_MOST);
        assert_int_equal(block % WIRE_ALIGNMENT, 0);
        before = block;
    }
    assert_int_equal(with_error_rate(0).block, 16 * 1024);
    assert_int_equal(with_error_rate(1).block, 1024);
    assert_true(with_error_rate(1.0 / 20000).block <= 4096);
}

static void test_the_own_loader_has_the_last_word_on_blocks_and_queue(void **state)
{
    (void)state;
    own_conditions c = usual;
    c.block_most = WIRE_BLOCK_LEAST;
    c.queue = 1;
    c.round_trip = 100 * ESPBAK_MS;
    const own_manner manner = own_policy(&c);
    assert_int_equal(manner.block, WIRE_BLOCK_LEAST);
    assert_int_equal(manner.window, 2);
}

static void test_compression_is_as_hard_as_the_line_lets_it_be(void **state)
{
    (void)state;
    static const struct {
        uint32_t line_rate, mhz;
        double ratio;
        uint32_t effort;
        bool some_raw;
    } rows[] = {
        {11520, 160, 0, 128, false}, /* time enough */
        {92160, 160, 0, 128, false},
        {92160, 72, 0, 32, false},
        {92160, 40, 0, WIRE_GREEDY | 4, true}, /* the clock of the ROMs */
        {200000, 160, 0, 32, false},
        {1000000, 160, 0, WIRE_GREEDY | 4, true},
        {92160, 40, 0.3, WIRE_GREEDY | 4, true},
        {92160, 40, 0.1, WIRE_GREEDY | 4, false}, /* a byte on the line stands for ten */
        {92160, 40, 1, WIRE_GREEDY | 4, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        own_conditions c = usual;
        c.line_rate = rows[i].line_rate;
        c.cpu_mhz = rows[i].mhz;
        c.ratio = rows[i].ratio;
        const own_manner manner = own_policy(&c);
        assert_int_equal(manner.effort, rows[i].effort);
        assert_int_equal(manner.raw_share > 0, rows[i].some_raw);
        assert_true(manner.raw_share < 1); /* or nobody would notice that the contents have changed */
        c.deflate = false;
        assert_int_equal(own_policy(&c).effort, 0);
    }
}

/* Where the processor is the slower one, both are busy all the time: the sum of blocks takes each of them as long. */
static void test_raw_blocks_keep_the_line_busy(void **state)
{
    (void)state;
    own_conditions c = usual;
    double before = 0;
    for (c.cpu_mhz = 48; c.cpu_mhz >= 12; c.cpu_mhz /= 2) {
        const double share = own_policy(&c).raw_share;
        assert_true(share > before);
        before = share;
    }
    c.cpu_mhz = 40;
    before = own_policy(&c).raw_share;
    c.pace = 1.5; /* faster than its clock says */
    assert_true(own_policy(&c).raw_share < before);
}

static void test_the_window_covers_the_latency(void **state)
{
    (void)state;
    own_conditions c = usual;
    c.round_trip = 0;
    assert_int_equal(own_policy(&c).window, 4);
    c.round_trip = 32 * ESPBAK_MS;
    assert_int_equal(own_policy(&c).window, WIRE_QUEUE + 1);
    c.careful = true;
    assert_int_equal(own_policy(&c).window, 2);
    assert_int_equal(own_policy(&c).block, 4096);
}

static void test_work_is_known_for_what_takes_time(void **state)
{
    (void)state;
    const espbak_time block = own_policy_work(WIRE_OP_READ, 16384, 128, 160);
    assert_true(block > 10 * ESPBAK_MS && block < ESPBAK_S);
    assert_true(own_policy_work(WIRE_OP_READ, 16384, 128, 0) > 3 * block); /* 40 MHz where nothing is known */
    assert_true(own_policy_work(WIRE_OP_READ, 16384, 0, 160) < block / 4);
    assert_true(own_policy_work(WIRE_OP_MD5, 1 << 20, 4096, 160) > 100 * ESPBAK_MS);
    assert_int_equal(own_policy_work(WIRE_OP_HELLO, 0, 0, 160), 0);
}

TEST_GROUP(own_policy)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_get_shorter_as_errors_rise),
        cmocka_unit_test(test_the_own_loader_has_the_last_word_on_blocks_and_queue),
        cmocka_unit_test(test_compression_is_as_hard_as_the_line_lets_it_be),
        cmocka_unit_test(test_raw_blocks_keep_the_line_busy),
        cmocka_unit_test(test_the_window_covers_the_latency),
        cmocka_unit_test(test_work_is_known_for_what_takes_time),
    };
    return RUN_GROUP(tests);
}
