/* SPDX-License-Identifier: Apache-2.0 */
#include "support/group.h"

#include "base/words.h"
#include "espbak/device.h"
#include "espbak/events.h"

static void every_value_has_a_word_of_its_own(void **state)
{
    (void)state;
    const word_table *const tables[] = {&loader_words, &size_source_words, &size_proof_words};
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        for (size_t i = 0; i < tables[t]->count; i++) {
            size_t value = SIZE_MAX;
            assert_non_null(tables[t]->rows[i].name);
            assert_true(words_find(tables[t], words_name(tables[t], i), &value));
            assert_int_equal(value, i);
            assert_true(words_phrase(tables[t], i)[0] != '\0');
        }
    }
    assert_string_equal(espbak_loader_name(ESPBAK_LOADER_OWN), "own");
    assert_string_equal(espbak_size_source_name(ESPBAK_SIZE_USER), "user");
    assert_string_equal(espbak_log_level_name(ESPBAK_LOG_DEBUG), "debug");
}

static void what_is_no_value_is_unknown(void **state)
{
    (void)state;
    size_t value = 7;
    assert_string_equal(espbak_loader_name((espbak_loader)99), "unknown");
    assert_string_equal(espbak_loader_phrase((espbak_loader)99), "unknown");
    assert_string_equal(espbak_log_level_name((espbak_log_level)99), "unknown");
    assert_false(words_find(&loader_words, "ROM", &value));
    assert_int_equal(value, 7);
}

static void former_words_are_still_read(void **state)
{
    (void)state;
    size_t value = 0;
    assert_true(words_find(&loader_words, "reader", &value));
    assert_int_equal(value, ESPBAK_LOADER_OWN);
}

TEST_GROUP(words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_a_word_of_its_own),
        cmocka_unit_test(what_is_no_value_is_unknown),
        cmocka_unit_test(former_words_are_still_read),
    };
    return RUN_GROUP(tests);
}
