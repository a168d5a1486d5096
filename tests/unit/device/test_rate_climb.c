/* SPDX-License-Identifier: Apache-2.0 */
/* A rate that finds itself: which ones are tried, on lines that are made up of rates and of what each of them loses. */
#include <stddef.h>
#include <stdint.h>

#include "device/rate/ladder_rates.h"
#include "device/rate/rate_steps.h"
#include "support/group.h"

enum { KB = 1000, MB = 1000 * 1000, BLOCK = 8 * KB, BLOCKS = 4, STEP_COST = 30 * ESPBAK_MS };

static const uint32_t usual[] = {3000000, 2000000, 1500000, 921600, 460800, 230400, 115200};
enum { USUAL = sizeof(usual) / sizeof(usual[0]) };

typedef struct line {
    ladder_rates rates;
    espbak_time now;
    uint32_t carries; /* the highest rate at which nothing is lost, */
    double loses;     /* and what part of the blocks is above it */
    uint32_t refuses; /* from this rate on changing fails; 0: never */
    double owed;
    unsigned ups, downs, failed;
} line;

static void start(line *l, uint32_t carries, double loses)
{
    *l = (line){.carries = carries, .loses = loses};
    ladder_rates_init_steps(&l->rates, usual, USUAL, 115200, 921600);
    ladder_rates_resume(&l->rates, 0);
}

static uint32_t rate_of(const line *l)
{
    return l->rates.list[l->rates.at].baud;
}

/* One chunk of some blocks; what is lost takes its time twice. */
static void read_chunk(line *l, uint32_t spot)
{
    ladder_sample sample = {.spot = spot, .bytes = BLOCKS * BLOCK, .blocks = BLOCKS};
    if (rate_of(l) > l->carries)
        l->owed += l->loses / (1 - l->loses) * BLOCKS;
    for (; l->owed >= 1; l->owed -= 1)
        sample.lost++;
    sample.blocks += sample.lost;
    l->now += (espbak_time)sample.blocks * BLOCK * 10 * ESPBAK_S / rate_of(l);
    sample.now = l->now;
    ladder_rates_note(&l->rates, &sample);
}

static void change(line *l, size_t to)
{
    const bool worked = l->refuses == 0 || l->rates.list[to].baud < l->refuses;
    l->ups += worked && to < l->rates.at;
    l->downs += to > l->rates.at;
    l->failed += !worked;
    l->now += STEP_COST;
    ladder_rates_moved(&l->rates, to, worked);
    ladder_rates_resume(&l->rates, l->now);
}

static void transfer(line *l, uint64_t bytes)
{
    for (uint64_t done = 0; done < bytes; done += BLOCKS * BLOCK) {
        size_t to = 0;
        read_chunk(l, (uint32_t)(done / BLOCK));
        if (ladder_rates_judge(&l->rates, bytes - done, &to))
            change(l, to);
    }
}

static void test_it_climbs_while_blocks_arrive_clean(void **state)
{
    (void)state;
    line l;
    start(&l, 3000000, 0);
    assert_true(ladder_rates_are_climbing(&l.rates));
    transfer(&l, 4 * MB);
    assert_int_equal(rate_of(&l), 3000000);
    assert_int_equal(l.ups, 3);
    assert_int_equal(l.downs, 0);
    assert_false(ladder_rates_are_climbing(&l.rates));
}

static void test_it_steps_back_once_and_stays(void **state)
{
    (void)state;
    line l;
    start(&l, 1500000, 0.5);
    transfer(&l, 64 * MB);
    assert_int_equal(rate_of(&l), 1500000);
    assert_int_equal(l.ups, 2);
    assert_int_equal(l.downs, 1);
    assert_false(ladder_rates_are_climbing(&l.rates));
}

/* A tenth lost at a rate that is half as high again is worth it. */
static void test_a_rate_that_gives_more_than_it_costs_is_kept(void **state)
{
    (void)state;
    line l;
    start(&l, 1500000, 0.1);
    transfer(&l, 8 * MB);
    assert_int_equal(rate_of(&l), 3000000);
    assert_int_equal(l.downs, 0);
}

static void test_a_rate_that_cannot_be_changed_to_is_tried_twice(void **state)
{
    (void)state;
    line l;
    start(&l, 5000000, 0);
    l.refuses = 2000000;
    transfer(&l, 64 * MB);
    assert_int_equal(rate_of(&l), 1500000);
    assert_int_equal(l.failed, 2);
}

static void test_nothing_is_tried_for_a_few_bytes(void **state)
{
    (void)state;
    line l;
    start(&l, 3000000, 0);
    transfer(&l, 64 * KB);
    assert_int_equal(rate_of(&l), 921600);
    assert_int_equal(l.ups, 0);
}

/* Time in which the line could not be used says nothing about the rate; nor do bytes that take no time at all. */
static void test_blank_flash_is_no_slow_line(void **state)
{
    (void)state;
    line l;
    size_t to = 0;
    start(&l, 3000000, 0);
    transfer(&l, 4 * MB);
    for (unsigned i = 0; i < 100; i++) {
        l.now += 100 * ESPBAK_MS;
        const ladder_sample blank = {
            .now = l.now, .spot = i, .idle = 100 * ESPBAK_MS, .blocks = 50, .lost = i % 10 == 0};
        ladder_rates_note(&l.rates, &blank);
        assert_false(ladder_rates_judge(&l.rates, 4 * MB, &to));
    }
}

/* What was asked for stays what it is. */
static void test_a_given_rate_is_never_exceeded(void **state)
{
    (void)state;
    line l;
    start(&l, 3000000, 0);
    ladder_rates_init(&l.rates, 921600, 115200, 921600);
    transfer(&l, 16 * MB);
    assert_int_equal(rate_of(&l), 921600);
    assert_int_equal(l.ups, 0);
}

static const ports_bridge *bridge(uint16_t vid, uint16_t pid, const char *product)
{
    return ports_find_bridge(vid, pid, product);
}

static void test_only_rates_that_both_ends_can_make(void **state)
{
    (void)state;
    const struct {
        rate_ends ends;
        uint32_t highest[4];
    } rows[] = {
        {{bridge(0x10C4, 0xEA60, "CP2102"), 80000000, 16, 0}, {921600, 460800, 230400, 115200}},
        {{bridge(0x10C4, 0xEA60, "CP2104"), 40000000, 16, 0}, {2000000, 1500000, 921600, 460800}},
        {{bridge(0x10C4, 0xEA60, "CP2102N"), 40000000, 16, 0}, {3000000, 2000000, 1500000, 921600}},
        {{bridge(0x1A86, 0x7523, NULL), 32000000, 16, 0}, {3000000, 2000000, 1500000, 921600}},
        {{bridge(0x1A86, 0x55D4, NULL), 40000000, 16, 0}, {4000000, 3000000, 2000000, 1500000}},
        {{bridge(0x0403, 0x6014, NULL), 26000000, 16, 0}, {5000000, 4000000, 3000000, 2000000}},
        {{bridge(0x0403, 0x6014, NULL), 26000000, 16, 2000000}, {1500000, 921600, 460800, 230400}},
        {{NULL, 52000000, 1, 0}, {4000000, 3000000, 2000000, 1500000}}, /* 5.2 Mbaud is not 5 */
        {{NULL, 0, 16, 0}, {5000000, 4000000, 3000000, 2000000}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t steps[RATE_STEPS];
        assert_true(rate_steps(&rows[i].ends, steps) >= 4);
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(steps[k], rows[i].highest[k]);
    }
    assert_int_equal(rate_step_below(921600), 460800);
    assert_int_equal(rate_step_below(1000000), 921600);
    assert_int_equal(rate_step_below(115200), 0);
}

TEST_GROUP(rate_climb)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_climbs_while_blocks_arrive_clean),
        cmocka_unit_test(test_it_steps_back_once_and_stays),
        cmocka_unit_test(test_a_rate_that_gives_more_than_it_costs_is_kept),
        cmocka_unit_test(test_a_rate_that_cannot_be_changed_to_is_tried_twice),
        cmocka_unit_test(test_nothing_is_tried_for_a_few_bytes),
        cmocka_unit_test(test_blank_flash_is_no_slow_line),
        cmocka_unit_test(test_a_given_rate_is_never_exceeded),
        cmocka_unit_test(test_only_rates_that_both_ends_can_make),
    };
    return RUN_GROUP(tests);
}
