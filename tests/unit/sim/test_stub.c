/* SPDX-License-Identifier: Apache-2.0 */
/* The two kinds of stub, above all how each one reads. */
#include "support/group.h"
#include "support/sim_wire.h"

#include <zlib.h>

enum { PACKET = 4096 };

static void ack(wire *w, uint32_t count)
{
    uint8_t bytes[4];
    bytes_put_le32(bytes, count);
    wire_send_frame(w, bytes, sizeof(bytes));
}

static void start_read(wire *w, uint32_t size, uint32_t window)
{
    wire_words(w, 0xD2, 4, 0x10000u, size, (uint32_t)PACKET, window);
    assert_int_equal(wire_status(w, 0xD2, 0), 0);
}

/* How many packets come without an acknowledgement. */
static unsigned packets_in_flight(wire *w)
{
    unsigned count = 0;
    while (wire_frame(w, 200LL * SIM_MS)) {
        assert_int_equal(w->size, PACKET);
        count++;
    }
    return count;
}

static void test_stub_answers_sync_with_zero(void **state)
{
    (void)state;
    for (int legacy = 0; legacy < 2; legacy++) {
        wire w;
        wire_open(&w, "esp32s3");
        wire_start_stub(&w, legacy != 0);
        assert_int_equal(wire_sync(&w), 0);
        assert_int_equal(w.size, 8 + 2);
        wire_close(&w);
    }
}

/* esp-flasher-stub sends one packet whatever is asked; the legacy stub compares the window with bytes. */
static void test_windows(void **state)
{
    (void)state;
    static const struct {
        bool legacy;
        uint32_t window;
        unsigned packets;
    } rows[] = {
        {false, 1, 1}, {false, 64, 1}, {false, 16384, 1}, {true, 64, 1}, {true, 4097, 2}, {true, 16384, 4},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        wire_open(&w, "esp32s3");
        wire_start_stub(&w, rows[i].legacy);
        start_read(&w, 8 * PACKET, rows[i].window);
        assert_int_equal(packets_in_flight(&w), rows[i].packets);
        wire_close(&w);
    }
}

static void finish_read(wire *w, uint32_t done, uint32_t size)
{
    for (; done < size; done += PACKET) {
        assert_true(wire_frame(w, 1000LL * SIM_MS));
        assert_int_equal(w->size, PACKET);
        ack(w, done + PACKET);
    }
    assert_true(wire_frame(w, 1000LL * SIM_MS));
    assert_int_equal(w->size, 16);
}

/* An acknowledgement sent while its packet is still on the line hides the turnaround. */
static void test_early_acknowledgement(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32s3,baud=real,latency-ms=5");
    wire_start_stub(&w, false);
    start_read(&w, 4 * PACKET, 1);
    uint8_t first;
    sim_time begun = 0, ended = 0;
    size_t total = 0;
    for (uint32_t done = 0; done < 4 * PACKET;) {
        if (sim_device_take(w.device, &first, 1, w.now) == 0) {
            w.now = sim_device_next(w.device);
            sim_device_advance(w.device, w.now);
            continue;
        }
        if (total == 0)
            begun = w.now;
        if (total == done) /* about the first byte of each packet: SLIP makes them a little longer */
            ack(&w, done + PACKET);
        total++;
        if (total == done + PACKET)
            done += PACKET;
        ended = w.now;
    }
    /* 4 * 4096 bytes at 115200 take 1.42 s; with a turnaround of 10 ms each it would be 1.45. */
    assert_true(ended - begun < 1436LL * SIM_MS);
    wire_close(&w);
}

/* Two frame buffers: the acknowledgement after the next one is lost while a packet is being sent. */
static void test_two_ahead_is_lost(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32s3,baud=real");
    wire_start_stub(&w, false);
    start_read(&w, 3 * PACKET, 1);
    wire_wait(&w, 20LL * SIM_MS); /* the first packet has begun */
    ack(&w, PACKET);
    ack(&w, 2 * PACKET);
    assert_true(wire_frame(&w, 1000LL * SIM_MS));
    assert_true(wire_frame(&w, 1000LL * SIM_MS));
    assert_false(wire_frame(&w, 2000LL * SIM_MS)); /* the third waits for what was lost */
    wire_close(&w);
}

static void ask_md5(wire *w)
{
    wire_words(w, 0x13, 4, 0u, 4096u, 0u, 0u);
}

/*
 * With one request behind the one that runs, a third that comes at once behind the first answer is lost, or takes the
 * place of the second; with one at a time none is.
 */
static void test_a_request_right_behind_an_answer(void **state)
{
    (void)state;
    for (int legacy = 0; legacy < 2; legacy++) {
        wire w;
        wire_open(&w, "esp32s3,flash-time=default");
        wire_start_stub(&w, legacy != 0);
        for (int i = 0; i < 4; i++) {
            ask_md5(&w);
            assert_int_equal(wire_status(&w, 0x13, 16), 0);
        }
        ask_md5(&w);
        wire_wait(&w, 1LL * SIM_MS);
        ask_md5(&w);
        assert_int_equal(wire_status(&w, 0x13, 16), 0);
        ask_md5(&w);
        assert_int_equal(wire_status(&w, 0x13, 16), 0);
        assert_false(wire_frame(&w, 2000LL * SIM_MS));
        wire_close(&w);
    }
}

/* The legacy stub reads its acknowledgements from the FIFO: more than it holds are lost. */
static void test_legacy_fifo(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32s3,baud=real");
    wire_start_stub(&w, true);
    start_read(&w, 64 * PACKET, 64 * PACKET);
    wire_wait(&w, 5LL * SIM_MS);
    for (int i = 0; i < 12; i++) /* 12 acknowledgements fit */
        ack(&w, 1);
    wire_wait(&w, 100LL * SIM_MS);
    assert_int_equal(sim_device_overflows(w.device), 0);
    for (int i = 0; i < 12; i++)
        ack(&w, 1);
    wire_wait(&w, 100LL * SIM_MS);
    assert_true(sim_device_overflows(w.device) > 0);
    wire_close(&w);
}

static void test_acknowledgement_of_wrong_size_ends_it(void **state)
{
    (void)state;
    for (int legacy = 0; legacy < 2; legacy++) {
        wire w;
        wire_open(&w, "esp32s3");
        wire_start_stub(&w, legacy != 0);
        start_read(&w, 8 * PACKET, 1);
        assert_true(wire_frame(&w, 100LL * SIM_MS));
        wire_send_frame(&w, (const uint8_t *)"abcde", 5);
        assert_true(wire_frame(&w, 100LL * SIM_MS));
        assert_int_equal(w.size, 16); /* the digest of what was sent */
        assert_int_equal(wire_sync(&w), 0);
        wire_close(&w);
    }
}

static void test_whole_read(void **state)
{
    (void)state;
    for (int legacy = 0; legacy < 2; legacy++) {
        wire w;
        wire_open(&w, "esp32s3,baud=real");
        wire_start_stub(&w, legacy != 0);
        start_read(&w, 8 * PACKET, 1);
        finish_read(&w, 0, 8 * PACKET);
        assert_int_equal(wire_sync(&w), 0);
        wire_close(&w);
    }
}

/* Writes happen after the answer: a stream that cannot be inflated is told to the next command. */
static void test_error_comes_with_the_next_command(void **state)
{
    (void)state;
    const uint8_t nonsense[16] = {0xFF, 0xFF};
    wire w;
    wire_open(&w, "esp32s3");
    wire_start_stub(&w, false);
    wire_words(&w, 0x10, 4, 4096u, 1u, 0x4000u, 0x10000u);
    assert_int_equal(wire_status(&w, 0x10, 0), 0);
    wire_block(&w, 0x11, 0, nonsense, sizeof(nonsense), wire_checksum(nonsense, sizeof(nonsense)));
    assert_int_equal(wire_status(&w, 0x11, 0), 0);
    wire_words(&w, 0x0A, 1, 0x40001000u);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0xC700);
    wire_words(&w, 0x0A, 1, 0x40001000u);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0);
    wire_close(&w);
}

static void write_sector(wire *w, uint32_t offset, uint8_t value, bool compressed)
{
    uint8_t plain[4096], packed[512];
    memset(plain, value, sizeof(plain));
    uLongf size = sizeof(packed);
    assert_int_equal(compress(packed, &size, plain, sizeof(plain)), Z_OK);
    const uint8_t begin = compressed ? 0x10 : 0x02, data = compressed ? 0x11 : 0x03, end = compressed ? 0x12 : 0x04;
    wire_words(w, begin, 4, 4096u, 1u, 0x4000u, offset);
    assert_int_equal(wire_status(w, begin, 0), 0);
    const uint8_t *bytes = compressed ? packed : plain;
    const size_t count = compressed ? size : sizeof(plain);
    wire_block(w, data, 0, bytes, count, wire_checksum(bytes, count));
    assert_int_equal(wire_status(w, data, 0), 0);
    wire_words(w, end, 1, 1u);
    assert_int_equal(wire_status(w, end, 0), 0);
}

static void test_writes(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        wire w;
        wire_open(&w, "esp32s3,flash-time=default");
        wire_start_stub(&w, (kind & 1) != 0);
        write_sector(&w, 0x9000, 0x5A, (kind & 2) != 0); /* over NVS: without erasing it would not come out right */
        wire_words(&w, 0xD2, 4, 0x9000u, 4096u, (uint32_t)PACKET, 1u);
        assert_int_equal(wire_status(&w, 0xD2, 0), 0);
        assert_true(wire_frame(&w, 1000LL * SIM_MS));
        assert_int_equal(w.size, 4096);
        assert_true(bytes_are_all(w.frame, 4096, 0x5A));
        wire_close(&w);
    }
}

/* The current stub looks before it erases: a blank sector costs no erase. */
static void test_blank_sectors_are_not_erased(void **state)
{
    (void)state;
    sim_time took[2];
    for (int used = 0; used < 2; used++) {
        wire w;
        wire_open(&w, "esp32s3,flash-time=default");
        wire_start_stub(&w, false);
        const sim_time begun = w.now;
        write_sector(&w, used != 0 ? 0x9000 : 0x1F000, 0x5A, false);
        took[used] = w.now - begun;
        wire_close(&w);
    }
    assert_true(took[0] < 20LL * SIM_MS);
    assert_true(took[1] > 45LL * SIM_MS);
}

/* Beyond 16 MB: S3 stubs reach it, the ROM sees the beginning again. */
static void test_large_flash(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32s3,size=32M,blank");
    wire_start_stub(&w, false);
    write_sector(&w, 0x1000000, 0x11, false);
    write_sector(&w, 0, 0x22, false);
    wire_words(&w, 0xD2, 4, 0x1000000u, 4096u, (uint32_t)PACKET, 1u);
    assert_int_equal(wire_status(&w, 0xD2, 0), 0);
    assert_true(wire_frame(&w, 1000LL * SIM_MS));
    assert_int_equal(w.frame[0], 0x11);
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_words(&w, 0x0D, 2, 0u, 0u);
    assert_int_equal(wire_status(&w, 0x0D, 0), 0);
    wire_words(&w, 0x0B, 6, 0u, 0x2000000u, 0x10000u, 0x1000u, 0x100u, 0xFFFFu);
    assert_int_equal(wire_status(&w, 0x0B, 0), 0);
    wire_words(&w, 0x0E, 2, 0x1000000u, 64u);
    assert_int_equal(wire_status(&w, 0x0E, 64), 0);
    assert_int_equal(w.frame[8], 0x22);
    wire_close(&w);
}

/* FLASH_END with 0 reboots from a legacy stub into the loader it came from; the current stub stays. */
static void test_reboot(void **state)
{
    (void)state;
    for (int legacy = 0; legacy < 2; legacy++) {
        wire w;
        wire_open(&w, "esp32s3");
        wire_start_stub(&w, legacy != 0);
        wire_words(&w, 0x02, 4, 0u, 0u, 0x4000u, 0u);
        assert_int_equal(wire_status(&w, 0x02, 0), 0);
        wire_words(&w, 0x04, 1, 0u);
        assert_int_equal(wire_status(&w, 0x04, 0), 0);
        wire_wait(&w, 100LL * SIM_MS);
        assert_string_equal(sim_device_state(w.device), legacy != 0 ? "download" : "stub");
        wire_close(&w);
    }
}

static void digest_of_flash(wire *w, uint8_t md5[16])
{
    wire_words(w, 0x13, 4, 0u, 0x100000u, 0u, 0u);
    assert_int_equal(wire_status(w, 0x13, 16), 0);
    memcpy(md5, w->frame + 8, 16);
}

/* Protected flash: the current stub leaves it as it is, the legacy one unlocks it before it writes or erases a part. */
static void test_which_stub_unlocks(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 6; kind++) {
        const bool legacy = (kind & 1) != 0;
        const uint8_t op = kind < 2 ? 0xD0 : kind < 4 ? 0xD1 : 0x02;
        uint8_t before[16], after[16];
        wire w;
        wire_open(&w, "esp32s3,flash-status=0x1C");
        wire_start_stub(&w, legacy);
        digest_of_flash(&w, before);
        if (op == 0x02) {
            write_sector(&w, 0x9000, 0x5A, false);
        } else {
            wire_words(&w, op, op == 0xD0 ? 0 : 2, 0x8000u, 0x4000u);
            assert_int_equal(wire_status(&w, op, 0), 0);
        }
        digest_of_flash(&w, after);
        assert_int_equal(memcmp(before, after, 16) != 0, legacy && op != 0xD0);
        wire_close(&w);
    }
}

TEST_GROUP(stub)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stub_answers_sync_with_zero),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_early_acknowledgement),
        cmocka_unit_test(test_two_ahead_is_lost),
        cmocka_unit_test(test_a_request_right_behind_an_answer),
        cmocka_unit_test(test_legacy_fifo),
        cmocka_unit_test(test_acknowledgement_of_wrong_size_ends_it),
        cmocka_unit_test(test_whole_read),
        cmocka_unit_test(test_error_comes_with_the_next_command),
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_blank_sectors_are_not_erased),
        cmocka_unit_test(test_which_stub_unlocks),
        cmocka_unit_test(test_large_flash),
        cmocka_unit_test(test_reboot),
    };
    return RUN_GROUP(tests);
}
