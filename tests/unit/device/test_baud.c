/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that do not carry the rate they were asked for, and stubs that do not start. */
#include "support/group.h"
#include "support/sim_loan.h"

#include "device/loader/baud.h"

static sim_log log_;
static espbak_error err_;
static loan loan_;

static void expect_fallback(const espbak_session_options *options, bool stub)
{
    espbak_session *const session = visit_chip(&loan_, options, ESPBAK_OK, &log_, &err_);
    uint32_t value = 0;
    assert_int_equal(session->info.link.baud, 115200);
    assert_int_equal(espbak_transport_baud(session->transport), 115200);
    assert_int_equal(session_has_stub(session), stub);
    assert_non_null(strstr(log_.text, "0 changing to 921600 baud: "));
    assert_non_null(strstr(log_.text, "going on with 115200 baud"));
    assert_int_equal(command_read_reg(&session->link, 0x40001000, &value, &err_), ESPBAK_OK);
    espbak_session_close(session);
}

static void test_line_is_too_slow(void **state)
{
    (void)state;
    const espbak_session_options rom = {.no_stub = true},
                                 stub = {.stub = "baud_stub.json", .own_loader = ESPBAK_OWN_LOADER_OFF};
    sim_write_stub("baud_stub.json", espbak_chip_by_name("esp32"), 0);
    take_chip(&loan_, "sim:esp32,baud=real", true);
    loan_.good_baud = 230400;
    expect_fallback(&rom, false);
    expect_fallback(&stub, true);
    espbak_transport_close(loan_.chip);
}

static void test_driver_refuses(void **state)
{
    (void)state;
    const espbak_session_options rom = {.no_stub = true};
    take_chip(&loan_, "sim:esp32c3,baud=real", true);
    loan_.driver_baud = 115200;
    expect_fallback(&rom, false);
    espbak_transport_close(loan_.chip);
}

/* Without lines the chip cannot be brought back to the old rate: an error that says what to choose. */
static void test_no_way_back(void **state)
{
    (void)state;
    const espbak_session_options rom = {.no_stub = true, .connect_attempts = 1};
    take_chip(&loan_, "sim:esp32,baud=real,boot=download", false);
    loan_.good_baud = 115200;
    (void)visit_chip(&loan_, &rom, ESPBAK_E_CONNECT, &log_, &err_);
    assert_non_null(strstr(err_.message, "coming back from 921600 baud"));
    espbak_transport_close(loan_.chip);
}

static void expect_choice(const espbak_transport_caps *caps, bool native, uint32_t wanted, uint32_t chosen)
{
    take_chip(&loan_, "sim:esp32s3", true);
    loan_.caps = *caps;
    const espbak_session_options options = {.no_stub = true, .baud = 115200};
    espbak_session *const session = visit_chip(&loan_, &options, ESPBAK_OK, &log_, &err_);
    session->info.link.native_usb = native;
    assert_int_equal(baud_choose(session, wanted), chosen);
    session->info.link.native_usb = false;
    espbak_session_close(session);
    espbak_transport_close(loan_.chip);
}

static void test_choice(void **state)
{
    (void)state;
    const espbak_transport_caps bridge = {.baud = true, .modem_lines = true},
                                slow = {.baud = true, .modem_lines = true, .max_baud = 460800},
                                fast = {.baud = true, .modem_lines = true, .max_baud = 3000000},
                                none = {.modem_lines = true};
    expect_choice(&bridge, false, 0, 921600);
    expect_choice(&slow, false, 0, 460800);
    expect_choice(&slow, false, 921600, 921600);
    expect_choice(&fast, false, 0, 921600);
    expect_choice(&fast, false, 2000000, 2000000);
    expect_choice(&bridge, false, 115200, 0);
    expect_choice(&bridge, true, 921600, 0);
    expect_choice(&none, false, 921600, 0);
}

static espbak_loader start_muted(unsigned mute_starts)
{
    const espbak_session_options options = {.stub = "baud_stubs", .own_loader = ESPBAK_OWN_LOADER_OFF};
    sim_write_both_stubs("baud_stubs", "esp32c3");
    take_chip(&loan_, "sim:esp32c3,baud=real", true);
    loan_.mute_starts = mute_starts;
    espbak_session *const session = visit_chip(&loan_, &options, ESPBAK_OK, &log_, &err_);
    const espbak_loader loader = session->info.link.loader;
    assert_int_equal(session->info.link.baud, 921600);
    espbak_session_close(session);
    espbak_transport_close(loan_.chip);
    return loader;
}

/* Current, legacy, ROM: each failure is told. */
static void test_stubs_that_do_not_start(void **state)
{
    (void)state;
    assert_int_equal(start_muted(0), ESPBAK_LOADER_STUB_CURRENT);
    assert_int_equal(start_muted(1), ESPBAK_LOADER_STUB_LEGACY);
    assert_non_null(
        strstr(log_.text, "0 the stub (baud_stubs/2/esp32c3.json) did not start: waiting for its greeting"));
    assert_non_null(strstr(log_.text, "trying the next one"));
    assert_null(strstr(log_.text, "trying without"));
    /* more than there can be candidates: those of an esptool on this computer count too */
    assert_int_equal(start_muted(9), ESPBAK_LOADER_ROM);
    assert_non_null(strstr(log_.text, "0 the stub (baud_stubs/1/esp32c3.json) did not start: "));
    assert_non_null(strstr(log_.text, "trying without"));
}

/* A block of a stub that is damaged on its way is sent again; a line that damages all of them gets the ROM. */
static void test_damaged_blocks(void **state)
{
    (void)state;
    const espbak_session_options options = {.stub = "baud_stub.json", .own_loader = ESPBAK_OWN_LOADER_OFF};
    sim_write_stub("baud_stub.json", espbak_chip_by_name("esp32"), 0);
    take_chip(&loan_, "sim:esp32,baud=real", true);
    loan_.damage_data = 2;
    espbak_session *session = visit_chip(&loan_, &options, ESPBAK_OK, &log_, &err_);
    assert_int_equal(session->info.link.loader, ESPBAK_LOADER_STUB_CURRENT);
    assert_string_equal(session->info.link.stub_source, "baud_stub.json");
    espbak_session_close(session);
    loan_.damage_data = 1000;
    session = visit_chip(&loan_, &options, ESPBAK_OK, &log_, &err_);
    assert_non_null(strstr(log_.text, "a checksum is wrong"));
    espbak_session_close(session);
    espbak_transport_close(loan_.chip);
}

TEST_GROUP(baud)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_is_too_slow),
        cmocka_unit_test(test_driver_refuses),
        cmocka_unit_test(test_no_way_back),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_stubs_that_do_not_start),
        cmocka_unit_test(test_damaged_blocks),
    };
    return RUN_GROUP(tests);
}
