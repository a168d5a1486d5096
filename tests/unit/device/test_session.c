/* SPDX-License-Identifier: Apache-2.0 */
#include "support/group.h"
#include "support/hand_session.h"
#include "support/sim_session.h"

#include "device/loader/baud.h"
#include "sim/chip/chip.h"

enum { LEGACY = 1 };

static sim_log log_;

static espbak_session *open_sim(const char *url, const espbak_session_options *more, espbak_status expected,
                                espbak_error *err)
{
    espbak_session_options options = *more;
    espbak_session *session = NULL;
    sim_log_init(&log_);
    memset(err, 0, sizeof(*err));
    options.port = url;
    options.events = &log_.events;
    const espbak_status status = espbak_session_open(&session, &options, err);
    if (status != expected)
        fail_msg("%s: %s (%s)", url, espbak_status_name(status), err->message);
    assert_true((session != NULL) == (expected == ESPBAK_OK));
    return session;
}

static void check_device(const espbak_device_info *info, const espbak_chip *chip)
{
    const sim_chip *const sim = sim_chip_by_name(chip->name);
    assert_ptr_equal(info->chip, chip);
    assert_true(info->name[0] != '\0' && info->features[0] != '\0');
    assert_true(info->mac_known);
    assert_int_equal(info->mac[0], 0x34); /* as the simulator makes them up */
    assert_int_equal(info->crystal_mhz, sim->crystal_mhz);
    if (info->revision_known)
        assert_int_equal(info->revision, sim->revision);
    assert_int_equal(info->flash.size, sim->default_size);
    assert_int_equal(info->security.flash_encryption, ESPBAK_NO);
    assert_int_equal(info->security.secure_boot, ESPBAK_NO);
    assert_int_equal(info->security.secure_download, ESPBAK_NO);
    assert_int_equal(info->security.key_manager_flash, ESPBAK_NO);
}

static void test_every_chip_by_rom(void **state)
{
    (void)state;
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        char url[64];
        espbak_error err;
        const espbak_session_options options = {.no_stub = true, .chip = chips[i]};
        snprintf(url, sizeof(url), "sim:%s,baud=real,latency-ms=1", chips[i]->name);
        espbak_session *const session = open_sim(url, &options, ESPBAK_OK, &err);
        const espbak_device_info *const info = espbak_session_device(session);
        check_device(info, chips[i]);
        assert_int_equal(info->link.loader, ESPBAK_LOADER_ROM);
        assert_int_equal(info->link.baud, chips[i]->rom_caps & ESPBAK_ROM_BAUD ? BAUD_DEFAULT : 115200);
        assert_in_range(session->line.round_trip, 2000, 5000);
        espbak_session_close(session);
    }
}

static void start_stub(const espbak_chip *chip, bool legacy)
{
    char url[64];
    espbak_error err;
    const uint32_t data = legacy ? sim_chip_by_name(chip->name)->legacy_data : 0;
    const espbak_session_options options = {.stub = "session_stub.json", .own_loader = ESPBAK_OWN_LOADER_OFF};
    sim_write_stub("session_stub.json", chip, data);
    snprintf(url, sizeof(url), "sim:%s,baud=real", chip->name);
    espbak_session *const session = open_sim(url, &options, ESPBAK_OK, &err);
    const espbak_device_info *const info = espbak_session_device(session);
    check_device(info, chip);
    assert_int_equal(info->link.loader, legacy ? ESPBAK_LOADER_STUB_LEGACY : ESPBAK_LOADER_STUB_CURRENT);
    assert_string_equal(info->link.stub_source, "session_stub.json");
    assert_int_equal(info->link.baud, BAUD_DEFAULT);
    espbak_session_close(session);
}

static void test_every_chip_by_stub(void **state)
{
    (void)state;
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        if (chips[i]->stub_names[0] == NULL)
            continue;
        start_stub(chips[i], false);
        if (sim_chip_by_name(chips[i]->name)->legacy_data != 0)
            start_stub(chips[i], LEGACY);
    }
}

static void expect_failure(const char *url, const espbak_session_options *options, espbak_status expected,
                           const char *message, const char *hint)
{
    espbak_error err;
    (void)open_sim(url, options, expected, &err);
    if (strstr(err.message, message) == NULL || strstr(err.hint, hint) == NULL)
        fail_msg("%s: \"%s\", \"%s\"", url, err.message, err.hint);
}

static void test_wrong_chip(void **state)
{
    (void)state;
    espbak_session_options options = {.no_stub = true, .chip = espbak_chip_by_name("esp32c3")};
    expect_failure("sim:esp32s3", &options, ESPBAK_E_CONNECT, "is an ESP32-S3, not an ESP32-C3", "--chip");
    expect_failure("sim:esp32", &options, ESPBAK_E_CONNECT, "is an ESP32, not an ESP32-C3", "--chip");
    options.chip = espbak_chip_by_name("esp32");
    expect_failure("sim:esp32s2", &options, ESPBAK_E_CONNECT, "is an ESP32-S2, not an ESP32", "--chip");
}

static void test_secure_download(void **state)
{
    (void)state;
    espbak_error err;
    espbak_session_options options = {0};
    expect_failure("sim:esp32s3,secure-download", &options, ESPBAK_E_CONNECT, "Secure Download Mode", "eFuses");
    expect_failure("sim:esp32s2,secure-download", &options, ESPBAK_E_CONNECT, "Secure Download Mode", "eFuses");
    options.allow_secure_download = true;
    options.flash_size = 4 << 20;
    espbak_session *session = open_sim("sim:esp32s2,secure-download", &options, ESPBAK_OK, &err);
    assert_int_equal(session->info.security.secure_download, ESPBAK_YES);
    assert_int_equal(session->info.flash.size, 4 << 20);
    assert_string_equal(session->info.name, "ESP32-S2");
    assert_int_equal(session->info.link.baud, BAUD_DEFAULT);
    espbak_session_close(session);
    /* The C2 needs its crystal measured before it can change its rate, which nobody may here. */
    session = open_sim("sim:esp32c2,secure-download,baud=real", &options, ESPBAK_OK, &err);
    assert_int_equal(session->info.link.baud, 115200);
    espbak_session_close(session);
}

static void expect_security(const char *url, espbak_tristate encryption, espbak_tristate boot, unsigned version,
                            espbak_tristate key_manager)
{
    espbak_error err;
    const espbak_session_options options = {.no_stub = true};
    espbak_session *const session = open_sim(url, &options, ESPBAK_OK, &err);
    const espbak_security *const security = &espbak_session_device(session)->security;
    assert_int_equal(security->flash_encryption, encryption);
    assert_int_equal(security->secure_boot, boot);
    assert_int_equal(security->secure_boot_version, version);
    assert_int_equal(security->key_manager_flash, key_manager);
    espbak_session_close(session);
}

static void test_security_states(void **state)
{
    (void)state;
    expect_security("sim:esp32,encrypted", ESPBAK_YES, ESPBAK_NO, 0, ESPBAK_NO);
    expect_security("sim:esp32,secure-boot=1", ESPBAK_NO, ESPBAK_YES, 1, ESPBAK_NO);
    expect_security("sim:esp32,secure-boot=2", ESPBAK_NO, ESPBAK_YES, 2, ESPBAK_NO);
    expect_security("sim:esp32s2,encrypted", ESPBAK_YES, ESPBAK_NO, 0, ESPBAK_NO);
    expect_security("sim:esp32s3,encrypted,secure-boot=2", ESPBAK_YES, ESPBAK_YES, 2, ESPBAK_NO);
    expect_security("sim:esp32c5,encrypted,key-manager", ESPBAK_YES, ESPBAK_NO, 0, ESPBAK_YES);
    expect_security("sim:esp32h4,encrypted,key-manager", ESPBAK_YES, ESPBAK_NO, 0, ESPBAK_YES);
    expect_security("sim:esp32p4,encrypted,key-manager", ESPBAK_YES, ESPBAK_NO, 0, ESPBAK_YES);
    expect_security("sim:esp32s31,encrypted,key-manager", ESPBAK_YES, ESPBAK_NO, 0, ESPBAK_YES);
}

/* Anti-rollback and the keys of secure boot, on every chip that has them. */
static void test_what_efuses_count(void **state)
{
    (void)state;
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        char url[96];
        espbak_error err;
        const espbak_session_options options = {.no_stub = true};
        const bool counts = strcmp(chips[i]->name, "esp8266") != 0;
        snprintf(url, sizeof(url), "sim:%s%s", chips[i]->name,
                 counts ? ",secure-version=3,secure-boot=2,boot-key=66051" : "");
        espbak_session *const session = open_sim(url, &options, ESPBAK_OK, &err);
        const espbak_security *const security = &espbak_session_device(session)->security;
        assert_int_equal(security->secure_version_known, counts);
        assert_int_equal(security->secure_version, counts ? 3 : 0);
        assert_int_equal(security->boot_keys[0].known, counts);
        if (counts)
            assert_memory_equal(security->boot_keys[0].digest, "\x03\x02\x01\0\0", 5);
        assert_false(security->boot_keys[1].known || security->boot_keys[2].known);
        espbak_session_close(session);
    }
}

static void expect_loader(const char *url, const char *chip, espbak_loader loader)
{
    espbak_error err;
    const espbak_session_options options = {.stub = "session_stub.json", .own_loader = ESPBAK_OWN_LOADER_OFF};
    sim_write_stub("session_stub.json", espbak_chip_by_name(chip), 0);
    espbak_session *const session = open_sim(url, &options, ESPBAK_OK, &err);
    assert_int_equal(session->info.link.loader, loader);
    espbak_session_close(session);
}

static void test_stubs_under_secure_boot(void **state)
{
    (void)state;
    expect_loader("sim:esp32c3,secure-boot=2", "esp32c3", ESPBAK_LOADER_ROM);
    assert_non_null(strstr(log_.text, "no stub: an ESP32-C3 with secure boot"));
    expect_loader("sim:esp32s3,secure-boot=2", "esp32s3", ESPBAK_LOADER_STUB_CURRENT);
    expect_loader("sim:esp32c6,secure-boot=2", "esp32c6", ESPBAK_LOADER_STUB_CURRENT);
    expect_loader("sim:esp32c2,revision=0.0", "esp32c2", ESPBAK_LOADER_ROM);
}

/* Without power the flash of a P4 3.1 answers nothing. */
static void test_p4_revisions(void **state)
{
    (void)state;
    static const char *const urls[] = {"sim:esp32p4,revision=1.3", "sim:esp32p4,revision=3.0",
                                       "sim:esp32p4,revision=3.1", "sim:esp32p4,revision=3.2",
                                       "sim:esp32p4,revision=3.2,xpd"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        expect_loader(urls[i], "esp32p4", ESPBAK_LOADER_STUB_CURRENT);
        const espbak_session_options options = {.no_stub = true};
        espbak_error err;
        espbak_session *const session = open_sim(urls[i], &options, ESPBAK_OK, &err);
        assert_int_equal(session->info.flash.jedec_id, 0xEF4018);
        espbak_session_close(session);
    }
}

static void test_native_usb(void **state)
{
    (void)state;
    static const char *const urls[] = {"sim:esp32s3,usb=jtag", "sim:esp32c3,usb=jtag", "sim:esp32s3,usb=otg",
                                       "sim:esp32s2,usb=otg", "sim:esp32p4,usb=otg"};
    const espbak_session_options options = {.no_stub = true};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        espbak_error err;
        espbak_session *const session = open_sim(urls[i], &options, ESPBAK_OK, &err);
        assert_true(session->info.link.native_usb);
        assert_int_equal(session->loader->usb_otg, strstr(urls[i], "otg") != NULL);
        assert_int_equal(session->info.link.baud, 0);
        assert_true(session_line_rate(session) > 1000000);
        espbak_session_close(session);
    }
}

/* Over the chip's own USB-Serial-JTAG a super watchdog that nobody feeds would end a long read. */
static void test_watchdogs_are_stopped(void **state)
{
    (void)state;
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    const espbak_session_options options = {.no_stub = true};
    for (size_t i = 0; i < count; i++) {
        const chip_super_watchdog *const super = &chips[i]->registers->super_watchdog;
        char url[64];
        espbak_error err;
        uint32_t config = 0;
        if (super->protect == 0)
            continue;
        snprintf(url, sizeof(url), "sim:%s,usb=jtag", chips[i]->name);
        espbak_session *const session = open_sim(url, &options, ESPBAK_OK, &err);
        assert_int_equal(command_read_reg(&session->link, super->config, &config, &err), ESPBAK_OK);
        assert_int_equal(config & super->auto_feed, super->auto_feed);
        espbak_session_close(session);
    }
}

static void expect_baud(const char *url, uint32_t wanted, uint32_t got)
{
    espbak_error err;
    const espbak_session_options options = {.no_stub = true, .baud = wanted};
    espbak_session *const session = open_sim(url, &options, ESPBAK_OK, &err);
    assert_int_equal(session->info.link.baud, got);
    assert_int_equal(espbak_transport_baud(espbak_session_transport(session)), got);
    espbak_session_close(session);
}

/* The simulated line garbles what the two ends do not agree on, so the ROMs' corrections are proven here. */
static void test_baud_rates(void **state)
{
    (void)state;
    expect_baud("sim:esp32,baud=real", 0, 921600);
    expect_baud("sim:esp32,baud=real", 460800, 460800);
    expect_baud("sim:esp32,baud=real,crystal=26", 921600, 921600);
    expect_baud("sim:esp32c2,baud=real,crystal=26", 921600, 921600);
    expect_baud("sim:esp32c2,baud=real,crystal=40", 921600, 921600);
    expect_baud("sim:esp32c5,baud=real,crystal=40", 921600, 921600);
    expect_baud("sim:esp32c5,baud=real,crystal=48", 921600, 921600);
    expect_baud("sim:esp32s3,baud=real", 115200, 115200);
    expect_baud("sim:esp32s3,baud=real", 57600, 57600);
    expect_baud("sim:esp8266,baud=real", 921600, 115200);
    assert_non_null(strstr(log_.text, "0 the ROM of the ESP8266 cannot change the baud rate"));
}

static void test_damaged_stubs(void **state)
{
    (void)state;
    espbak_session_options options = {.stub = "session_damaged.json", .own_loader = ESPBAK_OWN_LOADER_OFF};
    FILE *const f = fopen("session_damaged.json", "wb");
    assert_non_null(f);
    assert_true(fputs("{\"entry\": 12", f) >= 0);
    assert_int_equal(fclose(f), 0);
    expect_failure("sim:esp32", &options, ESPBAK_E_FILE, "stub session_damaged.json: it is not a JSON object",
                   "--loader rom");
    options.stub = "session_none.json";
    expect_failure("sim:esp32", &options, ESPBAK_E_FILE, "session_none.json does not exist", "--stub");
    /* one for another chip does not fit this one's memory */
    sim_write_stub("session_stub.json", espbak_chip_by_name("esp32s31"), 0);
    options.stub = "session_stub.json";
    expect_failure("sim:esp32", &options, ESPBAK_E_FILE, "outside the chip's memory", "--stub");
}

static void test_reset_sequences(void **state)
{
    (void)state;
    espbak_error err;
    espbak_session_options options = {.no_stub = true, .reset_sequence = "D0|R1|W0.1|D1|R0|W0.05|D0"};
    espbak_session_close(open_sim("sim:esp32,boot=app", &options, ESPBAK_OK, &err));
    options.reset_sequence = "D0|Q";
    expect_failure("sim:esp32", &options, ESPBAK_E_USAGE, "reset sequence", "D0|R1");
    /* One that lets the application start: the boot log tells. */
    options.reset_sequence = "D0|R1|W0.1|R0|W0.05";
    expect_failure("sim:esp32,baud=real", &options, ESPBAK_E_CONNECT, "it starts its application (boot:0x",
                   "hold BOOT");
}

static void test_no_reset(void **state)
{
    (void)state;
    espbak_error err;
    espbak_session_options options = {.no_stub = true, .before = ESPBAK_BEFORE_NO_RESET, .connect_attempts = 2};
    espbak_session_close(open_sim("sim:esp32c3,boot=download", &options, ESPBAK_OK, &err));
    expect_failure("sim:esp32c3,boot=app", &options, ESPBAK_E_CONNECT, "cannot connect", "hold BOOT");
    options.before = ESPBAK_BEFORE_NO_RESET_NO_SYNC;
    espbak_session_close(open_sim("sim:esp32c3,boot=download", &options, ESPBAK_OK, &err));
}

/* Answers that come later than the next SYNC are answers all the same. */
static void test_slow_ways(void **state)
{
    (void)state;
    static const char *const urls[] = {"sim:esp32,baud=real,latency-ms=16", "sim:esp32,baud=real,latency-ms=50",
                                       "sim:esp32,baud=real,latency-ms=120", "sim:esp32,baud=real,latency-ms=400"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        espbak_error err;
        const espbak_session_options options = {.no_stub = true};
        espbak_session_close(open_sim(urls[i], &options, ESPBAK_OK, &err));
    }
}

static void test_cancelled(void **state)
{
    (void)state;
    espbak_error err;
    espbak_cancel cancel = {.requested = 1};
    const espbak_session_options options = {.no_stub = true, .cancel = &cancel};
    (void)open_sim("sim:esp32c3", &options, ESPBAK_E_CANCELLED, &err);
}

static void test_deadlines(void **state)
{
    (void)state;
    espbak_error err;
    const espbak_session_options options = {.no_stub = true, .baud = 115200};
    espbak_session *const session = open_sim("sim:esp32,baud=real", &options, ESPBAK_OK, &err);
    const espbak_time now = espbak_clock_now(session_clock(session));
    assert_true(session_deadline(session, 0, 0) - now >= 3 * ESPBAK_S);
    /* 11520 bytes take a second at 115200 */
    assert_in_range(session_deadline(session, 115200, ESPBAK_S) - now, 14 * ESPBAK_S, 40 * ESPBAK_S);
    espbak_session_close(session);
}

TEST_GROUP(session)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_chip_by_rom),
        cmocka_unit_test(test_every_chip_by_stub),
        cmocka_unit_test(test_wrong_chip),
        cmocka_unit_test(test_secure_download),
        cmocka_unit_test(test_security_states),
        cmocka_unit_test(test_what_efuses_count),
        cmocka_unit_test(test_stubs_under_secure_boot),
        cmocka_unit_test(test_p4_revisions),
        cmocka_unit_test(test_native_usb),
        cmocka_unit_test(test_watchdogs_are_stopped),
        cmocka_unit_test(test_baud_rates),
        cmocka_unit_test(test_damaged_stubs),
        cmocka_unit_test(test_reset_sequences),
        cmocka_unit_test(test_no_reset),
        cmocka_unit_test(test_slow_ways),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_deadlines),
    };
    return RUN_GROUP(tests);
}
