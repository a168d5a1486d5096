/* SPDX-License-Identifier: Apache-2.0 */
/* our own loader on a simulated chip: what it answers, when, and what it does not hear. */
#include "support/group.h"
#include "support/sim_own_wire.h"

#include <stdlib.h>

#include "base/digest.h"
#include "firmware/images.h"
#include "sim/chip/chip.h"
#include "sim/chip/flash.h"

#define SPEC "esp32,size=4M,baud=real,flash-time=default"
enum { BLOCK = 16 * 1024, APP = 0x20000, ERASED = 0x3F0000, GREEDY_4 = WIRE_GREEDY | 4, FLASH_SIZE = 4 << 20 };

static reply r;

/* What the built-in image has there. */
static void flash_contents(uint32_t address, uint8_t *bytes, uint32_t size)
{
    sim_flash *flash = wire_flash(SPEC);
    sim_flash_read(flash, address, bytes, size);
    sim_flash_close(flash);
}

static void open_sized(wire *w, const char *spec)
{
    own_open(w, spec);
    own_do(w, &r, 1, WIRE_OP_FLASH, 0, FLASH_SIZE, 0, WIRE_KIND_DONE, WIRE_STATUS_OK);
}

static uint32_t info_word(uint32_t index)
{
    return bytes_get_le32(r.payload + WIRE_WORD * index);
}

static void test_it_says_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        uint32_t mhz, block;
    } rows[] = {
        {SPEC, 160, WIRE_BLOCK_MOST},
        {SPEC ",own-mhz=40,own-block=4K", 40, WIRE_BLOCK_LEAST},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        own_open(&w, rows[i].spec);
        own_do(&w, &r, 7, WIRE_OP_HELLO, 0, 0, 0, WIRE_KIND_INFO, WIRE_STATUS_OK);
        assert_int_equal(r.words[WIRE_REPLY_PAYLOAD], WIRE_INFO_WORDS * WIRE_WORD);
        assert_int_equal(info_word(WIRE_INFO_VERSION), WIRE_VERSION);
        assert_int_equal(info_word(WIRE_INFO_CHIP), 0);
        assert_int_equal(info_word(WIRE_INFO_BLOCK), rows[i].block);
        assert_int_equal(info_word(WIRE_INFO_QUEUE), WIRE_QUEUE);
        assert_int_equal(info_word(WIRE_INFO_CPU_MHZ), rows[i].mhz);
        assert_int_equal(info_word(WIRE_INFO_FEATURES) & WIRE_FEATURE_DEFLATE, WIRE_FEATURE_DEFLATE);
        wire_close(&w);
    }
}

/* Real images, on every chip there is one for. */
static void test_every_image_starts(void **state)
{
    (void)state;
    size_t count;
    const sim_chip *const *chips = sim_chips(&count);
    for (size_t i = 0; i < count; i++) {
        const loader_image *image = loader_image_find(chips[i]->name);
        assert_int_equal(image != NULL, chips[i]->own.block != 0);
        if (image == NULL)
            continue;
        wire w;
        wire_open(&w, chips[i]->name);
        wire_reset(&w);
        (void)wire_sync(&w);
        wire_load(&w, image->text.address, image->text.bytes, image->text.size);
        if (image->data.size > 0)
            wire_load(&w, image->data.address, image->data.bytes, image->data.size);
        wire_words(&w, 0x06, 2, 0u, image->entry);
        assert_true(own_reply(&w, &r, 1000LL * SIM_MS));
        assert_int_equal(info_word(WIRE_INFO_CHIP), chips[i]->id);
        assert_in_range(info_word(WIRE_INFO_BLOCK), WIRE_BLOCK_LEAST, WIRE_BLOCK_MOST);
        wire_close(&w);
    }
}

/* What the last reply's payload stands for. */
static void unpack(uint8_t *bytes, uint32_t size)
{
    assert_int_equal(r.words[WIRE_REPLY_RAW], size);
    z_stream stream = {.next_in = r.payload, .avail_in = r.words[WIRE_REPLY_PAYLOAD]};
    stream.next_out = bytes;
    stream.avail_out = size;
    if (own_kind_of(&r) == WIRE_KIND_BLANK)
        memset(bytes, 0xFF, size);
    if (own_kind_of(&r) == WIRE_KIND_RAW)
        memcpy(bytes, r.payload, size);
    if (own_kind_of(&r) == WIRE_KIND_DEFLATE) {
        assert_int_equal(inflateInit2(&stream, -13), Z_OK);
        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
        assert_int_equal(stream.total_out, size);
        inflateEnd(&stream);
    }
    assert_int_equal(r.words[WIRE_REPLY_RAW_CRC], crc32(0, bytes, size));
}

static void test_blocks_come_raw_deflated_and_blank(void **state)
{
    (void)state;
    static const struct {
        uint32_t address, effort, kind;
    } rows[] = {
        {APP, 0, WIRE_KIND_RAW},       {APP, GREEDY_4, WIRE_KIND_DEFLATE}, {APP, 32, WIRE_KIND_DEFLATE},
        {ERASED, 32, WIRE_KIND_BLANK}, {ERASED, 0, WIRE_KIND_BLANK},
    };
    static uint8_t got[WIRE_BLOCK_MOST], expected[WIRE_BLOCK_MOST];
    wire w;
    open_sized(&w, SPEC);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (uint32_t size = 4; size <= WIRE_BLOCK_MOST; size *= 128) {
            const uint32_t kind = size == 4 && rows[i].kind == WIRE_KIND_DEFLATE ? WIRE_KIND_RAW : rows[i].kind;
            own_do(&w, &r, (uint32_t)i + 2, WIRE_OP_READ, rows[i].address, size, rows[i].effort, kind, 0);
            assert_int_equal(r.words[WIRE_REPLY_ADDRESS], rows[i].address);
            unpack(got, size);
            flash_contents(rows[i].address, expected, size);
            assert_memory_equal(got, expected, size);
        }
    }
    wire_close(&w);
}

static void test_digests_are_those_of_the_flash(void **state)
{
    (void)state;
    enum { EACH = 100 * 1024, LENGTH = 2 * EACH + 4096 };
    static uint8_t bytes[LENGTH];
    wire w;
    flash_contents(APP, bytes, LENGTH);
    open_sized(&w, SPEC);
    own_do(&w, &r, 2, WIRE_OP_MD5, APP, LENGTH, EACH, WIRE_KIND_DIGESTS, WIRE_STATUS_OK);
    assert_int_equal(r.words[WIRE_REPLY_PAYLOAD], 3 * WIRE_DIGEST_SIZE);
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t md5[WIRE_DIGEST_SIZE];
        assert_int_equal(digest_of(DIGEST_MD5, bytes + i * EACH, i < 2 ? EACH : 4096, md5, NULL), ESPBAK_OK);
        assert_memory_equal(r.payload + i * WIRE_DIGEST_SIZE, md5, sizeof(md5));
    }
    own_do(&w, &r, 3, WIRE_OP_CRC32, APP, LENGTH, EACH, WIRE_KIND_DIGESTS, WIRE_STATUS_OK);
    assert_int_equal(r.words[WIRE_REPLY_PAYLOAD], 3 * WIRE_CRC32_SIZE);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(bytes_get_le32(r.payload + i * WIRE_CRC32_SIZE),
                         crc32(0, bytes + i * EACH, i < 2 ? EACH : 4096));
    wire_close(&w);
}

/* Some are done while the others come, then as many wait as may, and what comes then is lost. */
static void test_requests_wait_in_turn(void **state)
{
    (void)state;
    enum { ASKED = WIRE_QUEUE + 14 };
    wire w;
    uint32_t answered = 0;
    open_sized(&w, SPEC);
    for (uint32_t i = 0; i < ASKED; i++)
        own_ask(&w, 100 + i, WIRE_OP_READ, APP + i * BLOCK, BLOCK, 0);
    while (own_reply(&w, &r, 10000LL * SIM_MS)) {
        assert_int_equal(r.words[WIRE_REPLY_TAG], 100 + answered);
        assert_int_equal(r.words[WIRE_REPLY_ADDRESS], APP + answered * BLOCK);
        answered++;
    }
    assert_in_range(answered, WIRE_QUEUE + 1, ASKED - 1);
    wire_close(&w);
}

static void test_cancel_ends_what_waits(void **state)
{
    (void)state;
    wire w;
    open_sized(&w, SPEC);
    for (uint32_t i = 0; i < 8; i++)
        own_ask(&w, 100 + i, WIRE_OP_READ, APP, WIRE_BLOCK_MOST, 0);
    wire_wait(&w, 500LL * SIM_MS);
    wire_drain(&w);
    const sim_time before = w.now;
    own_ask(&w, 9, WIRE_OP_CANCEL, 0, 0, 0);
    assert_true(own_reply(&w, &r, 10000LL * SIM_MS));
    assert_int_equal(r.words[WIRE_REPLY_TAG], 9);
    assert_true(r.at - before < 100LL * SIM_MS);
    assert_false(own_reply(&w, &r, 60000LL * SIM_MS));
    wire_close(&w);
}

static void test_a_rate_is_kept_when_the_host_is_heard_at_it(void **state)
{
    (void)state;
    wire w;
    open_sized(&w, SPEC);
    own_do(&w, &r, 2, WIRE_OP_BAUD, 0, 300, 921600, WIRE_KIND_DONE, WIRE_STATUS_OK);
    sim_device_set_baud(w.device, 921600, w.now);
    own_do(&w, &r, 3, WIRE_OP_HELLO, 0, 0, 0, WIRE_KIND_INFO, WIRE_STATUS_OK);
    assert_int_equal(info_word(WIRE_INFO_BAUD), 921600);
    wire_wait(&w, 1000LL * SIM_MS);
    own_do(&w, &r, 4, WIRE_OP_HELLO, 0, 0, 0, WIRE_KIND_INFO, WIRE_STATUS_OK);
    wire_close(&w);
}

static void test_a_rate_falls_back_when_nobody_is_heard(void **state)
{
    (void)state;
    static const char *const specs[] = {SPEC, SPEC ",fault=deaf-baud:1"};
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        wire w;
        open_sized(&w, specs[i]);
        own_do(&w, &r, 2, WIRE_OP_BAUD, 0, 300, 921600, WIRE_KIND_DONE, WIRE_STATUS_OK);
        wire_wait(&w, 350LL * SIM_MS);
        own_do(&w, &r, 3, WIRE_OP_HELLO, 0, 0, 0, WIRE_KIND_INFO, WIRE_STATUS_OK);
        assert_int_equal(info_word(WIRE_INFO_BAUD), 0);
        wire_close(&w);
    }
}

static void test_damaged_requests_are_not_heard(void **state)
{
    (void)state;
    wire w;
    open_sized(&w, SPEC);
    for (size_t at = 0; at < WIRE_REQUEST_SIZE; at++) {
        uint8_t bytes[WIRE_REQUEST_SIZE];
        own_request(bytes, 50, WIRE_OP_READ, APP, 4096, 0);
        bytes[at] ^= 0x10;
        sim_device_feed(w.device, bytes, sizeof(bytes), w.now);
        sim_device_feed(w.device, bytes, at, w.now); /* one cut short, right before a good one */
        own_do(&w, &r, 60 + (uint32_t)at, WIRE_OP_HELLO, 0, 0, 0, WIRE_KIND_INFO, WIRE_STATUS_OK);
    }
    assert_false(own_reply(&w, &r, 10000LL * SIM_MS));
    wire_close(&w);
}

static void test_what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t op, address, length, argument, reason;
    } rows[] = {
        {WIRE_OP_READ, 2, 4096, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_READ, 0, 0, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_READ, 0, WIRE_BLOCK_MOST + 4, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_READ, FLASH_SIZE - 4096, 8192, 0, WIRE_STATUS_FLASH},
        {WIRE_OP_READ, 0x30000, 16384, 0, WIRE_STATUS_FLASH}, /* a sector of it cannot be read */
        {WIRE_OP_MD5, 0, 8192, 0, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_CRC32, 0, FLASH_SIZE, 4, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_CRC32, FLASH_SIZE - 4096, 16384, 4096, WIRE_STATUS_FLASH},
        {WIRE_OP_BAUD, 0, 0, 115200, WIRE_STATUS_BAD_REQUEST},
        {WIRE_OP_FLASH, 0, 32 << 20, 0, WIRE_STATUS_FLASH}, /* more than three bytes address */
        {WIRE_OPS, 0, 0, 0, WIRE_STATUS_BAD_REQUEST},
    };
    wire w;
    open_sized(&w, SPEC ",fault=mute:0x31000");
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        own_do(&w, &r, 10 + i, rows[i].op, rows[i].address, rows[i].length, rows[i].argument, WIRE_KIND_REFUSED,
               rows[i].reason);
    own_do(&w, &r, 99, WIRE_OP_READ, 0x32000, 4096, 0, WIRE_KIND_RAW, WIRE_STATUS_OK);
    wire_close(&w);
}

/* Simulated time for `count` blocks of application, all asked for as the queue allows. */
static sim_time time_of_blocks(const char *spec, uint32_t effort, uint32_t count)
{
    wire w;
    open_sized(&w, spec);
    const sim_time before = w.now;
    for (uint32_t i = 0; i < count; i++)
        own_ask(&w, 100 + i, WIRE_OP_READ, APP + i * BLOCK, BLOCK, effort);
    for (uint32_t i = 0; i < count; i++)
        assert_true(own_reply(&w, &r, 60000LL * SIM_MS));
    const sim_time time = w.now - before;
    wire_close(&w);
    return time;
}

/* The longer of compressing and sending is what counts, and not their sum. */
static void test_compressing_goes_on_while_sending(void **state)
{
    (void)state;
    static const char *const rates[] = {",own-mhz=160", ",own-mhz=3", ",own-mhz=10"};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        char spec[256];
        snprintf(spec, sizeof(spec), SPEC "%s,baud=none", rates[i]);
        const sim_time compute = time_of_blocks(spec, 32, 12);
        snprintf(spec, sizeof(spec), SPEC "%s,own-cycles=0", rates[i]);
        const sim_time line = time_of_blocks(spec, 32, 12);
        snprintf(spec, sizeof(spec), SPEC "%s", rates[i]);
        const sim_time both = time_of_blocks(spec, 32, 12);
        const sim_time longer = compute > line ? compute : line, shorter = compute < line ? compute : line;
        assert_true(both >= longer);
        assert_true(both < longer + shorter / 6); /* the first block or the last is alone */
    }
}

static void test_it_leaves(void **state)
{
    (void)state;
    static const struct {
        uint32_t how;
        const char *then;
    } rows[] = {{WIRE_LEAVE_RESET, "app"}, {WIRE_LEAVE_ROM, "download"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        open_sized(&w, SPEC);
        own_do(&w, &r, 2, WIRE_OP_LEAVE, 0, 0, rows[i].how, WIRE_KIND_DONE, WIRE_STATUS_OK);
        wire_wait(&w, 100LL * SIM_MS);
        assert_string_equal(sim_device_state(w.device), rows[i].then);
        wire_close(&w);
    }
}

static void test_own_loaders_that_do_not_run(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *mark, *then;
    } rows[] = {
        {SPEC ",own=silent", "espbakR2", "own"},
        {SPEC ",own=crashes", "espbakR2", "download"},
        {SPEC, "espbakR1", "download"},
        {SPEC, "someCode", "stub"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        wire_open(&w, rows[i].spec);
        own_load(&w, rows[i].mark);
        assert_false(own_reply(&w, &r, 1000LL * SIM_MS));
        own_ask(&w, 2, WIRE_OP_HELLO, 0, 0, 0);
        assert_false(own_reply(&w, &r, 1000LL * SIM_MS));
        assert_string_equal(sim_device_state(w.device), rows[i].then);
        wire_close(&w);
    }
}

static void test_it_dies_after_so_many_answers(void **state)
{
    (void)state;
    wire w;
    open_sized(&w, SPEC ",own-dies=3");
    own_do(&w, &r, 2, WIRE_OP_READ, APP, BLOCK, 0, WIRE_KIND_RAW, WIRE_STATUS_OK);
    own_do(&w, &r, 3, WIRE_OP_READ, APP, BLOCK, 0, WIRE_KIND_RAW, WIRE_STATUS_OK);
    own_ask(&w, 4, WIRE_OP_READ, APP, BLOCK, 0);
    assert_false(own_reply(&w, &r, 10000LL * SIM_MS));
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_close(&w);
}

/* A digest, a checksum and a block that are wrong, each in a reply that is whole. */
static void test_faults_of_the_chip_reach_it(void **state)
{
    (void)state;
    static uint8_t bytes[BLOCK];
    wire w;
    flash_contents(APP, bytes, BLOCK);
    open_sized(&w, SPEC ",fault=lie:1");
    own_do(&w, &r, 2, WIRE_OP_READ, APP, BLOCK, 0, WIRE_KIND_RAW, WIRE_STATUS_OK);
    assert_memory_equal(r.payload, bytes, BLOCK);
    assert_int_not_equal(r.words[WIRE_REPLY_RAW_CRC], crc32(0, bytes, BLOCK));
    wire_close(&w);
    open_sized(&w, SPEC ",fault=lie-data:1");
    own_do(&w, &r, 2, WIRE_OP_READ, APP, BLOCK, 0, WIRE_KIND_RAW, WIRE_STATUS_OK);
    assert_memory_not_equal(r.payload, bytes, BLOCK);
    assert_int_equal(r.words[WIRE_REPLY_RAW_CRC], crc32(0, bytes, BLOCK));
    wire_close(&w);
    open_sized(&w, SPEC ",fault=flicker:0x20000");
    own_do(&w, &r, 2, WIRE_OP_READ, APP, BLOCK, 0, WIRE_KIND_RAW, WIRE_STATUS_OK);
    assert_memory_not_equal(r.payload, bytes, BLOCK);
    assert_int_equal(r.words[WIRE_REPLY_RAW_CRC], crc32(0, r.payload, BLOCK));
    wire_close(&w);
}

static void allow_all(wire *w)
{
    uint8_t range[2 * WIRE_WORD] = {0};
    bytes_put_le32(range + WIRE_WORD, FLASH_SIZE);
    own_do(w, &r, 2, WIRE_OP_HELLO, 0, 0, 0, WIRE_KIND_INFO, WIRE_STATUS_OK);
    own_do(w, &r, 3, WIRE_OP_OPEN, info_word(WIRE_INFO_NONCE), 0, 77, WIRE_KIND_DONE, WIRE_STATUS_OK);
    own_do(w, &r, 4, WIRE_OP_ALLOW, 0, FLASH_SIZE, 77, WIRE_KIND_DONE, WIRE_STATUS_OK);
    own_do(w, &r, 5, WIRE_OP_CONFIRM, 1, (uint32_t)crc32(0, range, sizeof(range)), 77, WIRE_KIND_DONE, WIRE_STATUS_OK);
}

/* It takes block protection away when it is told to, but never for good. */
static void test_protection_is_lifted(void **state)
{
    (void)state;
    wire w;
    open_sized(&w, SPEC ",flash-status=0x1c");
    allow_all(&w);
    own_do(&w, &r, 6, WIRE_OP_ERASE, APP, WIRE_SECTOR, 77, WIRE_KIND_REFUSED, WIRE_STATUS_DIFFERS);
    own_do(&w, &r, 7, WIRE_OP_STATUS, 0x05, 0, 0, WIRE_KIND_STATUS, WIRE_STATUS_OK);
    assert_int_equal(bytes_get_le32(r.payload), 0x1C);
    own_do(&w, &r, 8, WIRE_OP_STATUS, 0x05, 1, 0, WIRE_KIND_STATUS, WIRE_STATUS_OK);
    assert_int_equal(bytes_get_le32(r.payload), 0);
    own_do(&w, &r, 9, WIRE_OP_ERASE, APP, WIRE_SECTOR, 77, WIRE_KIND_DONE, WIRE_STATUS_OK);
    wire_close(&w);
    open_sized(&w, SPEC ",flash-status=0x1c,lasting-status");
    allow_all(&w);
    own_do(&w, &r, 6, WIRE_OP_STATUS, 0x05, 1, 0, WIRE_KIND_STATUS, WIRE_STATUS_OK);
    assert_int_equal(bytes_get_le32(r.payload), 0x1C);
    own_do(&w, &r, 7, WIRE_OP_ERASE, APP, WIRE_SECTOR, 77, WIRE_KIND_REFUSED, WIRE_STATUS_DIFFERS);
    wire_close(&w);
}

TEST_GROUP(own)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_says_what_it_is),
        cmocka_unit_test(test_every_image_starts),
        cmocka_unit_test(test_blocks_come_raw_deflated_and_blank),
        cmocka_unit_test(test_digests_are_those_of_the_flash),
        cmocka_unit_test(test_requests_wait_in_turn),
        cmocka_unit_test(test_cancel_ends_what_waits),
        cmocka_unit_test(test_a_rate_is_kept_when_the_host_is_heard_at_it),
        cmocka_unit_test(test_a_rate_falls_back_when_nobody_is_heard),
        cmocka_unit_test(test_damaged_requests_are_not_heard),
        cmocka_unit_test(test_what_cannot_be_is_refused),
        cmocka_unit_test(test_compressing_goes_on_while_sending),
        cmocka_unit_test(test_it_leaves),
        cmocka_unit_test(test_own_loaders_that_do_not_run),
        cmocka_unit_test(test_it_dies_after_so_many_answers),
        cmocka_unit_test(test_faults_of_the_chip_reach_it),
        cmocka_unit_test(test_protection_is_lifted),
    };
    return RUN_GROUP(tests);
}
