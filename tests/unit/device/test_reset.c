/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_line.h"
#include "support/group.h"

#include "device/loader/reset.h"

static fake_line line;
static espbak_clock clock_;

static const espbak_transport_caps wired = {.baud = true, .modem_lines = true, .unix_tight = true};
static const espbak_usb_id cp2102 = {.known = true, .vid = 0x10C4, .pid = 0xEA60};
static const espbak_usb_id cp2102c = {.known = true, .vid = 0x10C4, .pid = 0xEA64};
static const espbak_usb_id jtag = {.known = true, .vid = 0x303A, .pid = 0x1001};
static const espbak_usb_id otg = {.known = true, .vid = 0x303A, .pid = 0x0009};

static const espbak_usb_id bridge = {.known = true, .vid = 0x303A, .pid = 0x1002};

static void expect_plan(const espbak_transport_caps *caps, const espbak_usb_id *usb, espbak_before before,
                        const char *custom, const char *names)
{
    espbak_error err = {0};
    espbak_transport *const transport = fake_open(&line, &clock_, caps, usb);
    reset_plan plan;
    char got[256] = "";
    assert_int_equal(reset_make_plan(&plan, transport, before, custom, &err), ESPBAK_OK);
    for (size_t i = 0; i < plan.count; i++) {
        strcat(got, i > 0 ? "; " : "");
        strcat(got, plan.strategies[i]->name);
    }
    assert_string_equal(got, names);
    espbak_transport_close(transport);
}

static void test_plan_order(void **state)
{
    (void)state;
    espbak_transport_caps plain = wired, none = {.baud = true};
    plain.unix_tight = false;
    expect_plan(&wired, &cp2102, ESPBAK_BEFORE_DEFAULT_RESET, NULL,
                "tight, 50 ms; tight, 550 ms; classic, 50 ms; classic, 550 ms");
    expect_plan(&plain, &cp2102, ESPBAK_BEFORE_DEFAULT_RESET, NULL, "classic, 50 ms; classic, 550 ms");
    expect_plan(&wired, &jtag, ESPBAK_BEFORE_DEFAULT_RESET, NULL, "USB-Serial-JTAG");
    expect_plan(&wired, &cp2102, ESPBAK_BEFORE_USB_RESET, NULL, "USB-Serial-JTAG");
    expect_plan(&wired, &otg, ESPBAK_BEFORE_DEFAULT_RESET, NULL, "USB-OTG; USB-Serial-JTAG");
    expect_plan(&wired, &bridge, ESPBAK_BEFORE_DEFAULT_RESET, NULL,
                "tight, 50 ms; tight, 550 ms; classic, 50 ms; classic, 550 ms");
    expect_plan(&wired, &jtag, ESPBAK_BEFORE_DEFAULT_RESET, "D0|R1", "custom");
    expect_plan(&wired, &cp2102, ESPBAK_BEFORE_NO_RESET, NULL, "");
    expect_plan(&wired, &cp2102, ESPBAK_BEFORE_NO_RESET_NO_SYNC, "D0", "");
    expect_plan(&none, NULL, ESPBAK_BEFORE_DEFAULT_RESET, NULL, "");
}

static void expect_lines(const espbak_usb_id *usb, const char *name, const char *expected)
{
    espbak_error err = {0};
    espbak_transport *const transport = fake_open(&line, &clock_, &wired, usb);
    size_t count = 0;
    const reset_strategy *const all = reset_strategies(&count);
    const reset_strategy *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].name, name) == 0)
            found = &all[i];
    }
    assert_non_null(found);
    assert_int_equal(reset_run(transport, found, &err), ESPBAK_OK);
    assert_string_equal(line.lines, expected);
    espbak_transport_close(transport);
}

/* As esp-pylib serial_reset.py drives them, DTR before RTS. */
static void test_strategies(void **state)
{
    (void)state;
    expect_lines(&cp2102, "classic, 50 ms", "00 01 w100 11 10 w50 00");
    expect_lines(&cp2102, "classic, 550 ms", "00 01 w100 11 10 w550 00");
    expect_lines(&cp2102, "tight, 50 ms", "00 11 01 w100 10 w50 00 00");
    expect_lines(&cp2102, "tight, 550 ms", "00 11 01 w100 10 w550 00 00");
    expect_lines(&jtag, "USB-Serial-JTAG", "00 w100 10 w100 11 01 w100 00");
    expect_lines(&cp2102c, "classic, 50 ms", "00 01 w100 11 10");
    expect_lines(&cp2102c, "tight, 50 ms", "00 11 01 w100 10");
}

static void expect_hard(const espbak_usb_id *usb, bool native, const char *expected)
{
    espbak_error err = {0};
    espbak_transport *const transport = fake_open(&line, &clock_, &wired, usb);
    assert_int_equal(reset_hard(transport, native, &err), ESPBAK_OK);
    assert_string_equal(line.lines, expected);
    espbak_transport_close(transport);
}

static void test_hard_reset(void **state)
{
    (void)state;
    expect_hard(&cp2102, false, "01 w100 00");
    expect_hard(&jtag, true, "01 w200 00");
    expect_hard(&cp2102c, false, "01 w100 11 w100 10");
}

static void test_every_strategy_lets_go_of_reset(void **state)
{
    (void)state;
    size_t count = 0;
    const reset_strategy *const all = reset_strategies(&count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(all[i].name);
        assert_true(all[i].count > 0);
        bool rts = true;
        for (size_t k = 0; k < all[i].count; k++) {
            if (all[i].steps[k].action == RESET_BOTH)
                rts = all[i].steps[k].rts;
        }
        assert_false(rts);
    }
}

static void test_custom_runs(void **state)
{
    (void)state;
    espbak_error err = {0};
    reset_plan plan;
    espbak_transport *const transport = fake_open(&line, &clock_, &wired, &cp2102);
    assert_int_equal(
        reset_make_plan(&plan, transport, ESPBAK_BEFORE_DEFAULT_RESET, " d0 | R1|W0.1|D1|R0|w.05|D0|U1, 0||", &err),
        ESPBAK_OK);
    assert_int_equal(reset_run(transport, plan.strategies[0], &err), ESPBAK_OK);
    assert_string_equal(line.lines, "00 01 w100 11 10 w50 00 10");
    espbak_transport_close(transport);
}

static void test_custom_is_checked(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "|",     "X1",    "D2",   "D",        "D10", "R-1",  "W",   "W-1",
                                      "W61",  "Wnan",  "Winf",  "U1",   "U1,",      "U,1", "U1,2", "U10", "D0,R1",
                                      "D0R1", "D0 R1", "W0.1s", "W1e9", "W0x10000", "D0|", NULL};
    reset_step steps[8];
    size_t count = 0;
    for (size_t i = 0; bad[i] != NULL; i++) {
        espbak_error err = {0};
        const espbak_status status = reset_parse(bad[i], steps, 8, &count, &err);
        if (strcmp(bad[i], "D0|") == 0)
            assert_int_equal(status, ESPBAK_OK);
        else
            assert_int_equal(status, ESPBAK_E_USAGE);
    }
    espbak_error err = {0};
    assert_int_equal(reset_parse("D0|D0|D0|D0|D0|D0|D0|D0|D0", steps, 8, &count, &err), ESPBAK_E_USAGE);
}

TEST_GROUP(reset)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_order),  cmocka_unit_test(test_strategies),
        cmocka_unit_test(test_hard_reset),  cmocka_unit_test(test_every_strategy_lets_go_of_reset),
        cmocka_unit_test(test_custom_runs), cmocka_unit_test(test_custom_is_checked),
    };
    return RUN_GROUP(tests);
}
