/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of adapters, as text and back. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "device/rate/rate_memory.h"
#include "support/group.h"

static void test_an_adapter_is_known_by_serial_number_or_place(void **state)
{
    (void)state;
    char key[RATE_MEMORY_KEY];
    const espbak_usb_id none = {.known = false};
    const espbak_usb_id serial = {.known = true, .vid = 0x10C4, .pid = 0xEA60, .serial = "AB 1", .place = "1-2"};
    const espbak_usb_id place = {.known = true, .vid = 0x1A86, .pid = 0x7523, .place = "1-2.4"};
    assert_false(rate_memory_key(key, &none));
    assert_true(rate_memory_key(key, &serial));
    assert_string_equal(key, "10c4:ea60:AB_1");
    const espbak_usb_id hostile = {
        .known = true, .vid = 1, .pid = 2, .serial = "A\n1\t2\r\x1B[\x7F\xC3\xA9", .place = "1"};
    assert_true(rate_memory_key(key, &hostile));
    assert_string_equal(key, "0001:0002:A_1_2__[_\xC3\xA9");
    assert_true(rate_memory_key(key, &place));
    assert_string_equal(key, "1a86:7523@1-2.4");
}

static void test_text_and_back(void **state)
{
    (void)state;
    static const char text[] = "a 921600 0 0\nb 2000000 3000000 7\n";
    char again[RATE_MEMORY_SIZE];
    rate_memory memory;
    rate_memory_parse(&memory, text);
    assert_int_equal(memory.count, 2);
    assert_int_equal(rate_memory_find(&memory, "b")->below, 3000000);
    assert_int_equal(rate_memory_find(&memory, "b")->sessions, 7);
    assert_null(rate_memory_find(&memory, "c"));
    rate_memory_format(&memory, again);
    assert_string_equal(again, text);
}

static void test_nonsense_is_left_out(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "\n\n",
        "a",
        "a 1",
        "a 0 0 0",
        "a 5 0 0",
        "a 921600 460800 0",
        "a 921600 921600 0",
        "a 99999999 0 0",
        "a -1 0 0",
        "a x y z",
        "a 921600 0",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rate_memory memory;
        rate_memory_parse(&memory, rows[i]);
        assert_int_equal(memory.count, 0);
    }
    char longest[2 * RATE_MEMORY_LINE];
    memset(longest, 'k', sizeof(longest));
    strcpy(longest + sizeof(longest) - 16, " 921600 0 0\n");
    rate_memory memory;
    rate_memory_parse(&memory, longest);
    assert_int_equal(memory.count, 0);
}

static void test_the_newest_comes_first_and_the_oldest_goes(void **state)
{
    (void)state;
    char text[RATE_MEMORY_SIZE];
    rate_memory memory = {.count = 0};
    for (unsigned i = 0; i < RATE_MEMORY_ENTRIES + 10; i++) {
        rate_entry entry = {.baud = 921600 + i};
        memset(entry.key, 'k', sizeof(entry.key) - 1);
        snprintf(entry.key + sizeof(entry.key) - 8, 8, "%07u", i);
        rate_memory_put(&memory, &entry);
    }
    assert_int_equal(memory.count, RATE_MEMORY_ENTRIES);
    assert_int_equal(memory.entries[0].baud, 921600 + RATE_MEMORY_ENTRIES + 9);
    assert_int_equal(memory.entries[RATE_MEMORY_ENTRIES - 1].baud, 921600 + 10);
    const rate_entry known = memory.entries[5];
    rate_memory_put(&memory, &known);
    assert_string_equal(memory.entries[0].key, known.key);
    assert_int_equal(memory.count, RATE_MEMORY_ENTRIES);
    rate_memory_format(&memory, text);
    rate_memory again;
    rate_memory_parse(&again, text);
    assert_int_equal(again.count, RATE_MEMORY_ENTRIES);
    assert_string_equal(again.entries[RATE_MEMORY_ENTRIES - 1].key, memory.entries[RATE_MEMORY_ENTRIES - 1].key);
}

static void test_what_was_too_high_is_tried_again_after_some_sessions(void **state)
{
    (void)state;
    rate_entry entry = {.key = "a"};
    entry = rate_memory_next(&entry, 2000000, 3000000);
    assert_int_equal(entry.below, 3000000);
    unsigned sessions = 0;
    for (; entry.below != 0; sessions++)
        entry = rate_memory_next(&entry, 2000000, 0);
    assert_true(sessions >= 10 && sessions <= 100);
    /* and at once where it has become higher, or another one was too high */
    entry = rate_memory_next(&(const rate_entry){.key = "a", .baud = 2000000, .below = 3000000}, 3000000, 0);
    assert_int_equal(entry.below, 0);
    entry = rate_memory_next(&(const rate_entry){.key = "a", .baud = 2000000, .below = 3000000}, 1500000, 2000000);
    assert_int_equal(entry.below, 2000000);
    assert_int_equal(entry.sessions, 0);
}

TEST_GROUP(rate_memory)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_adapter_is_known_by_serial_number_or_place),
        cmocka_unit_test(test_text_and_back),
        cmocka_unit_test(test_nonsense_is_left_out),
        cmocka_unit_test(test_the_newest_comes_first_and_the_oldest_goes),
        cmocka_unit_test(test_what_was_too_high_is_tried_again_after_some_sessions),
    };
    return RUN_GROUP(tests);
}
