/* SPDX-License-Identifier: Apache-2.0 */
/* What the ladder decides, on lines that are made up of a rate, errors and the time that each costs. */
#include <stddef.h>
#include <stdint.h>

#include "device/visit/ladder.h"
#include "support/group.h"

enum { KB = 1000, MB = 1000 * 1000, UNIT = 1024, ERROR_COST = 200 * ESPBAK_MS, STEP_COST = 150 * ESPBAK_MS };

typedef struct line {
    ladder_rates rates;
    espbak_time now;
    double per_byte[LADDER_RATES]; /* errors at each of the rates */
    double owed;                   /* errors that are due, in parts of one */
    unsigned steps, ups;
    uint32_t place;
    bool fixed; /* the rate is left alone */
    bool rough; /* it was so at some time */
} line;

static void note(ladder_rates *rates, espbak_time now, uint32_t spot, uint64_t bytes, bool failed)
{
    const ladder_sample sample = {.now = now, .spot = spot, .bytes = bytes, .failed = failed};
    ladder_rates_note(rates, &sample);
}

static void start(line *l, uint32_t asked)
{
    *l = (line){0};
    ladder_rates_init(&l->rates, asked, 115200, asked);
    ladder_rates_resume(&l->rates, 0);
}

static uint32_t rate_of(const line *l)
{
    return l->rates.list[l->rates.at].baud;
}

static void judge(line *l, uint64_t left)
{
    size_t to = 0;
    l->rough = l->rough || ladder_rates_are_rough(&l->rates);
    if (l->fixed || !ladder_rates_judge(&l->rates, left, &to))
        return;
    assert_true(to < l->rates.count);
    assert_int_not_equal(to, l->rates.at);
    l->steps++;
    l->ups += to < l->rates.at;
    l->now += STEP_COST;
    ladder_rates_moved(&l->rates, to, true);
    ladder_rates_resume(&l->rates, l->now);
}

/* Whether an error struck that led to another rate. */
static bool suffer(line *l, uint64_t left)
{
    const size_t at = l->rates.at;
    for (; l->owed >= 1 && l->rates.at == at; l->owed -= 1) {
        l->now += ERROR_COST;
        note(&l->rates, l->now, l->place++, 0, true);
        judge(l, left);
    }
    return l->rates.at != at;
}

/* Read so many bytes; what it took. */
static espbak_time transfer(line *l, uint64_t bytes)
{
    const espbak_time begun = l->now;
    for (uint64_t left = bytes; left > 0;) {
        const uint64_t size = left < UNIT ? left : UNIT;
        l->owed += l->per_byte[l->rates.at] * (double)size;
        if (suffer(l, left)) {
            l->owed = 0;
            continue;
        }
        l->now += (espbak_time)(size * 10 * ESPBAK_S / rate_of(l));
        note(&l->rates, l->now, l->place++, size, false);
        left -= size;
        judge(l, left);
    }
    return l->now - begun;
}

static void test_rates_lie_between_what_was_asked_for_and_where_the_loader_was_found(void **state)
{
    (void)state;
    static const struct {
        uint32_t asked, floor, list[6];
    } rows[] = {
        {921600, 115200, {921600, 460800, 230400, 115200}},
        {2000000, 115200, {2000000, 921600, 460800, 230400, 115200}},
        {3000000, 115200, {3000000, 2000000, 921600, 460800, 230400, 115200}},
        {115200, 115200, {115200}},
        {57600, 57600, {57600}},
        {230400, 74880, {230400, 115200, 74880}},
        {0, 115200, {0}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ladder_rates rates;
        size_t count = 0, to = 0;
        ladder_rates_init(&rates, rows[i].asked, rows[i].floor, rows[i].asked);
        for (; count < rates.count; count++)
            assert_int_equal(rates.list[count].baud, rows[i].list[count]);
        assert_true(count == 6 || rows[i].list[count] == 0);
        assert_int_equal(rates.at, 0);
        assert_int_equal(ladder_rates_lower(&rates, &to), count > 1);
    }
}

static void test_a_good_line_is_left_alone(void **state)
{
    (void)state;
    line l;
    start(&l, 921600);
    l.per_byte[0] = 1e-6;
    (void)transfer(&l, 16 * MB);
    assert_int_equal(l.steps, 0);
}

static void test_errors_of_a_high_rate_lead_below_it(void **state)
{
    (void)state;
    line l, stays;
    start(&l, 2000000);
    l.per_byte[0] = l.per_byte[1] = 2e-3;
    stays = l;
    stays.fixed = true;
    const espbak_time took = transfer(&l, 8 * MB), without = transfer(&stays, 8 * MB);
    assert_int_equal(rate_of(&l), 460800);
    assert_true(took * 10 < without);
    /* as much as at the right rate all the time, and a little for looking whether it has become better */
    assert_true(took < (espbak_time)8 * MB * 10 * ESPBAK_S / 460800 * 12 / 10);
}

static void test_only_the_lowest_rate_works(void **state)
{
    (void)state;
    line l;
    start(&l, 921600);
    l.per_byte[0] = l.per_byte[1] = l.per_byte[2] = 5e-3;
    (void)transfer(&l, 500 * KB);
    assert_int_equal(rate_of(&l), 115200);
}

static void test_errors_that_have_nothing_to_do_with_the_rate_cost_little(void **state)
{
    (void)state;
    static const double errors[] = {1e-5, 5e-5, 1e-4, 2e-4, 1e-3};
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        line l, stays;
        start(&l, 921600);
        for (size_t k = 0; k < LADDER_RATES; k++)
            l.per_byte[k] = errors[i];
        stays = l;
        stays.fixed = true;
        const espbak_time took = transfer(&l, 4 * MB), without = transfer(&stays, 4 * MB);
        assert_true(took < without * 11 / 10);
    }
}

static void test_the_rate_rises_when_the_line_is_clean_again(void **state)
{
    (void)state;
    line l;
    start(&l, 921600);
    l.per_byte[0] = l.per_byte[1] = 3e-3;
    (void)transfer(&l, 1 * MB);
    assert_true(rate_of(&l) <= 230400);
    l.per_byte[0] = l.per_byte[1] = 0;
    (void)transfer(&l, 16 * MB);
    assert_int_equal(rate_of(&l), 921600);
}

static void test_trying_again_becomes_rarer(void **state)
{
    (void)state;
    line l;
    start(&l, 921600);
    l.per_byte[0] = 5e-3;
    (void)transfer(&l, 2 * MB);
    const unsigned early = l.ups;
    (void)transfer(&l, 32 * MB);
    assert_true(early >= 2);
    assert_true(l.ups - early <= 6); /* in twelve minutes */
    assert_true(l.steps - l.ups <= l.ups + 1);
}

static void test_nothing_is_changed_for_the_last_bytes(void **state)
{
    (void)state;
    line l;
    start(&l, 921600);
    l.per_byte[0] = 1e-4;
    (void)transfer(&l, 100 * KB);
    for (unsigned i = 0; i < 20; i++)
        note(&l.rates, l.now += 100 * ESPBAK_MS, i, 500, true);
    size_t to = 0;
    assert_false(ladder_rates_judge(&l.rates, 1 * KB, &to));
    assert_true(ladder_rates_judge(&l.rates, 1 * MB, &to));
}

static void test_one_bad_place_is_not_the_line(void **state)
{
    (void)state;
    line l;
    size_t to = 0;
    start(&l, 921600);
    (void)transfer(&l, 500 * KB);
    for (unsigned i = 0; i < 100; i++) {
        note(&l.rates, l.now += ESPBAK_S, 7, 0, true);
        assert_false(ladder_rates_judge(&l.rates, 8 * MB, &to));
    }
    /* but when nothing at all comes through, it is */
    start(&l, 921600);
    for (unsigned i = 0; i < 4; i++)
        note(&l.rates, l.now += ESPBAK_S, 7, 0, true);
    assert_true(ladder_rates_judge(&l.rates, 8 * MB, &to));
    assert_true(to > 0);
}

static void test_a_rate_that_is_refused_twice_is_left_out(void **state)
{
    (void)state;
    line l;
    size_t to = 0;
    start(&l, 921600);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(ladder_rates_lower(&l.rates, &to));
        assert_int_equal(l.rates.list[to].baud, 460800);
        ladder_rates_moved(&l.rates, to, false);
        assert_int_equal(rate_of(&l), 921600);
    }
    assert_true(ladder_rates_lower(&l.rates, &to));
    assert_int_equal(l.rates.list[to].baud, 230400);
    l.per_byte[0] = 5e-3;
    (void)transfer(&l, 500 * KB);
    assert_int_equal(rate_of(&l), 230400);
}

/* So much damage that a request may arrive as another one; not on a fair line, and not at one bad place. */
static void test_rough_lines(void **state)
{
    (void)state;
    static const struct {
        double per_byte;
        bool rough;
    } rows[] = {{1e-6, false}, {1e-5, false}, {1e-4, true}, {1e-3, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        line l;
        start(&l, 921600);
        l.fixed = true;
        l.per_byte[0] = rows[i].per_byte;
        (void)transfer(&l, 1 * MB);
        assert_int_equal(l.rough, rows[i].rough);
    }
    line l;
    start(&l, 921600);
    (void)transfer(&l, 10 * KB);
    for (unsigned i = 0; i < 100; i++)
        note(&l.rates, l.now += 100 * ESPBAK_MS, 7, 0, true);
    assert_false(ladder_rates_are_rough(&l.rates));
}

/* Connecting at the asked rate has failed: lower ones are tried from below, that one is not. */
static void test_a_rate_that_failed_while_connecting(void **state)
{
    (void)state;
    line l = {0};
    ladder_rates_init(&l.rates, 921600, 115200, 115200);
    assert_int_equal(rate_of(&l), 115200);
    (void)transfer(&l, 4 * MB);
    assert_int_equal(rate_of(&l), 460800);
}

/* ---- loaders ---- */

static const espbak_loader CURRENT = ESPBAK_LOADER_STUB_CURRENT, LEGACY = ESPBAK_LOADER_STUB_LEGACY,
                           ROM = ESPBAK_LOADER_ROM;
static const uint32_t all_loaders =
    LADDER_BIT(ESPBAK_LOADER_STUB_CURRENT) | LADDER_BIT(ESPBAK_LOADER_STUB_LEGACY) | LADDER_BIT(ESPBAK_LOADER_ROM);

static ladder_view view_of(espbak_loader now, uint32_t sector, uint32_t reach)
{
    return (ladder_view){.now = now, .sector = sector, .reach = reach, .slower = true, .restart = true, .budget = 16};
}

/* Follow what is decided at a place, as long as nothing helps; one letter a move. */
static void follow(ladder_loaders *l, ladder_view view, ladder_trouble trouble, const char *expected)
{
    for (; *expected != '\0'; expected++) {
        espbak_loader to = view.now;
        switch (ladder_decide(l, &view, trouble, &to)) {
        case LADDER_SLOWER:
            assert_int_equal(*expected, 's');
            break;
        case LADDER_RESTART:
            assert_int_equal(*expected, 'r');
            assert_int_equal(to, view.now);
            break;
        case LADDER_CHANGE:
            assert_int_equal(*expected, to == CURRENT ? 'C' : to == LEGACY ? 'L' : 'R');
            assert_true(ladder_try_loader(l, view.sector, to));
            view.now = to;
            break;
        case LADDER_GIVE_UP:
        default:
            assert_int_equal(*expected, '.');
            break;
        }
    }
}

static void test_each_step_is_taken_once_at_a_place(void **state)
{
    (void)state;
    ladder_loaders l;
    ladder_loaders_init(&l, CURRENT);
    follow(&l, view_of(CURRENT, 0x1000, all_loaders), LADDER_FAILS, "sLR..");
    follow(&l, view_of(CURRENT, 0x1000, all_loaders), LADDER_SILENT, "..");
    ladder_loaders_init(&l, LEGACY);
    follow(&l, view_of(LEGACY, 0x1000, all_loaders), LADDER_FAILS, "sCR.");
    ladder_loaders_init(&l, ROM);
    follow(&l, view_of(ROM, 0x1000, LADDER_BIT(ROM)), LADDER_FAILS, "s.");
}

static void test_a_silent_chip_is_started_anew_before_anything_else(void **state)
{
    (void)state;
    ladder_loaders l;
    ladder_loaders_init(&l, CURRENT);
    follow(&l, view_of(CURRENT, 0x1000, all_loaders), LADDER_SILENT, "rLR.");
}

static void test_no_loader_is_used_where_it_does_not_reach(void **state)
{
    (void)state;
    ladder_loaders l;
    ladder_loaders_init(&l, CURRENT);
    follow(&l, view_of(CURRENT, 0x1000000, LADDER_BIT(CURRENT)), LADDER_FAILS, "s.");
    follow(&l, view_of(CURRENT, 0x1001000, LADDER_BIT(CURRENT)), LADDER_SILENT, "r.");
    l.absent = LADDER_BIT(LEGACY);
    follow(&l, view_of(CURRENT, 0x2000, all_loaders), LADDER_FAILS, "sR.");
}

static void test_a_chip_that_must_not_be_started_anew(void **state)
{
    (void)state;
    ladder_loaders l;
    ladder_view view = view_of(CURRENT, 0x1000, all_loaders);
    view.restart = false;
    ladder_loaders_init(&l, CURRENT);
    follow(&l, view, LADDER_FAILS, "s.");
    follow(&l, view, LADDER_SILENT, ".");
    view = view_of(CURRENT, 0x2000, all_loaders);
    view.budget = 0;
    follow(&l, view, LADDER_SILENT, ".");
}

/* Where no loader has read two spots, the next spots cost no more changes. */
static void test_what_does_not_help_is_left_out(void **state)
{
    (void)state;
    ladder_loaders l;
    ladder_loaders_init(&l, CURRENT);
    follow(&l, view_of(CURRENT, 0x1000, all_loaders), LADDER_FAILS, "sLR.");
    follow(&l, view_of(CURRENT, 0x5000, all_loaders), LADDER_FAILS, "sLR.");
    follow(&l, view_of(CURRENT, 0x9000, all_loaders), LADDER_FAILS, "s.");
    follow(&l, view_of(CURRENT, 0xD000, all_loaders), LADDER_SILENT, "r.");
}

static void test_the_usual_loader_comes_back_later_each_time(void **state)
{
    (void)state;
    ladder_loaders l;
    uint64_t last = 0;
    ladder_loaders_init(&l, CURRENT);
    for (uint64_t at = 0; at < 16 * MB; at += 4 * MB) {
        assert_false(ladder_goes_home(&l, CURRENT, at, false));
        ladder_go_away(&l, at);
        assert_false(ladder_goes_home(&l, ROM, at, false));
        assert_true(l.away_until - at > last);
        last = l.away_until - at;
        assert_true(ladder_goes_home(&l, ROM, l.away_until, false));
    }
    /* One that is as good stays. */
    assert_false(ladder_goes_home(&l, LEGACY, UINT64_MAX, true));
    assert_true(ladder_goes_home(&l, CURRENT, UINT64_MAX, false));
}

TEST_GROUP(ladder)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_lie_between_what_was_asked_for_and_where_the_loader_was_found),
        cmocka_unit_test(test_a_good_line_is_left_alone),
        cmocka_unit_test(test_errors_of_a_high_rate_lead_below_it),
        cmocka_unit_test(test_only_the_lowest_rate_works),
        cmocka_unit_test(test_errors_that_have_nothing_to_do_with_the_rate_cost_little),
        cmocka_unit_test(test_the_rate_rises_when_the_line_is_clean_again),
        cmocka_unit_test(test_trying_again_becomes_rarer),
        cmocka_unit_test(test_nothing_is_changed_for_the_last_bytes),
        cmocka_unit_test(test_one_bad_place_is_not_the_line),
        cmocka_unit_test(test_a_rate_that_is_refused_twice_is_left_out),
        cmocka_unit_test(test_rough_lines),
        cmocka_unit_test(test_a_rate_that_failed_while_connecting),
        cmocka_unit_test(test_each_step_is_taken_once_at_a_place),
        cmocka_unit_test(test_a_silent_chip_is_started_anew_before_anything_else),
        cmocka_unit_test(test_no_loader_is_used_where_it_does_not_reach),
        cmocka_unit_test(test_a_chip_that_must_not_be_started_anew),
        cmocka_unit_test(test_what_does_not_help_is_left_out),
        cmocka_unit_test(test_the_usual_loader_comes_back_later_each_time),
    };
    return RUN_GROUP(tests);
}
