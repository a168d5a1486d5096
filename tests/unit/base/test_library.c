/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "espbak/api.h"
#include "support/group.h"

static void text_and_number_are_of_one_version(void **state)
{
    (void)state;
    char text[32];
    unsigned number = espbak_version_number();
    snprintf(text, sizeof(text), "%u.%u.%u", number / 10000, number / 100 % 100, number % 100);
    assert_string_equal(espbak_version(), text);
}

static void library_is_as_old_as_its_headers(void **state)
{
    (void)state;
    assert_string_equal(espbak_version(), ESPBAK_VERSION);
    assert_int_equal(espbak_version_number(), ESPBAK_VERSION_NUMBER);
}

TEST_GROUP(library)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_number_are_of_one_version),
        cmocka_unit_test(library_is_as_old_as_its_headers),
    };
    return RUN_GROUP(tests);
}
