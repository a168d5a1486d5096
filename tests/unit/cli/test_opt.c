/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include "cli/parse/opt.h"
#include "cli/parse/suggest.h"
#include "support/group.h"

typedef struct values {
    const char *port;
    opt_number size;
    int before;
    unsigned verbose;
    bool yes, force;
} values;

static const opt_choice BEFORE[] = {{"default-reset", 0}, {"no-reset", 2}, {NULL, 0}};

static const opt_spec GLOBAL[] = {
    {"port", 'p', OPT_TEXT, "PORT", "", offsetof(values, port), 0, NULL},
    {"flash-size", 's', OPT_NUMBER, "N", "", offsetof(values, size), 1 << 28, NULL},
    {"before", 0, OPT_CHOICE, "HOW", "", offsetof(values, before), 0, BEFORE},
    {"verbose", 'v', OPT_COUNT, NULL, "", offsetof(values, verbose), 0, NULL},
    {"yes", 'y', OPT_FLAG, NULL, "", offsetof(values, yes), 0, NULL},
};
static const opt_spec OWN[] = {
    {"force", 0, OPT_FLAG, NULL, "", offsetof(values, force), 0, NULL},
};

enum { WORDS_MAX = 8 };

/* Parses as the program does: the command's own options count once the first word is seen. */
static espbak_status parse(values *v, const char *words[WORDS_MAX], char *const *argv, espbak_error *err)
{
    int argc = 0, count = 0;
    while (argv[argc] != NULL)
        argc++;
    opt_parser parser = {.argv = argv, .argc = argc};
    parser.sets[0] = (opt_set){GLOBAL, sizeof(GLOBAL) / sizeof(GLOBAL[0]), v};
    *v = (values){0};
    *err = (espbak_error){0};
    for (;;) {
        const char *word;
        if (opt_next(&parser, &word, err) != ESPBAK_OK)
            return err->status;
        words[count++] = word;
        if (word == NULL)
            return ESPBAK_OK;
        parser.sets[1] = (opt_set){OWN, sizeof(OWN) / sizeof(OWN[0]), v};
    }
}

#define ARGV(...) ((char *[]){__VA_ARGS__, NULL})

static void test_both_ways_to_give_a_value(void **state)
{
    (void)state;
    values v;
    const char *words[WORDS_MAX];
    espbak_error err;
    assert_int_equal(parse(&v, words, ARGV("--flash-size", "0x10K", "-yvv", "-pb", "cmd"), &err), ESPBAK_OK);
    assert_string_equal(v.port, "b");
    assert_true(v.size.given);
    assert_int_equal(v.size.value, 16 * 1024);
    assert_int_equal(v.verbose, 2);
    assert_true(v.yes);
    assert_string_equal(words[0], "cmd");
    assert_null(words[1]);
    assert_int_equal(parse(&v, words, ARGV("--port=a", "cmd"), &err), ESPBAK_OK);
    assert_string_equal(v.port, "a");
    assert_int_equal(parse(&v, words, ARGV("--port=a", "cmd", "-p", "b"), &err), ESPBAK_E_USAGE);
    assert_string_equal(err.message, "option --port is given twice, the second time as 'b'");
}

static void test_global_options_stand_on_both_sides(void **state)
{
    (void)state;
    values v;
    const char *words[WORDS_MAX];
    espbak_error err;
    assert_int_equal(parse(&v, words, ARGV("-y", "cmd", "x", "--force", "-p", "q", "y"), &err), ESPBAK_OK);
    assert_true(v.yes);
    assert_true(v.force);
    assert_string_equal(v.port, "q");
    assert_string_equal(words[1], "x");
    assert_string_equal(words[2], "y");
    /* A command's own option before the command is not known yet. */
    assert_int_equal(parse(&v, words, ARGV("--force", "cmd"), &err), ESPBAK_E_USAGE);
}

static void test_underscores_are_hyphens(void **state)
{
    (void)state;
    values v;
    const char *words[WORDS_MAX];
    espbak_error err;
    assert_int_equal(parse(&v, words, ARGV("--flash_size=4K", "--before", "no_reset", "cmd"), &err), ESPBAK_OK);
    assert_int_equal(v.before, 2);
    assert_int_equal(v.size.value, 4096);
}

static void test_words_that_look_like_options(void **state)
{
    (void)state;
    values v;
    const char *words[WORDS_MAX];
    espbak_error err;
    assert_int_equal(parse(&v, words, ARGV("cmd", "-", "-5", "--", "--force", "-y"), &err), ESPBAK_OK);
    assert_string_equal(words[1], "-");
    assert_string_equal(words[2], "-5");
    assert_string_equal(words[3], "--force");
    assert_string_equal(words[4], "-y");
    assert_false(v.force);
    assert_false(v.yes);
}

static void test_mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        char *argv[3];
        const char *told;
    } cases[] = {
        {{"--prot=x", NULL, NULL}, "--prot"},     {{"-z", NULL, NULL}, "-z"},
        {{"--port", NULL, NULL}, "--port"},       {{"--port", "--yes", NULL}, "--port"},
        {{"--yes=1", NULL, NULL}, "'1'"},         {{"--before", "later", NULL}, "'later'"},
        {{"-s", "-4", NULL}, "'-4' is negative"}, {{"--flash-size=4Q", NULL, NULL}, "'4Q' is not a number"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        values v;
        const char *words[WORDS_MAX];
        espbak_error err;
        assert_int_equal(parse(&v, words, cases[i].argv, &err), ESPBAK_E_USAGE);
        assert_non_null(strstr(err.message, cases[i].told));
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        {"0", 0},           {"4096", 4096},      {"0x1000", 4096}, {"0XfF", 255},
        {"4K", 4096},       {"4k", 4096},        {"4KB", 4096},    {"16M", 16 << 20},
        {"16MB", 16 << 20}, {"0x10M", 16 << 20}, {"010", 10},      {"0xFFFFFFFF", UINT32_MAX},
    };
    static const char *const bad[] = {
        "",
        "x",
        "0x",
        "K",
        "4 K",
        "4G",
        "+4",
        "-1",
        "-0x10",
        "1.5M",
        "0x1g",
        "4KK",
        "4KBB",
        "١",
        "1e3",
        "18446744073709551616",
        "0x10000000000000000",
        "99999999999999999999999M",
        "4194304K",
        "4096M",
        "0x100000000",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        uint64_t value = 1;
        espbak_error err = {0};
        assert_int_equal(opt_parse_number(good[i].text, UINT32_MAX, "n", &value, &err), ESPBAK_OK);
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t value = 77;
        espbak_error err = {0};
        assert_int_equal(opt_parse_number(bad[i], UINT32_MAX, "offset", &value, &err), ESPBAK_E_USAGE);
        assert_int_equal(value, 77);
        assert_non_null(strstr(err.message, bad[i]));
        assert_non_null(strstr(err.message, "offset"));
    }
}

static void test_numbers_up_to_64_bits(void **state)
{
    (void)state;
    uint64_t value = 0;
    espbak_error err = {0};
    assert_int_equal(opt_parse_number("18446744073709551615", UINT64_MAX, "n", &value, &err), ESPBAK_OK);
    assert_true(value == UINT64_MAX);
    assert_int_equal(opt_parse_number("18014398509481983K", UINT64_MAX, "n", &value, &err), ESPBAK_OK);
    assert_int_equal(opt_parse_number("18014398509481984K", UINT64_MAX, "n", &value, &err), ESPBAK_E_USAGE);
}

static void test_suggestions(void **state)
{
    (void)state;
    static const char *const names[] = {"backup", "restore", "read", "ports"};
    static const struct {
        const char *word, *best;
    } cases[] = {{"bakcup", "backup"}, {"restor", "restore"}, {"prots", "ports"}, {"inspect", NULL},
                 {"x", NULL},          {"res", "restore"},    {"re", NULL}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        suggest s;
        suggest_start(&s, cases[i].word);
        for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
            suggest_offer(&s, names[n]);
        if (cases[i].best == NULL)
            assert_null(s.best);
        else
            assert_string_equal(s.best, cases[i].best);
    }
}

TEST_GROUP(opt)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways_to_give_a_value), cmocka_unit_test(test_global_options_stand_on_both_sides),
        cmocka_unit_test(test_underscores_are_hyphens),   cmocka_unit_test(test_words_that_look_like_options),
        cmocka_unit_test(test_mistakes_are_named),        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_numbers_up_to_64_bits),     cmocka_unit_test(test_suggestions),
    };
    return RUN_GROUP(tests);
}
