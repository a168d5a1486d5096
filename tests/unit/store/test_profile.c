/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/profile.h"
#include "support/group.h"

static void the_watcher_is_as_the_guide_has_it(void **state)
{
    (void)state;
    espbak_profile profile;
    espbak_error err = {0};
    assert_int_equal(espbak_profile_find(&profile, NULL, "sensecap-watcher", &err), ESPBAK_OK);
    assert_string_equal(profile.chip, "esp32s3");
    assert_int_equal(profile.flash_size, 32 * 1024 * 1024);
    assert_int_equal(profile.baud, 2000000);
    assert_true(profile.no_stub && profile.usb_known);
    assert_int_equal(profile.vid, 0x1A86);
    assert_int_equal(profile.pid, 0x55D2);
    assert_int_equal(profile.usb_interface, 2);
    assert_int_equal(profile.part_count, 1);
    assert_string_equal(profile.parts[0].name, "nvsfactory");
    assert_int_equal(profile.parts[0].offset, 0x9000);
    assert_int_equal(profile.parts[0].size, 204800);
}

static void one_that_is_not_there(void **state)
{
    (void)state;
    espbak_profile profile;
    espbak_error err = {0};
    assert_int_equal(espbak_profile_find(&profile, "/nonexistent", "toaster", &err), ESPBAK_E_USAGE);
    assert_non_null(strstr(err.hint, "aipi-lite"));
}

/* What is optional may be missing; what is required may not. */
static void every_field_is_looked_at(void **state)
{
    (void)state;
    static const char good[] =
        "{\"format\":\"espbak-profile\",\"version\":1,\"name\":\"n\",\"title\":\"t\",\"chip\":\"c\"}";
    static const char *const required[] = {"format", "version", "name", "title", "chip"};
    espbak_profile profile;
    espbak_error err = {0};
    assert_int_equal(espbak_profile_parse(&profile, good, strlen(good), &err), ESPBAK_OK);
    assert_int_equal(profile.usb_interface, -1);
    assert_false(profile.no_stub || profile.usb_known);
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        char text[sizeof(good)];
        memcpy(text, good, sizeof(good));
        strstr(text, required[i])[0] = 'x';
        assert_int_equal(espbak_profile_parse(&profile, text, strlen(text), &err), ESPBAK_E_FILE);
        assert_non_null(strstr(err.message, required[i]));
    }
}

TEST_GROUP(profile)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_watcher_is_as_the_guide_has_it),
        cmocka_unit_test(one_that_is_not_there),
        cmocka_unit_test(every_field_is_looked_at),
    };
    return RUN_GROUP(tests);
}
