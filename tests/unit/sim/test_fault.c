/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "sim/line/fault.h"
#include "support/group.h"

static sim_fault_plan plan_of(const char *text)
{
    sim_fault_plan plan = {0};
    espbak_error err = {0};
    if (sim_fault_parse(&plan, text, &err) != ESPBAK_OK)
        fail_msg("%s: %s", text, err.message);
    return plan;
}

static void test_kinds_are_told_apart_by_their_whole_name(void **state)
{
    (void)state;
    const sim_fault_plan plan = plan_of("flip-at:70000+flip.to:1e-3+mute:0x20000");
    assert_true(plan.amount[SIM_FROM_CHIP][SIM_FAULT_FLIP_AT] == 70000.0);
    assert_true(plan.amount[SIM_TO_CHIP][SIM_FAULT_FLIP] == 1e-3);
    assert_true(plan.amount[SIM_FROM_CHIP][SIM_FAULT_FLIP] == 0.0);
    sim_fault_plan bad = {0};
    espbak_error err = {0};
    assert_true(plan_of("lie-write:0.5").amount[SIM_FROM_CHIP][SIM_FAULT_LIE] == 0.0);
    assert_int_equal(sim_fault_parse(&bad, "flip:2", &err), ESPBAK_E_USAGE);
    assert_int_equal(sim_fault_parse(&bad, "lie:2", &err), ESPBAK_E_USAGE);
    assert_int_equal(sim_fault_parse(&bad, "flop:0.1", &err), ESPBAK_E_USAGE);
}

/* Bytes that come out of a thousand zeros, and where the first differs. */
static unsigned pass(const char *text, unsigned *wrong_at, unsigned *stalls)
{
    const sim_fault_plan plan = plan_of(text);
    sim_fault_stream stream;
    unsigned count = 0;
    sim_fault_start(&stream, &plan, SIM_FROM_CHIP, 1);
    *wrong_at = *stalls = 0;
    for (unsigned i = 1; i <= 1000; i++) {
        uint8_t out[2];
        unsigned stall;
        const unsigned got = sim_fault_byte(&stream, 0, out, &stall);
        if (*wrong_at == 0 && (got != 1 || out[0] != 0))
            *wrong_at = i;
        *stalls += stall != 0;
        count += got;
    }
    return count;
}

static void test_what_happens_once_happens_there(void **state)
{
    (void)state;
    unsigned at, stalls;
    assert_int_equal(pass("flip-at:500", &at, &stalls), 1000);
    assert_int_equal(at, 500);
    assert_int_equal(pass("bit-at:4003", &at, &stalls), 1000); /* byte 500, bit 3 */
    assert_int_equal(at, 500);
    assert_int_equal(pass("drop-at:500", &at, &stalls), 999);
    assert_int_equal(at, 500);
    assert_int_equal(pass("insert-at:500", &at, &stalls), 1001);
    assert_int_equal(at, 500);
    assert_int_equal(pass("stall-at:500", &at, &stalls), 1000);
    assert_int_equal(at, 0);
    assert_int_equal(stalls, 1);
    assert_int_equal(pass("cut:500", &at, &stalls), 500);
}

static void test_a_burst_is_a_run_of_wrong_bytes(void **state)
{
    (void)state;
    const sim_fault_plan plan = plan_of("burst-at:500");
    sim_fault_stream stream;
    unsigned first = 0, last = 0, wrong = 0;
    sim_fault_start(&stream, &plan, SIM_TO_CHIP, 7);
    for (unsigned i = 1; i <= 2000; i++) {
        uint8_t out[2];
        unsigned stall;
        assert_int_equal(sim_fault_byte(&stream, 0, out, &stall), 1);
        first = out[0] != 0 && first == 0 ? i : first;
        last = out[0] != 0 ? i : last;
        wrong += out[0] != 0;
    }
    assert_int_equal(first, 500);
    assert_int_equal(wrong, last - first + 1);
    assert_in_range(wrong, SIM_FAULT_BURST_LEAST, SIM_FAULT_BURST_MOST);
    assert_int_equal(stream.struck[SIM_FAULT_BURST_AT], 1);
}

static void test_what_happened_is_counted_and_nothing_else(void **state)
{
    (void)state;
    const sim_fault_plan plan = plan_of("lose:0.5+lie-data:0");
    sim_fault_stream stream;
    unsigned struck = 0;
    sim_fault_start(&stream, &plan, SIM_FROM_CHIP, 1);
    for (unsigned i = 0; i < 100; i++)
        struck += sim_fault_strikes(&stream, SIM_FAULT_LOSE) + sim_fault_strikes(&stream, SIM_FAULT_LIE_DATA);
    assert_in_range(struck, 30, 70);
    assert_int_equal(stream.struck[SIM_FAULT_LOSE], struck);
    assert_int_equal(stream.struck[SIM_FAULT_LIE_DATA], 0);
}

static void test_a_bad_sector_is_one_sector(void **state)
{
    (void)state;
    const sim_fault_plan bad = plan_of("mute:0x21234");
    sim_fault_stream plan;
    sim_fault_start(&plan, &bad, SIM_FROM_CHIP, 1);
    assert_true(sim_fault_covers(&plan, SIM_FAULT_MUTE, 0x21000, 1));
    assert_true(sim_fault_covers(&plan, SIM_FAULT_MUTE, 0x20FFF, 2));
    assert_true(sim_fault_covers(&plan, SIM_FAULT_MUTE, 0x21FFF, 1));
    assert_false(sim_fault_covers(&plan, SIM_FAULT_MUTE, 0x22000, 4096));
    assert_false(sim_fault_covers(&plan, SIM_FAULT_MUTE, 0x20000, 4096));
    assert_false(sim_fault_covers(&plan, SIM_FAULT_FLICKER, 0x21000, 4096));
}

TEST_GROUP(fault)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_are_told_apart_by_their_whole_name),
        cmocka_unit_test(test_what_happens_once_happens_there),
        cmocka_unit_test(test_a_burst_is_a_run_of_wrong_bytes),
        cmocka_unit_test(test_what_happened_is_counted_and_nothing_else),
        cmocka_unit_test(test_a_bad_sector_is_one_sector),
    };
    return RUN_GROUP(tests);
}
