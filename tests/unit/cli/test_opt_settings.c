/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include "cli/parse/settings.h"
#include "support/group.h"

/* No files of settings. */
static const config files;

/* The environment of a test: name, value, name, value, NULL. */
static const char *const *environment;

static const char *env(const char *name)
{
    for (const char *const *p = environment; p != NULL && *p != NULL; p += 2) {
        if (strcmp(p[0], name) == 0)
            return p[1];
    }
    return NULL;
}

static void test_flag_over_own_over_esptool_over_default(void **state)
{
    (void)state;
    static const char *const both[] = {"ESPBAK_PORT", "own", "ESPTOOL_PORT", "other", NULL};
    static const char *const esptool[] = {"ESPTOOL_PORT", "other", "ESPBAK_PORT", "", NULL};
    settings set;
    settings_options options = {.ports = {{"flag"}, 1}};
    espbak_error err = {0};

    environment = both;
    assert_int_equal(settings_resolve(&set, &options, NULL, env, &files, &err), ESPBAK_OK);
    assert_string_equal(set.port, "flag");
    assert_string_equal(set.sources[SETTING_PORT].from, "--port");
    options.ports.all[0] = NULL;
    assert_int_equal(settings_resolve(&set, &options, NULL, env, &files, &err), ESPBAK_OK);
    assert_string_equal(set.port, "own");
    assert_string_equal(set.sources[SETTING_PORT].from, "ESPBAK_PORT");
    environment = esptool;
    assert_int_equal(settings_resolve(&set, &options, NULL, env, &files, &err), ESPBAK_OK);
    assert_string_equal(set.port, "other");
    environment = NULL;
    assert_int_equal(settings_resolve(&set, &options, NULL, env, &files, &err), ESPBAK_OK);
    assert_null(set.port);
    assert_string_equal(set.sources[SETTING_PORT].from, "default");
    assert_string_equal(set.folder, "backups");
}

static void test_values_of_the_environment_are_checked(void **state)
{
    (void)state;
    static const char *const good[] = {
        "ESPTOOL_BAUD", "460800", "ESPTOOL_CHIP", "auto", "ESPBAK_BACKUP_DIR", "d", NULL};
    static const char *const bad_baud[] = {"ESPBAK_BAUD", "fast", NULL};
    static const char *const bad_chip[] = {"ESPBAK_CHIP", "esp99", NULL};
    settings set;
    const settings_options options = {0};
    espbak_error err = {0};

    environment = good;
    assert_int_equal(settings_resolve(&set, &options, NULL, env, &files, &err), ESPBAK_OK);
    assert_int_equal(set.baud, 460800);
    assert_null(set.chip);
    assert_string_equal(set.folder, "d");
    environment = bad_baud;
    assert_int_equal(settings_resolve(&set, &options, NULL, env, &files, &err), ESPBAK_E_USAGE);
    assert_non_null(strstr(err.message, "ESPBAK_BAUD"));
    assert_non_null(strstr(err.message, "fast"));
    environment = bad_chip;
    assert_int_equal(settings_resolve(&set, &options, NULL, env, &files, &err), ESPBAK_E_USAGE);
    assert_non_null(strstr(err.message, "ESPBAK_CHIP"));
    assert_non_null(strstr(err.hint, "esp32s3"));
}

static void test_what_cannot_be_meant(void **state)
{
    (void)state;
    const settings_options cases[] = {
        {.ports = {{""}, 1}},
        {.jobs = {.value = 0, .given = true}},
        {.flash_size = {.value = 1000, .given = true}},
        {.flash_size = {.value = 0, .given = true}},
        {.connect_attempts = {.value = 0, .given = true}},
        {.baud = "0"},
        {.baud = "fast"},
        {.baud = ""},
        {.no_stub = true, .stub = "x"},
        {.loader = "rom", .stub = "x"},
        {.loader = "stub", .no_stub = true},
        {.loader = "reader"},
        {.loader = ""},
        {.chip = "esp"},
    };
    environment = NULL;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        settings set;
        espbak_error err = {0};
        assert_int_equal(settings_resolve(&set, &cases[i], NULL, env, &files, &err), ESPBAK_E_USAGE);
    }
}

static void test_loaders_have_one_word(void **state)
{
    (void)state;
    static const char *const old[] = {"ESPBAK_READER", "on", NULL};
    static const char *const both[] = {"ESPBAK_READER", "on", "ESPBAK_LOADER", "rom", NULL};
    static const char *const stub[] = {"ESPBAK_LOADER", "stub", NULL};
    const struct {
        const char *const *environment;
        settings_options options;
        espbak_own_loader_use own;
        bool no_stub, stub_wanted;
    } cases[] = {
        {NULL, {0}, ESPBAK_OWN_LOADER_AUTO, false, false},
        {NULL, {.loader = "auto"}, ESPBAK_OWN_LOADER_AUTO, false, false},
        {NULL, {.loader = "own"}, ESPBAK_OWN_LOADER_ON, false, false},
        {NULL, {.loader = "stub"}, ESPBAK_OWN_LOADER_OFF, false, true},
        {NULL, {.loader = "rom"}, ESPBAK_OWN_LOADER_OFF, true, false},
        {NULL, {.loader = "on"}, ESPBAK_OWN_LOADER_ON, false, false},
        {NULL, {.loader = "off"}, ESPBAK_OWN_LOADER_OFF, false, false},
        {NULL, {.no_stub = true}, ESPBAK_OWN_LOADER_AUTO, true, false},
        {NULL, {.no_stub = true, .loader = "on"}, ESPBAK_OWN_LOADER_ON, true, false},
        {NULL, {.no_stub = true, .loader = "off"}, ESPBAK_OWN_LOADER_OFF, true, false},
        {NULL, {.stub = "x"}, ESPBAK_OWN_LOADER_OFF, false, true},
        {NULL, {.stub = "x", .loader = "own"}, ESPBAK_OWN_LOADER_ON, false, true},
        {old, {0}, ESPBAK_OWN_LOADER_ON, false, false},
        {both, {0}, ESPBAK_OWN_LOADER_OFF, true, false},
        {both, {.stub = "x"}, ESPBAK_OWN_LOADER_OFF, false, true},
        {stub, {0}, ESPBAK_OWN_LOADER_OFF, false, false},
        {stub, {.no_stub = true}, ESPBAK_OWN_LOADER_OFF, true, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        settings set;
        espbak_error err = {0};
        environment = cases[i].environment;
        assert_int_equal(settings_resolve(&set, &cases[i].options, NULL, env, &files, &err), ESPBAK_OK);
        assert_int_equal(set.own_loader, cases[i].own);
        assert_int_equal(set.no_stub, cases[i].no_stub);
        assert_int_equal(set.stub_wanted, cases[i].stub_wanted);
        assert_int_equal(set.stub != NULL, cases[i].options.stub != NULL);
    }
}

static void test_session_gets_everything(void **state)
{
    (void)state;
    settings set;
    espbak_session_options session;
    espbak_error err = {0};
    const settings_options options = {
        .ports = {{"p"}, 1},
        .chip = "ESP32-S3",
        .reset_sequence = "D0",
        .stub = "s",
        .baud = "115200",
        .connect_attempts = {3, true, 0},
        .flash_size = {1 << 22, true, 0},
        .before = ESPBAK_BEFORE_NO_RESET,
        .after = ESPBAK_AFTER_WATCHDOG_RESET,
    };
    environment = NULL;
    assert_int_equal(settings_resolve(&set, &options, NULL, env, &files, &err), ESPBAK_OK);
    settings_session(&session, &set, &options);
    assert_string_equal(session.port, "p");
    assert_ptr_equal(session.chip, espbak_chip_by_name("esp32s3"));
    assert_string_equal(session.reset_sequence, "D0");
    assert_string_equal(session.stub, "s");
    assert_int_equal(session.baud, 115200);
    assert_int_equal(session.connect_attempts, 3);
    assert_int_equal(session.flash_size, 1 << 22);
    assert_int_equal(session.before, ESPBAK_BEFORE_NO_RESET);
    assert_int_equal(session.after, ESPBAK_AFTER_WATCHDOG_RESET);
}

TEST_GROUP(opt_settings)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flag_over_own_over_esptool_over_default),
        cmocka_unit_test(test_values_of_the_environment_are_checked),
        cmocka_unit_test(test_what_cannot_be_meant),
        cmocka_unit_test(test_loaders_have_one_word),
        cmocka_unit_test(test_session_gets_everything),
    };
    return RUN_GROUP(tests);
}
