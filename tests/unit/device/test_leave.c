/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a visit ends. Each test lends a simulated chip to a session and looks afterwards what the chip
 * does now: nothing answers when the application runs, and a stub is told from the ROM.
 */
#include "support/group.h"
#include "support/sim_loan.h"

#include "base/bytes.h"
#include "device/chip/registers.h"
#include "sim/chip/chip.h"

static sim_log log_;
static espbak_error err_;

static espbak_session *visit(loan *l, const espbak_session_options *options, espbak_status expected)
{
    return visit_chip(l, options, expected, &log_, &err_);
}

typedef enum finding { FOUND_APP, FOUND_ROM, FOUND_STUB, FOUND_LOST } finding;

static finding look_at(loan *l, uint32_t baud)
{
    const espbak_session_options options = {
        .before = ESPBAK_BEFORE_NO_RESET,
        .after = ESPBAK_AFTER_NO_RESET_STUB,
        .connect_attempts = 1,
        .baud = baud,
        .stub = "leave_none.json", /* so that a ROM is not given one: that ends with an error instead */
    };
    espbak_transport *transport = NULL;
    espbak_session *session = NULL;
    assert_int_equal(espbak_transport_set_baud(l->chip, baud, &err_), ESPBAK_OK);
    assert_int_equal(espbak_transport_wrap(&transport, &loan_ops, l, "loan:", &l->caps, NULL,
                                           espbak_transport_clock(l->chip), &err_),
                     ESPBAK_OK);
    const espbak_status status = espbak_session_open_transport(&session, transport, &options, &err_);
    if (status == ESPBAK_E_CONNECT)
        return FOUND_APP;
    if (status == ESPBAK_E_FILE)
        return FOUND_ROM;
    assert_int_equal(status, ESPBAK_OK);
    assert_string_equal(session->info.link.stub_source, "already running");
    espbak_session_close(session);
    return FOUND_STUB;
}

/* Look without touching the lines. A loader at the fast rate would be lost to the next visitor. */
static finding look(loan *l)
{
    l->gone = false;
    espbak_clock_sleep(espbak_transport_clock(l->chip), ESPBAK_S);
    const finding found = look_at(l, 115200);
    if (found != FOUND_APP)
        return found;
    return look_at(l, 921600) == FOUND_APP ? FOUND_APP : FOUND_LOST;
}

static void expect_end(const char *url, const char *chip, bool legacy, espbak_after after, bool lines, finding expected)
{
    loan l;
    espbak_session_options options = {.after = after, .stub = "leave_stub.json", .own_loader = ESPBAK_OWN_LOADER_OFF};
    sim_write_stub("leave_stub.json", espbak_chip_by_name(chip), legacy ? sim_chip_by_name(chip)->legacy_data : 0);
    take_chip(&l, url, lines);
    espbak_session *const session = visit(&l, &options, ESPBAK_OK);
    assert_true(session_has_stub(session));
    espbak_session_close(session);
    assert_int_equal(look(&l), expected);
    espbak_transport_close(l.chip);
}

static void test_hard_reset(void **state)
{
    (void)state;
    expect_end("sim:esp32,baud=real", "esp32", false, ESPBAK_AFTER_HARD_RESET, true, FOUND_APP);
    expect_end("sim:esp32c6,baud=real", "esp32c6", true, ESPBAK_AFTER_HARD_RESET, true, FOUND_APP);
    expect_end("sim:esp32s3,baud=real", "esp32s3", false, ESPBAK_AFTER_HARD_RESET, true, FOUND_APP);
}

static void test_no_reset(void **state)
{
    (void)state;
    expect_end("sim:esp32,baud=real", "esp32", false, ESPBAK_AFTER_NO_RESET, true, FOUND_ROM);
    expect_end("sim:esp32,baud=real", "esp32", true, ESPBAK_AFTER_NO_RESET, true, FOUND_ROM);
    expect_end("sim:esp8266,baud=real", "esp8266", false, ESPBAK_AFTER_NO_RESET, true, FOUND_ROM);
    expect_end("sim:esp32p4,baud=real", "esp32p4", false, ESPBAK_AFTER_NO_RESET, true, FOUND_ROM);
}

/* The next visitor finds the stub at the usual rate. */
static void test_no_reset_stub(void **state)
{
    (void)state;
    expect_end("sim:esp32c3,baud=real", "esp32c3", false, ESPBAK_AFTER_NO_RESET_STUB, true, FOUND_STUB);
    expect_end("sim:esp32c3,baud=real", "esp32c3", true, ESPBAK_AFTER_NO_RESET_STUB, true, FOUND_STUB);
}

static void test_watchdog_reset(void **state)
{
    (void)state;
    expect_end("sim:esp32c3,baud=real", "esp32c3", false, ESPBAK_AFTER_WATCHDOG_RESET, true, FOUND_APP);
    /* the C6 must not: it is reset by its lines instead, and that is said */
    expect_end("sim:esp32c6,baud=real", "esp32c6", false, ESPBAK_AFTER_WATCHDOG_RESET, true, FOUND_APP);
}

static void test_soft_reset(void **state)
{
    (void)state;
    loan l;
    const espbak_session_options options = {.after = ESPBAK_AFTER_SOFT_RESET, .no_stub = true};
    expect_end("sim:esp8266,baud=real", "esp8266", true, ESPBAK_AFTER_SOFT_RESET, true, FOUND_APP);
    expect_end("sim:esp32,baud=real", "esp32", false, ESPBAK_AFTER_SOFT_RESET, true, FOUND_APP);
    take_chip(&l, "sim:esp32,baud=real", true);
    espbak_session_close(visit(&l, &options, ESPBAK_OK));
    assert_int_equal(look(&l), FOUND_APP);
    espbak_transport_close(l.chip);
}

/* Where there are no lines, as on socket://, the chip starts by itself where it can, and is never left in the stub. */
static void test_without_lines(void **state)
{
    (void)state;
    char url[64];
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        if (chips[i]->stub_names[0] == NULL)
            continue;
        snprintf(url, sizeof(url), "sim:%s,baud=real,boot=download", chips[i]->name);
        expect_end(url, chips[i]->name, false, ESPBAK_AFTER_HARD_RESET, false,
                   chips[i]->registers->watchdog_resets ? FOUND_APP : FOUND_ROM);
    }
}

static void test_it_says_so(void **state)
{
    (void)state;
    loan l;
    const espbak_session_options options = {.no_stub = true};
    take_chip(&l, "sim:esp32,boot=download", false);
    espbak_session_close(visit(&l, &options, ESPBAK_OK));
    assert_non_null(strstr(log_.text, "1 loan: has no modem lines and this chip no watchdog"));
    espbak_transport_close(l.chip);
    take_chip(&l, "sim:esp32c3,boot=download", false);
    espbak_session_close(visit(&l, &options, ESPBAK_OK));
    assert_non_null(strstr(log_.text, "1 loan: has no modem lines: the chip is restarted by its watchdog"));
    espbak_transport_close(l.chip);
}

/* A visit that comes to nothing does not leave the chip in download mode. */
static void test_after_failure(void **state)
{
    (void)state;
    loan l;
    const espbak_session_options options = {.no_stub = true, .chip = espbak_chip_by_name("esp32")};
    take_chip(&l, "sim:esp32s3,baud=real", true);
    (void)visit(&l, &options, ESPBAK_E_CONNECT);
    assert_int_equal(look(&l), FOUND_APP);
    espbak_transport_close(l.chip);
}

/* Broken off in the middle of a read, with a stub that waits for acknowledgements. */
static void broken_read(const char *chip, bool legacy, bool lines, finding expected)
{
    loan l;
    char url[64];
    espbak_cancel cancel = {0};
    const espbak_session_options options = {
        .stub = "leave_stub.json", .own_loader = ESPBAK_OWN_LOADER_OFF, .cancel = &cancel};
    uint8_t request[16] = {0};
    const uint8_t *frame = NULL;
    size_t size = 0;
    sim_write_stub("leave_stub.json", espbak_chip_by_name(chip), legacy ? sim_chip_by_name(chip)->legacy_data : 0);
    snprintf(url, sizeof(url), "sim:%s,baud=real%s", chip, lines ? "" : ",boot=download");
    take_chip(&l, url, lines);
    espbak_session *const session = visit(&l, &options, ESPBAK_OK);
    bytes_put_le32(request + 4, 0x10000);
    bytes_put_le32(request + 8, 0x1000);
    bytes_put_le32(request + 12, legacy ? 0x4000 : 1);
    assert_int_equal(command_run(&session->link, OP_READ_FLASH, request, sizeof(request), 0, ESPBAK_S, NULL, &err_),
                     ESPBAK_OK);
    assert_int_equal(command_receive_frame(&session->link, session_deadline(session, 4096, 0), &frame, &size, &err_),
                     ESPBAK_OK);
    cancel.requested = 1;
    espbak_session_close(session);
    assert_int_equal(look(&l), expected);
    espbak_transport_close(l.chip);
}

static void test_after_cancel(void **state)
{
    (void)state;
    broken_read("esp32", false, true, FOUND_APP);
    broken_read("esp32c3", false, false, FOUND_APP);
    broken_read("esp32c3", true, false, FOUND_APP);
    broken_read("esp32", false, false, FOUND_ROM);
    broken_read("esp32", true, false, FOUND_ROM);
}

/* Ctrl-C at any moment: the chip runs its application again, whatever had been reached. */
static void test_cancelled_anywhere(void **state)
{
    (void)state;
    unsigned moment = 1;
    espbak_status status = ESPBAK_E_CANCELLED;
    sim_write_stub("leave_stub.json", espbak_chip_by_name("esp32s3"), 0);
    for (; status == ESPBAK_E_CANCELLED; moment += moment < 40 ? 1 : 9) {
        loan l;
        espbak_cancel cancel = {0};
        const espbak_session_options options = {
            .stub = "leave_stub.json", .own_loader = ESPBAK_OWN_LOADER_OFF, .cancel = &cancel};
        espbak_transport *transport = NULL;
        espbak_session *session = NULL;
        take_chip(&l, "sim:esp32s3,baud=real", true);
        l.cancel = &cancel;
        l.cancel_after = moment;
        assert_int_equal(espbak_transport_wrap(&transport, &loan_ops, &l, "loan:", &l.caps, NULL,
                                               espbak_transport_clock(l.chip), &err_),
                         ESPBAK_OK);
        status = espbak_session_open_transport(&session, transport, &options, &err_);
        assert_true(status == ESPBAK_E_CANCELLED || status == ESPBAK_OK);
        espbak_session_close(session);
        assert_int_equal(look(&l), FOUND_APP);
        espbak_transport_close(l.chip);
    }
    assert_true(moment > 200);
}

static void test_port_gone(void **state)
{
    (void)state;
    loan l;
    const espbak_session_options options = {.no_stub = true};
    take_chip(&l, "sim:esp32", true);
    espbak_session *const session = visit(&l, &options, ESPBAK_OK);
    l.gone = true;
    espbak_session_close(session);
    assert_non_null(strstr(log_.text, "0 the chip could not be left as asked: "));
    espbak_transport_close(l.chip);
}

/* A stub that is still there is taken over, or sent away for --no-stub. */
static void test_stub_is_reused(void **state)
{
    (void)state;
    loan l;
    espbak_session_options options = {.after = ESPBAK_AFTER_NO_RESET_STUB, .stub = "leave_stub.json"};
    sim_write_stub("leave_stub.json", espbak_chip_by_name("esp32c3"), 0);
    take_chip(&l, "sim:esp32c3,baud=real", true);
    espbak_session_close(visit(&l, &options, ESPBAK_OK));
    options.before = ESPBAK_BEFORE_NO_RESET;
    espbak_session *session = visit(&l, &options, ESPBAK_OK);
    assert_string_equal(session->info.link.stub_source, "already running");
    assert_int_equal(session->info.link.loader, ESPBAK_LOADER_STUB_CURRENT);
    assert_int_equal(session->info.link.baud, 921600);
    espbak_session_close(session);
    options.no_stub = true;
    session = visit(&l, &options, ESPBAK_OK);
    assert_int_equal(session->info.link.loader, ESPBAK_LOADER_ROM);
    espbak_session_close(session);
    assert_int_equal(look(&l), FOUND_ROM);
    espbak_transport_close(l.chip);
}

TEST_GROUP(leave)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hard_reset),    cmocka_unit_test(test_no_reset),
        cmocka_unit_test(test_no_reset_stub), cmocka_unit_test(test_watchdog_reset),
        cmocka_unit_test(test_soft_reset),    cmocka_unit_test(test_without_lines),
        cmocka_unit_test(test_it_says_so),    cmocka_unit_test(test_after_failure),
        cmocka_unit_test(test_after_cancel),  cmocka_unit_test(test_cancelled_anywhere),
        cmocka_unit_test(test_port_gone),     cmocka_unit_test(test_stub_is_reused),
    };
    return RUN_GROUP(tests);
}
