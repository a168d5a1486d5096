/* SPDX-License-Identifier: Apache-2.0 */
/* Another rate and another loader while a session is open. */
#include "support/group.h"
#include "support/hand_session.h"
#include "support/sim_loan.h"

#include "base/file.h"
#include "device/flash/identify/id.h"
#include "device/loader/baud.h"
#include "device/loader/stub/source.h"
#include "device/visit/ladder_steps.h"
#include "device/visit/restart.h"
#include "espbak/flash.h"
#include "sim/chip/chip.h"

enum { KIB = 1024 };

static sim_log log_;
static espbak_error err_;
static loan loan_;

static espbak_session *open_chip(const char *chip, const char *more, bool lines)
{
    char url[128];
    const espbak_session_options options = {.stub = "restart_stubs", .own_loader = ESPBAK_OWN_LOADER_OFF};
    sim_write_both_stubs("restart_stubs", chip);
    snprintf(url, sizeof(url), "sim:%s,baud=real%s", chip, more);
    take_chip(&loan_, url, lines);
    return visit_chip(&loan_, &options, ESPBAK_OK, &log_, &err_);
}

static void done(espbak_session *session)
{
    espbak_session_close(session);
    espbak_transport_close(loan_.chip);
}

static espbak_status count_bytes(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)offset;
    (void)data;
    (void)err;
    *(size_t *)user += size;
    return ESPBAK_OK;
}

static espbak_status read_some(espbak_session *session, bool may_restart)
{
    const espbak_flash_read_options how = {.may_restart = may_restart};
    size_t got = 0;
    memset(&err_, 0, sizeof(err_));
    const espbak_status status = espbak_flash_read(session, 0, 128 * KIB, &how, count_bytes, &got, &err_);
    if (status == ESPBAK_OK)
        assert_int_equal(got, 128 * KIB);
    else
        print_message("%s\n", err_.message);
    return status;
}

static void change_to(espbak_session *session, espbak_loader loader)
{
    const espbak_status status = restart_with(session, loader, 460800, &err_);
    if (status != ESPBAK_OK || session->info.link.loader != loader)
        fail_msg("%s%s", err_.message, log_.text);
    assert_int_equal(session->info.link.baud, 460800);
    assert_int_equal(session->flash->addressable, session->info.flash.size);
    assert_int_equal(read_some(session, false), ESPBAK_OK);
}

static void test_every_loader_follows_on_every_other(void **state)
{
    (void)state;
    static const espbak_loader order[] = {
        ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM,          ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_ROM,
        ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_CURRENT,
    };
    espbak_session *const session = open_chip("esp32", "", true);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        change_to(session, order[i]);
    const espbak_session_stats stats = espbak_session_get_stats(session);
    assert_int_equal(stats.repairs.restarts, 7);
    assert_int_equal(stats.repairs.loader_changes, 6);
    done(session);
}

/* Without modem lines the stub itself knows the way. */
static void test_a_stub_is_left_without_lines(void **state)
{
    (void)state;
    espbak_session *const session = open_chip("esp32c3", ",boot=download", false);
    assert_true(visit_can_restart(session));
    change_to(session, ESPBAK_LOADER_STUB_LEGACY);
    change_to(session, ESPBAK_LOADER_ROM);
    change_to(session, ESPBAK_LOADER_STUB_CURRENT);
    done(session);
}

static void test_a_stub_that_cannot_be_had_leaves_the_rom(void **state)
{
    (void)state;
    espbak_session *const session = open_chip("esp32", "", true);
    assert_int_equal(remove("restart_stubs/1/esp32.json"), 0);
    assert_int_equal(restart_with(session, ESPBAK_LOADER_STUB_LEGACY, 921600, &err_), ESPBAK_OK);
    assert_int_equal(session->info.link.loader, ESPBAK_LOADER_ROM);
    assert_string_equal(session->info.link.stub_source, "");
    assert_int_equal(read_some(session, false), ESPBAK_OK);
    done(session);
}

static void test_how_far_a_loader_reaches_is_found_out_again(void **state)
{
    (void)state;
    sim_write_flash("restart_flash.bin", (size_t)32 << 20);
    espbak_session *const session = open_chip("esp32s3", ",flash=restart_flash.bin", true);
    assert_int_equal(session->flash->addressable, 32 << 20);
    assert_int_equal(restart_with(session, ESPBAK_LOADER_ROM, 0, &err_), ESPBAK_OK);
    assert_int_equal(session->flash->addressable, FLASH_SMALL_LIMIT);
    assert_int_equal(restart_with(session, ESPBAK_LOADER_STUB_CURRENT, 0, &err_), ESPBAK_OK);
    assert_int_equal(session->flash->addressable, 32 << 20);
    done(session);
}

static void expect_stranger(espbak_session *session)
{
    uint8_t md5[16];
    assert_int_equal(restart_with(session, ESPBAK_LOADER_ROM, 0, &err_), ESPBAK_E_CONNECT);
    assert_non_null(strstr(err_.message, "another device is attached now"));
    assert_false(visit_can_restart(session));
    assert_int_equal(espbak_flash_md5(session, 0, 4096, md5, &err_), ESPBAK_E_LINK);
    assert_int_equal(read_some(session, true), ESPBAK_E_LINK);
    done(session);
}

static void test_another_device_is_not_gone_on_with(void **state)
{
    (void)state;
    espbak_session *session = open_chip("esp32", "", true);
    session->info.mac[5] ^= 1;
    expect_stranger(session);
    session = open_chip("esp32", "", true);
    session->info.flash.jedec_id ^= 1;
    assert_int_equal(restart_with(session, ESPBAK_LOADER_ROM, 0, &err_), ESPBAK_E_LINK);
    assert_non_null(strstr(err_.message, "another device is attached now"));
    done(session);
}

static void test_a_chip_that_stays_away(void **state)
{
    (void)state;
    uint8_t md5[16];
    espbak_session *const session = open_chip("esp32", "", true);
    loan_.muted = true;
    loan_.caps.modem_lines = true;
    loan_.good_baud = 9600; /* nothing it says arrives whole */
    assert_int_equal(restart_with(session, ESPBAK_LOADER_ROM, 0, &err_), ESPBAK_E_LINK);
    assert_int_equal(espbak_flash_md5(session, 0, 4096, md5, &err_), ESPBAK_E_LINK);
    loan_.good_baud = 0;
    done(session);
}

static void test_a_rate_that_the_driver_refuses(void **state)
{
    (void)state;
    bool changed = true;
    espbak_session *const session = open_chip("esp32", "", true);
    loan_.driver_baud = 1000000;
    assert_int_equal(baud_step(session, 460800, &changed, &err_), ESPBAK_OK);
    assert_true(changed);
    /* the chip has gone there already, and is not heard any more */
    assert_int_equal(baud_step(session, 1500000, &changed, &err_), ESPBAK_E_LINK);
    assert_false(changed);
    done(session);
}

static void test_a_rate_that_the_chip_does_not_change_to(void **state)
{
    (void)state;
    bool changed = true;
    const espbak_session_options options = {.no_stub = true, .baud = 115200};
    take_chip(&loan_, "sim:esp32,baud=real,fault=deaf-baud:1", true);
    espbak_session *const session = visit_chip(&loan_, &options, ESPBAK_OK, &log_, &err_);
    assert_int_equal(baud_step(session, 460800, &changed, &err_), ESPBAK_OK);
    assert_false(changed);
    assert_int_equal(session->info.link.baud, 115200);
    assert_int_equal(espbak_transport_baud(session->transport), 115200);
    assert_int_equal(read_some(session, false), ESPBAK_OK);
    done(session);
}

/* From one moment to the next the line carries nothing above 230400. */
static void test_a_line_that_becomes_bad_in_mid_run(void **state)
{
    (void)state;
    espbak_session *session = open_chip("esp32", "", true);
    loan_.good_baud = 230400;
    assert_int_equal(read_some(session, false), ESPBAK_E_LINK);
    done(session);
    session = open_chip("esp32", "", true);
    loan_.good_baud = 230400;
    assert_int_equal(read_some(session, true), ESPBAK_OK);
    assert_true(session->info.link.baud <= 230400);
    assert_int_equal(session->info.link.loader, ESPBAK_LOADER_STUB_CURRENT);
    assert_true(espbak_session_get_stats(session).repairs.restarts >= 1);
    done(session);
}

static void test_visits_that_must_not_reset(void **state)
{
    (void)state;
    const espbak_session_options options = {.no_stub = true, .before = ESPBAK_BEFORE_NO_RESET_NO_SYNC};
    take_chip(&loan_, "sim:esp32c3,baud=real,boot=download", true);
    espbak_session *const session = visit_chip(&loan_, &options, ESPBAK_OK, &log_, &err_);
    assert_false(visit_can_restart(session));
    done(session);
}

/* ---- a witness ---- */

static espbak_session *open_own(const char *chip, const char *more, bool lines, bool no_stub)
{
    char url[128];
    const espbak_session_options options = {.stub = "restart_stubs",
                                            .no_stub = no_stub,
                                            .own_loader = ESPBAK_OWN_LOADER_ON,
                                            .after = ESPBAK_AFTER_NO_RESET,
                                            .reads_only = true};
    sim_write_both_stubs("restart_stubs", chip);
    snprintf(url, sizeof(url), "sim:%s,baud=real%s", chip, more);
    take_chip(&loan_, url, lines);
    espbak_session *const session = visit_chip(&loan_, &options, ESPBAK_OK, &log_, &err_);
    assert_int_equal(session->info.link.loader, ESPBAK_LOADER_OWN);
    return session;
}

static void test_another_program_is_the_witness(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *more;
        bool lines, no_stub;
        espbak_loader witness;
        bool alone;
    } rows[] = {
        {"esp32c6", "", true, false, ESPBAK_LOADER_ROM, false},
        {"esp32c6", "", true, true, ESPBAK_LOADER_ROM, false},
        {"esp32c6", ",boot=download", false, false, ESPBAK_LOADER_OWN, true}, /* no way to the ROM */
        {"esp8266", "", true, false, ESPBAK_LOADER_STUB_CURRENT, false},      /* its ROM has no MD5 */
        {"esp8266", "", true, true, ESPBAK_LOADER_OWN, true},
        {"esp32", "", true, false, ESPBAK_LOADER_OWN, false}, /* proven */
        {"esp32c3", "", true, false, ESPBAK_LOADER_OWN, false},
        {"esp32s3", "", true, false, ESPBAK_LOADER_OWN, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t md5[16];
        print_message("%s%s\n", rows[i].chip, rows[i].more);
        espbak_session *const session = open_own(rows[i].chip, rows[i].more, rows[i].lines, rows[i].no_stub);
        assert_int_equal(restart_with_witness(session, &err_), ESPBAK_OK);
        assert_int_equal(session->info.link.loader, rows[i].witness);
        assert_int_equal(visit_usual_loader(session), ESPBAK_LOADER_OWN);
        assert_int_equal(strstr(log_.text, "confirmed by the same program") != NULL, rows[i].alone);
        assert_int_equal(espbak_flash_md5(session, 0, session->info.flash.size, md5, &err_), ESPBAK_OK);
        assert_int_equal(espbak_session_get_stats(session).repairs.restarts, 0);
        assert_int_equal(restart_without_witness(session, &err_), ESPBAK_OK);
        assert_int_equal(session->info.link.loader, ESPBAK_LOADER_OWN);
        assert_int_equal(read_some(session, false), ESPBAK_OK);
        done(session);
    }
}

/* The stub that was to be the witness does not start, and the ROM has no MD5. */
static void test_a_witness_that_does_not_come(void **state)
{
    (void)state;
    espbak_session *const session = open_own("esp8266", "", true, false);
    stub_candidates found;
    assert_int_equal(stub_find(&found, session->info.chip->stub_names[0], "restart_stubs", &err_), ESPBAK_OK);
    loan_.mute_starts = (unsigned)found.count;
    assert_int_equal(restart_with_witness(session, &err_), ESPBAK_OK);
    assert_int_equal(loan_.mute_starts, 0);
    assert_int_equal(session->info.link.loader, ESPBAK_LOADER_OWN);
    assert_non_null(strstr(log_.text, "confirmed by the same program"));
    done(session);
}

TEST_GROUP(restart)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_loader_follows_on_every_other),
        cmocka_unit_test(test_a_stub_is_left_without_lines),
        cmocka_unit_test(test_a_stub_that_cannot_be_had_leaves_the_rom),
        cmocka_unit_test(test_how_far_a_loader_reaches_is_found_out_again),
        cmocka_unit_test(test_another_device_is_not_gone_on_with),
        cmocka_unit_test(test_a_chip_that_stays_away),
        cmocka_unit_test(test_a_rate_that_the_driver_refuses),
        cmocka_unit_test(test_a_rate_that_the_chip_does_not_change_to),
        cmocka_unit_test(test_a_line_that_becomes_bad_in_mid_run),
        cmocka_unit_test(test_visits_that_must_not_reset),
        cmocka_unit_test(test_another_program_is_the_witness),
        cmocka_unit_test(test_a_witness_that_does_not_come),
    };
    return RUN_GROUP(tests);
}
