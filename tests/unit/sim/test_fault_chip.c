/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the chip behind the line: what lies, what is lost, and what reads differently. */
#include "support/group.h"
#include "support/sim_wire.h"

#include <stdio.h>

#include "base/digest.h"

enum { SECTOR = 4096, AT = 0x10000 };

static void open_stub(wire *w, const char *fault, bool legacy)
{
    char spec[128];
    snprintf(spec, sizeof(spec), "esp32s3,baud=real,flash-time=default,fault=%s", fault);
    wire_open(w, spec);
    wire_start_stub(w, legacy);
}

static void ask_md5(wire *w, uint32_t offset, uint8_t md5[16])
{
    wire_words(w, 0x13, 4, offset, (uint32_t)SECTOR, 0u, 0u);
    assert_int_equal(wire_status(w, 0x13, 16), 0);
    memcpy(md5, w->frame + 8, 16);
}

/* One packet; returns whether the digest sent behind it is that of what came. */
static bool read_sector(wire *w, uint32_t offset, uint8_t bytes[SECTOR])
{
    uint8_t ack[4], md5[16];
    wire_words(w, 0xD2, 4, offset, (uint32_t)SECTOR, (uint32_t)SECTOR, 1u);
    assert_int_equal(wire_status(w, 0xD2, 0), 0);
    assert_true(wire_frame(w, 1000LL * SIM_MS));
    assert_int_equal(w->size, SECTOR);
    memcpy(bytes, w->frame, SECTOR);
    bytes_put_le32(ack, SECTOR);
    wire_send_frame(w, ack, sizeof(ack));
    assert_true(wire_frame(w, 1000LL * SIM_MS));
    assert_int_equal(w->size, 16);
    assert_int_equal(digest_of(DIGEST_MD5, bytes, SECTOR, md5, NULL), ESPBAK_OK);
    return memcmp(md5, w->frame, 16) == 0;
}

static void write_sector(wire *w, uint32_t offset, uint8_t value)
{
    uint8_t plain[SECTOR];
    memset(plain, value, sizeof(plain));
    wire_words(w, 0x02, 4, (uint32_t)SECTOR, 1u, 0x4000u, offset);
    assert_int_equal(wire_status(w, 0x02, 0), 0);
    wire_block(w, 0x03, 0, plain, sizeof(plain), wire_checksum(plain, sizeof(plain)));
    assert_int_equal(wire_status(w, 0x03, 0), 0);
    wire_words(w, 0x04, 1, 1u);
    assert_int_equal(wire_status(w, 0x04, 0), 0);
}

static void test_data_lies_while_the_hash_is_true(void **state)
{
    (void)state;
    for (int legacy = 0; legacy < 2; legacy++) {
        wire true_one, liar;
        uint8_t bytes[SECTOR], other[SECTOR], md5[16], lied[16];
        open_stub(&true_one, "stall:0", legacy != 0);
        open_stub(&liar, "lie-data:1", legacy != 0);
        assert_true(read_sector(&true_one, AT, bytes));
        assert_false(read_sector(&liar, AT, other));
        assert_memory_not_equal(bytes, other, SECTOR);
        ask_md5(&true_one, AT, md5);
        ask_md5(&liar, AT, lied);
        assert_memory_equal(md5, lied, sizeof(md5));
        wire_close(&true_one);
        wire_close(&liar);
    }
}

static void test_hash_lies_while_the_data_is_true(void **state)
{
    (void)state;
    wire true_one, liar;
    uint8_t bytes[SECTOR], other[SECTOR], md5[16], lied[16];
    open_stub(&true_one, "stall:0", false);
    open_stub(&liar, "lie:1", false);
    assert_true(read_sector(&true_one, AT, bytes));
    assert_false(read_sector(&liar, AT, other));
    assert_memory_equal(bytes, other, SECTOR);
    ask_md5(&true_one, AT, md5);
    ask_md5(&liar, AT, lied);
    assert_memory_not_equal(md5, lied, sizeof(md5));
    wire_close(&true_one);
    wire_close(&liar);
}

static void test_a_write_that_lies_says_that_it_is_done(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (int legacy = 0; legacy < 2; legacy++) {
        wire w;
        uint8_t bytes[SECTOR];
        open_stub(&w, "lie-write:0.5", legacy != 0);
        for (uint32_t i = 0; i < 16; i++) {
            write_sector(&w, AT + i * SECTOR, 0x5A);
            assert_true(read_sector(&w, AT + i * SECTOR, bytes));
            wrong += !bytes_are_all(bytes, SECTOR, 0x5A);
        }
        wire_close(&w);
    }
    assert_in_range(wrong, 8, 30);
}

/* The second request comes while the first is in work; where it is lost nothing says so. */
static unsigned answers_to_two(const char *fault, bool legacy, bool wait)
{
    wire w;
    unsigned count = 0;
    open_stub(&w, fault, legacy);
    for (unsigned i = 0; i < 2; i++) {
        wire_words(&w, 0x13, 4, (uint32_t)AT, 0x10000u, 0u, 0u);
        wire_wait(&w, (wait ? 200LL : 5LL) * SIM_MS);
    }
    while (wire_frame(&w, 500LL * SIM_MS))
        count++;
    wire_close(&w);
    return count;
}

static void test_only_a_request_that_waits_is_lost(void **state)
{
    (void)state;
    for (int legacy = 0; legacy < 2; legacy++) {
        assert_int_equal(answers_to_two("lose:1", legacy != 0, false), 1);
        assert_int_equal(answers_to_two("lose:1", legacy != 0, true), 2);
        assert_int_equal(answers_to_two("lose:0", legacy != 0, false), 2);
    }
}

static void test_a_sector_that_wavers_is_right_the_third_time(void **state)
{
    (void)state;
    wire w;
    uint8_t md5[4][16];
    open_stub(&w, "waver:0x10800", false);
    for (unsigned i = 0; i < 4; i++)
        ask_md5(&w, AT, md5[i]);
    assert_memory_not_equal(md5[0], md5[1], 16);
    assert_memory_not_equal(md5[1], md5[2], 16);
    assert_memory_equal(md5[2], md5[3], 16);
    wire_close(&w);
}

static void test_faults_are_counted_in_a_file(void **state)
{
    (void)state;
    char line[64] = "";
    wire w;
    uint8_t md5[16];
    remove("sim-fault-count");
    wire_open(&w, "esp32s3,fault=lie:1+flip:0,fault-count=sim-fault-count");
    wire_start_stub(&w, false);
    ask_md5(&w, AT, md5);
    ask_md5(&w, AT, md5);
    wire_close(&w);
    FILE *in = fopen("sim-fault-count", "r");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof(line), in));
    assert_string_equal(line, "lie 2\n");
    assert_null(fgets(line, sizeof(line), in));
    fclose(in);
    remove("sim-fault-count");
}

TEST_GROUP(fault_chip)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_lies_while_the_hash_is_true),
        cmocka_unit_test(test_hash_lies_while_the_data_is_true),
        cmocka_unit_test(test_a_write_that_lies_says_that_it_is_done),
        cmocka_unit_test(test_only_a_request_that_waits_is_lost),
        cmocka_unit_test(test_a_sector_that_wavers_is_right_the_third_time),
        cmocka_unit_test(test_faults_are_counted_in_a_file),
    };
    return RUN_GROUP(tests);
}
