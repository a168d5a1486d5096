/* SPDX-License-Identifier: Apache-2.0 */
/* What is tried again, how often, and what is said of it. */
#include <stdio.h>
#include <string.h>

#include "support/group.h"

#include "device/visit/retry.h"

static void keep_line(void *user, espbak_log_level level, const char *text)
{
    snprintf(user, 128, "%s: %s", espbak_log_level_name(level), text);
}

static void test_every_row(void **state)
{
    static const espbak_status final[] = {ESPBAK_OK,        ESPBAK_E_INTERNAL, ESPBAK_E_USAGE,
                                          ESPBAK_E_REFUSED, ESPBAK_E_FILE,     ESPBAK_E_CANCELLED};
    (void)state;
    for (unsigned i = 0; i < RETRY_COUNT; i++) {
        const retry what = (retry)i;
        const unsigned tries = retry_tries(what);
        unsigned helps = 0;
        for (size_t k = 0; k < sizeof(final) / sizeof(final[0]); k++)
            assert_false(retry_helps(what, final[k]));
        for (unsigned s = 0; s <= ESPBAK_E_CANCELLED; s++) {
            const espbak_status status = (espbak_status)s;
            helps += retry_helps(what, status);
            assert_false(retry_again(what, tries, status));
            if (tries > 0)
                assert_int_equal(retry_again(what, tries - 1, status), retry_helps(what, status));
        }
        assert_true(helps > 0); /* a row that nothing is tried again for is left out by mistake */
        assert_true(what == RETRY_CHUNK || tries > 1);
    }
}

static void test_every_rung(void **state)
{
    (void)state;
    for (size_t i = 0; i < RETRY_RUNGS; i++) {
        const retry_rung *rung = &retry_rungs[i];
        assert_true(rung->tries > 0 && rung->size > 0 && rung->size % 4 == 0);
        assert_true(i == 0 || rung->size < retry_rungs[i - 1].size);
        assert_true(rung->packet < rung->size && (rung->packet == 0 || rung->packet % 64 != 0));
    }
}

static void test_restarts_come_with_what_was_read(void **state)
{
    (void)state;
    assert_int_equal(retry_restarts_left(0, 0), 16);
    assert_int_equal(retry_restarts_left(16, 0), 0);
    assert_int_equal(retry_restarts_left(16, 3 << 20), 3);
    assert_int_equal(retry_restarts_left(100, 3 << 20), 0);
}

static void test_words(void **state)
{
    char line[128] = "";
    const espbak_events events = {.log = keep_line, .user = line};
    (void)state;
    retry_say(RETRY_STEP, &events, "no answer");
    assert_string_equal(line, "detail: once more: no answer");
    retry_say(RETRY_COMPARE, &events, "no answer");
    assert_string_equal(line, "info: no answer; comparing again");
    retry_say_at(RETRY_HASH, &events, 0x12340, 2, "no answer");
    assert_string_equal(line, "detail: hashing 0x12340: attempt 2 of 3 failed: no answer");
    retry_say_at(RETRY_WRITE, &events, 0x12340, 1, "no answer");
    assert_string_equal(line, "detail: attempt 1 of 16 failed: no answer");
}

TEST_GROUP(retry)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_every_rung),
        cmocka_unit_test(test_restarts_come_with_what_was_read),
        cmocka_unit_test(test_words),
    };
    return RUN_GROUP(tests);
}
