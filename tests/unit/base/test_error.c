/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "espbak/error.h"
#include "support/group.h"

static void failing_is_one_line(void **state)
{
    (void)state;
    espbak_error err = {0};
    assert_int_equal(espbak_fail(&err, ESPBAK_E_LINK, "no answer in %.1f s", 3.0), ESPBAK_E_LINK);
    assert_int_equal(err.status, ESPBAK_E_LINK);
    assert_string_equal(err.message, "no answer in 3.0 s");
    assert_string_equal(err.hint, "");
    assert_int_equal(espbak_fail(NULL, ESPBAK_E_LINK, "unheard"), ESPBAK_E_LINK);
}

static void sentence_grows_from_the_outside(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_fail(&err, ESPBAK_E_DEVICE, "no answer");
    assert_int_equal(espbak_error_prefix(&err, "chunk %d", 12), ESPBAK_E_DEVICE);
    assert_int_equal(espbak_error_prefix(&err, "reading 0x%x", 0x10000), ESPBAK_E_DEVICE);
    assert_string_equal(err.message, "reading 0x10000: chunk 12: no answer");
}

static void hint_of_the_lowest_layer_wins(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_fail(&err, ESPBAK_E_PORT, "busy");
    espbak_error_hint(&err, "close %s", "minicom");
    espbak_error_hint(&err, "try again");
    assert_string_equal(err.hint, "close minicom");
    espbak_fail(&err, ESPBAK_E_PORT, "gone");
    assert_string_equal(err.hint, "");
    espbak_error_hint(NULL, "unheard");
}

static void long_sentences_stay_inside(void **state)
{
    (void)state;
    struct {
        espbak_error err;
        char guard[16];
    } box;
    char text[3 * ESPBAK_ERROR_MESSAGE_MAX];
    memset(&box, 0, sizeof(box));
    memset(box.guard, 'g', sizeof(box.guard));
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';

    espbak_fail(&box.err, ESPBAK_E_FILE, "%s", text);
    assert_int_equal(strlen(box.err.message), ESPBAK_ERROR_MESSAGE_MAX - 1);
    espbak_error_prefix(&box.err, "outer");
    assert_int_equal(strlen(box.err.message), ESPBAK_ERROR_MESSAGE_MAX - 1);
    assert_memory_equal(box.err.message, "outer: x", 8);
    espbak_error_prefix(&box.err, "%s", text);
    assert_int_equal(strlen(box.err.message), ESPBAK_ERROR_MESSAGE_MAX - 1);
    espbak_error_hint(&box.err, "%s", text);
    assert_int_equal(strlen(box.err.hint), ESPBAK_ERROR_HINT_MAX - 1);
    for (size_t i = 0; i < sizeof(box.guard); i++)
        assert_int_equal(box.guard[i], 'g');
}

static void changed_flash_is_never_forgotten(void **state)
{
    (void)state;
    espbak_error err = {.flash_changed = true};
    espbak_fail(&err, ESPBAK_E_LINK, "gone");
    espbak_error_clear(&err);
    assert_true(err.flash_changed);
    assert_int_equal(err.status, ESPBAK_OK);
    assert_string_equal(err.message, "");
    espbak_error_clear(NULL);
}

static void every_status_has_its_own_name(void **state)
{
    (void)state;
    for (int i = ESPBAK_OK; i <= ESPBAK_E_CANCELLED; i++) {
        const char *name = espbak_status_name((espbak_status)i);
        assert_non_null(name);
        assert_string_not_equal(name, "unknown");
        for (int k = ESPBAK_OK; k < i; k++)
            assert_string_not_equal(name, espbak_status_name((espbak_status)k));
    }
    assert_string_equal(espbak_status_name((espbak_status)1000), "unknown");
}

TEST_GROUP(error)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_is_one_line),
        cmocka_unit_test(sentence_grows_from_the_outside),
        cmocka_unit_test(hint_of_the_lowest_layer_wins),
        cmocka_unit_test(long_sentences_stay_inside),
        cmocka_unit_test(changed_flash_is_never_forgotten),
        cmocka_unit_test(every_status_has_its_own_name),
    };
    return RUN_GROUP(tests);
}
