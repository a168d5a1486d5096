/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "support/group.h"

static void numbers_are_little_endian(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0xF0, 0xE1, 0xD2, 0xC3};
    assert_int_equal(bytes_get_le16(bytes), 0xE1F0);
    assert_int_equal(bytes_get_le32(bytes), 0xC3D2E1F0);
    bytes_put_le32(bytes, 0x01020304);
    assert_memory_equal(bytes, "\4\3\2\1", 4);
    bytes_put_le16(bytes, 0xFFFE);
    assert_memory_equal(bytes, "\xFE\xFF\2\1", 4);
}

static void ranges_do_not_overflow(void **state)
{
    (void)state;
    static const struct {
        uint64_t offset, size, limit;
        bool within;
    } rows[] = {
        {0, 0, 0, true},
        {0, 1, 0, false},
        {4, 4, 8, true},
        {4, 5, 8, false},
        {8, 0, 8, true},
        {9, 0, 8, false},
        {UINT64_MAX, 2, 8, false},
        {2, UINT64_MAX, 8, false},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, false},
        {0, UINT64_MAX, UINT64_MAX, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(bytes_range_within(rows[i].offset, rows[i].size, rows[i].limit), rows[i].within);
    assert_int_equal(bytes_min64(1, 2), 1);
    assert_int_equal(bytes_min64(UINT64_MAX, 2), 2);
}

static void uniform_bytes_are_recognised(void **state)
{
    (void)state;
    uint8_t bytes[64];
    memset(bytes, 0xFF, sizeof(bytes));
    assert_true(bytes_are_all(bytes, sizeof(bytes), 0xFF));
    assert_true(bytes_are_all(bytes, 0, 0));
    assert_true(bytes_are_all(bytes, 1, 0xFF));
    assert_false(bytes_are_all(bytes, 1, 0xFE));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 0xFE;
        assert_false(bytes_are_all(bytes, sizeof(bytes), 0xFF));
        bytes[i] = 0xFF;
    }
}

static void hex_goes_both_ways(void **state)
{
    (void)state;
    uint8_t bytes[4];
    char hex[9];
    assert_true(bytes_from_hex(bytes, 4, "00ff1aB0") == false);
    assert_true(bytes_from_hex(bytes, 4, "00ff1ab0"));
    assert_memory_equal(bytes, "\0\xFF\x1A\xB0", 4);
    bytes_to_hex(hex, bytes, 4);
    assert_string_equal(hex, "00ff1ab0");
    static const char *const bad[] = {"", "00ff1ab", "00ff1ab00", "00ff1abg", " 0ff1ab0", "0x00ff1a", "00FF1AB0"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(bytes_from_hex(bytes, 4, bad[i]));
    assert_true(bytes_from_hex(bytes, 0, ""));
}

static void assert_printable(const char *text, size_t size, const char *expected)
{
    char out[64];
    /* a block of its own, so that a read past the end is seen by the sanitizer */
    char *copy = malloc(size + 1);
    memcpy(copy, text, size);
    memset(out, 'x', sizeof(out));
    char *exact = realloc(copy, size == 0 ? 1 : size);
    bytes_printable(out, sizeof(out), exact, size);
    assert_string_equal(out, expected);
    free(exact);
}

static void text_becomes_printable(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"plain text ~", "plain text ~"},
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\xB1", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\xB1"},
        {"a\nb\tc\x7F", "a?b?c?"},
        {"\033[31mred", "?[31mred"},
        {"\xC2\x9B"
         "31m",
         "??31m"},
        {"\x80\xFF", "??"},
        {"\xC3", "?"},
        {"\xE2\x82", "??"},
        {"\xC0\xAF", "??"},
        {"\xE0\x80\xAF", "???"},
        {"\xF0\x80\x80\xAF", "????"},
        {"\xED\xA0\x80", "???"},
        {"\xF4\x90\x80\x80", "????"},
        {"\xE2\x80\xAE"
         "bin.exe",
         "???bin.exe"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_printable(rows[i][0], strlen(rows[i][0]), rows[i][1]);
    assert_printable("ab\0cd", 5, "ab");
    assert_printable("abcd", 2, "ab");
    assert_printable("", 0, "");
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char out[4];
    bytes_printable(out, sizeof(out), "ab\xC3\xA9", 4);
    assert_string_equal(out, "ab");
    bytes_printable(out, sizeof(out), "a\xC3\xA9z", 4);
    assert_string_equal(out, "a\xC3\xA9");
    bytes_printable(out, 1, "abc", 3);
    assert_string_equal(out, "");
    out[0] = 'x';
    bytes_printable(out, 0, "abc", 3);
    assert_int_equal(out[0], 'x');
}

TEST_GROUP(bytes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian),    cmocka_unit_test(ranges_do_not_overflow),
        cmocka_unit_test(uniform_bytes_are_recognised), cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(text_becomes_printable),       cmocka_unit_test(long_text_is_cut_between_characters),
    };
    return RUN_GROUP(tests);
}
