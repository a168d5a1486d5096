/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "protocol/slip.h"
#include "support/group.h"

enum { CAPACITY = 16, FRAMES_MAX = 8 };

/* Everything that came out of one input. */
typedef struct outcome {
    uint8_t frames[FRAMES_MAX][CAPACITY];
    size_t sizes[FRAMES_MAX];
    size_t count;
    size_t damaged;
    uint64_t noise;
} outcome;

/* Decode in pieces of at most `step` bytes. */
static outcome decode(const uint8_t *bytes, size_t size, size_t step)
{
    outcome result = {0};
    uint8_t buffer[CAPACITY];
    slip_decoder decoder;
    slip_decoder_init(&decoder, buffer, sizeof(buffer));
    for (size_t at = 0; at < size;) {
        const size_t piece = size - at < step ? size - at : step;
        size_t used = 0;
        const slip_result got = slip_decode(&decoder, bytes + at, piece, &used);
        assert_true(used > 0 && used <= piece);
        at += used;
        if (got == SLIP_MORE) {
            assert_int_equal(used, piece);
        } else if (got == SLIP_DAMAGED) {
            result.damaged++;
        } else {
            assert_in_range(result.count, 0, FRAMES_MAX - 1);
            memcpy(result.frames[result.count], decoder.frame, decoder.size);
            result.sizes[result.count++] = decoder.size;
        }
    }
    result.noise = decoder.noise;
    return result;
}

typedef struct row {
    const char *what;
    const char *input;
    size_t input_size;
    size_t count, damaged;
    const char *last; /* the last frame */
    size_t last_size;
    uint64_t noise;
} row;

#define TEXT(literal) (literal), sizeof(literal) - 1

static const row rows[] = {
    {"one frame",
     TEXT("\xC0"
          "abc\xC0"),
     1, 0, TEXT("abc"), 0},
    {"two frames, an END each side",
     TEXT("\xC0"
          "abc\xC0\xC0"
          "de\xC0"),
     2, 0, TEXT("de"), 0},
    {"empty frames",
     TEXT("\xC0\xC0\xC0\xC0"
          "abc\xC0"),
     1, 0, TEXT("abc"), 0},
    {"escapes", TEXT("\xC0\xDB\xDC\xDB\xDD\xC0"), 1, 0, TEXT("\xC0\xDB"), 0},
    {"escaped letters are letters", TEXT("\xC0\xDC\xDD\xC0"), 1, 0, TEXT("\xDC\xDD"), 0},
    {"boot log before",
     TEXT("ets Jul\r\n\xC0"
          "abc\xC0"),
     1, 0, TEXT("abc"), 9},
    {"noise between",
     TEXT("\xC0"
          "abc\xC0"
          "xy\xC0"
          "de\xC0"),
     2, 0, TEXT("de"), 2},
    {"bad escape",
     TEXT("\xC0"
          "a\xDB"
          "b\xC0"),
     0, 1, TEXT(""), 2},
    {"end inside an escape",
     TEXT("\xC0"
          "a\xDB\xC0"),
     0, 1, TEXT(""), 1},
    {"good after bad",
     TEXT("\xC0"
          "a\xDBx\xC0\xC0"
          "de\xC0"),
     1, 1, TEXT("de"), 2},
    {"lost end: the next frame's END closes, what follows is a frame",
     TEXT("\xC0"
          "a\xDBx\xC0"
          "de\xC0"),
     1, 1, TEXT("de"), 2},
    {"too long is dropped whole",
     TEXT("\xC0"
          "0123456789abcdefg\xC0\xC0"
          "de\xC0"),
     1, 1, TEXT("de"), 17},
    {"as long as fits",
     TEXT("\xC0"
          "0123456789abcdef\xC0"),
     1, 0, TEXT("0123456789abcdef"), 0},
    {"nothing complete",
     TEXT("\xC0"
          "abc"),
     0, 0, TEXT(""), 0},
};

static void every_input_in_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const row *r = &rows[i];
        for (size_t step = 1; step <= r->input_size; step++) {
            const outcome got = decode((const uint8_t *)r->input, r->input_size, step);
            if (got.count != r->count || got.damaged != r->damaged || got.noise != r->noise)
                fail_msg("%s, step %zu: %zu frames, %zu damaged, %llu noise", r->what, step, got.count, got.damaged,
                         (unsigned long long)got.noise);
            if (r->count == 0)
                continue;
            assert_int_equal(got.sizes[got.count - 1], r->last_size);
            assert_memory_equal(got.frames[got.count - 1], r->last, r->last_size);
        }
    }
}

static void encoding_is_undone_by_decoding(void **state)
{
    (void)state;
    uint8_t wire[SLIP_ENCODED_MAX(256)];
    uint8_t frame[256];
    uint8_t all[256];
    slip_decoder decoder;
    size_t used = 0;
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (uint8_t)i;
    const size_t size = slip_encode(wire, all, sizeof(all));
    assert_int_equal(size, 256 + 2 + 2); /* two bytes of 256 are escaped */
    slip_decoder_init(&decoder, frame, sizeof(frame));
    assert_int_equal(slip_decode(&decoder, wire, size, &used), SLIP_FRAME);
    assert_int_equal(used, size);
    assert_int_equal(decoder.size, sizeof(all));
    assert_memory_equal(frame, all, sizeof(all));
}

static void worst_case_fits(void **state)
{
    (void)state;
    uint8_t ends[8];
    uint8_t wire[SLIP_ENCODED_MAX(sizeof(ends)) + 1];
    memset(ends, SLIP_END, sizeof(ends));
    wire[sizeof(wire) - 1] = 0x5A;
    assert_int_equal(slip_encode(wire, ends, sizeof(ends)), SLIP_ENCODED_MAX(sizeof(ends)));
    assert_int_equal(wire[sizeof(wire) - 1], 0x5A);
    assert_int_equal(slip_encode(wire, ends, 0), 2);
}

static void parts_are_one_frame(void **state)
{
    (void)state;
    uint8_t wire[32];
    uint8_t whole[32];
    const size_t size = slip_encode_parts(wire, (const uint8_t *)"a\xC0", 2,
                                          (const uint8_t *)"\xDB"
                                                           "b",
                                          2);
    assert_int_equal(size, slip_encode(whole,
                                       (const uint8_t *)"a\xC0\xDB"
                                                        "b",
                                       4));
    assert_memory_equal(wire, whole, size);
}

static void reset_forgets_half_a_frame(void **state)
{
    (void)state;
    uint8_t buffer[CAPACITY];
    slip_decoder decoder;
    size_t used = 0;
    slip_decoder_init(&decoder, buffer, sizeof(buffer));
    assert_int_equal(slip_decode(&decoder,
                                 (const uint8_t *)"\xC0"
                                                  "ab\xDB",
                                 4, &used),
                     SLIP_MORE);
    slip_decoder_reset(&decoder);
    assert_int_equal(slip_decode(&decoder,
                                 (const uint8_t *)"c\xC0"
                                                  "de\xC0",
                                 5, &used),
                     SLIP_FRAME);
    assert_int_equal(decoder.size, 2);
    assert_memory_equal(buffer, "de", 2);
    assert_int_equal(decoder.noise, 1);
}

TEST_GROUP(slip)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_input_in_every_cut),
        cmocka_unit_test(encoding_is_undone_by_decoding),
        cmocka_unit_test(worst_case_fits),
        cmocka_unit_test(parts_are_one_frame),
        cmocka_unit_test(reset_forgets_half_a_frame),
    };
    return RUN_GROUP(tests);
}
