/* SPDX-License-Identifier: Apache-2.0 */
/* The server's side of RFC 2217. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sim/server/telnet.h"
#include "support/group.h"

typedef struct seen {
    uint8_t data[256], reply[256];
    size_t data_size, reply_size;
    char calls[256];
} seen;

static void on_data(void *user, const uint8_t *bytes, size_t size)
{
    seen *s = user;
    memcpy(s->data + s->data_size, bytes, size);
    s->data_size += size;
}

static void on_reply(void *user, const uint8_t *bytes, size_t size)
{
    seen *s = user;
    memcpy(s->reply + s->reply_size, bytes, size);
    s->reply_size += size;
}

static void note(seen *s, const char *text)
{
    strncat(s->calls, text, sizeof(s->calls) - strlen(s->calls) - 1);
}

static void on_baud(void *user, uint32_t baud)
{
    char text[32];
    snprintf(text, sizeof(text), "baud %lu;", (unsigned long)baud);
    note(user, text);
}

static void on_lines(void *user, bool dtr, bool rts)
{
    char text[32];
    snprintf(text, sizeof(text), "lines %d%d;", dtr, rts);
    note(user, text);
}

static void on_purge(void *user, bool from_chip, bool to_chip)
{
    char text[32];
    snprintf(text, sizeof(text), "purge %d%d;", from_chip, to_chip);
    note(user, text);
}

/* In pieces of every size: the result must not depend on how the bytes come. */
static void check(const char *input, size_t size, const char *data, size_t data_size, const char *calls,
                  const char *reply, size_t reply_size)
{
    for (size_t piece = 1; piece <= size; piece++) {
        seen s = {0};
        telnet t;
        const telnet_handler handler = {on_data, on_reply, on_baud, on_lines, on_purge, &s};
        telnet_init(&t, &handler);
        for (size_t at = 0; at < size; at += piece)
            telnet_receive(&t, (const uint8_t *)input + at, size - at < piece ? size - at : piece);
        assert_int_equal(s.data_size, data_size);
        assert_memory_equal(s.data, data, data_size);
        assert_string_equal(s.calls, calls);
        assert_int_equal(s.reply_size, reply_size);
        assert_memory_equal(s.reply, reply, reply_size);
    }
}
#define CHECK(input, data, calls, reply)                                                                               \
    check(input, sizeof(input) - 1, data, sizeof(data) - 1, calls, reply, sizeof(reply) - 1)

static void test_data(void **state)
{
    (void)state;
    CHECK("ab\xFF\xFF"
          "c",
          "ab\xFF"
          "c",
          "", "");
    CHECK("a\xFF\xF1"
          "b",
          "ab", "", ""); /* NOP */
    uint8_t out[8];
    assert_int_equal(telnet_escape(out, (const uint8_t *)"\xFF\x01\xFF", 3), 5);
    assert_memory_equal(out, "\xFF\xFF\x01\xFF\xFF", 5);
}

static void test_options(void **state)
{
    (void)state;
    CHECK("\xFF\xFD\x00", "", "", "\xFF\xFB\x00");             /* DO BINARY: WILL */
    CHECK("\xFF\xFB\x03", "", "", "\xFF\xFD\x03");             /* WILL SGA: DO */
    CHECK("\xFF\xFB\x18", "", "", "\xFF\xFE\x18");             /* WILL TERMINAL-TYPE: DONT */
    CHECK("\xFF\xFD\xC8", "", "", "\xFF\xFC\xC8");             /* DO 200: WONT */
    CHECK("\xFF\xFD\x00\xFF\xFD\x00", "", "", "\xFF\xFB\x00"); /* once is enough */
    CHECK("\xFF\xFE\x00", "", "", "");                         /* DONT what is not done */
    CHECK("\xFF\xFB\x2C", "", "", "\xFF\xFD\x2C\xFF\xFA\x2C\x6B\xB0\xFF\xF0");
}

static void test_com_port(void **state)
{
    (void)state;
    CHECK("\xFF\xFA\x2C\x01\x00\x01\xC2\x00\xFF\xF0", "", "baud 115200;", "\xFF\xFA\x2C\x65\x00\x01\xC2\x00\xFF\xF0");
    CHECK("\xFF\xFA\x2C\x01\x00\x00\x00\x00\xFF\xF0", "", "", "\xFF\xFA\x2C\x65\x00\x01\xC2\x00\xFF\xF0");
    /* 0xFF in a value is doubled, both ways */
    CHECK("\xFF\xFA\x2C\x01\x00\x00\xFF\xFF\x00\xFF\xF0", "", "baud 65280;",
          "\xFF\xFA\x2C\x65\x00\x00\xFF\xFF\x00\xFF\xF0");
    CHECK("\xFF\xFA\x2C\x05\x08\xFF\xF0\xFF\xFA\x2C\x05\x0B\xFF\xF0\xFF\xFA\x2C\x05\x09\xFF\xF0", "",
          "lines 10;lines 11;lines 01;",
          "\xFF\xFA\x2C\x69\x08\xFF\xF0\xFF\xFA\x2C\x69\x0B\xFF\xF0\xFF\xFA\x2C\x69\x09\xFF\xF0");
    CHECK("\xFF\xFA\x2C\x0C\x03\xFF\xF0", "", "purge 11;", "\xFF\xFA\x2C\x70\x03\xFF\xF0");
    CHECK("\xFF\xFA\x2C\x01\x00\xFF\xF0x", "x", "", ""); /* too short: ignored */
    CHECK("\xFF\xFA\x18\x01\xFF\xF0x", "x", "", "");     /* another option's */
}

TEST_GROUP(telnet)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_com_port),
    };
    return RUN_GROUP(tests);
}
