/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse reads: the same bytes as a full read, with less on the line. */
#include "espbak/flash.h"
#include "support/fake_loader.h"
#include "support/group.h"

enum { MIB = 1024 * 1024, KIB = 1024, SECTOR = 4096, FLASH = 4 * MIB };

typedef struct copy {
    uint8_t *bytes;
    uint64_t begin, next;
} copy;

static espbak_status collect(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)err;
    copy *to = user;
    assert_int_equal(offset, to->next);
    memcpy(to->bytes + (offset - to->begin), data, size);
    to->next = offset + size;
    return ESPBAK_OK;
}

/* An earlier copy, which may end early or break. */
typedef struct base {
    const uint8_t *bytes;
    uint64_t size, broken_from;
    unsigned reads_until_broken; /* 0: never */
} base;

static bool base_has(const void *user, uint64_t offset, uint64_t size)
{
    return offset + size <= ((const base *)user)->size;
}

static espbak_status base_read(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    base *b = user;
    if (b->reads_until_broken > 0 && --b->reads_until_broken == 0)
        b->broken_from = 0;
    if (offset + size > b->broken_from)
        return espbak_fail(err, ESPBAK_E_FILE, "the disk is gone");
    memcpy(data, b->bytes + offset, size);
    return ESPBAK_OK;
}

static base whole_base(const uint8_t *bytes)
{
    return (base){.bytes = bytes, .size = FLASH, .broken_from = FLASH};
}

/* A chip at 921600 baud whose answers take 2 ms and whose flash hashes at 1.5 MB/s. */
static fake_loader *new_chip(espbak_session **out, espbak_loader kind)
{
    fake_loader *fake = fake_new(out, "esp32s3", kind, FLASH);
    espbak_session *session = *out;
    espbak_error err = {0};
    assert_int_equal(espbak_transport_set_baud(session->transport, 921600, &err), ESPBAK_OK);
    session->info.link.baud = 921600;
    fake->step = 4096;
    fake->latency = 2 * ESPBAK_MS;
    fake->hash_rate = 1500000;
    session->line.round_trip = 2 * ESPBAK_MS;
    return fake;
}

static espbak_sparse_summary read_right(fake_loader *fake, espbak_session *session, uint64_t offset, uint64_t size,
                                        const espbak_sparse_options *options)
{
    espbak_error err = {0};
    espbak_sparse_plan *plan = NULL;
    copy to = {.bytes = malloc((size_t)size + 1), .begin = offset, .next = offset};
    assert_non_null(to.bytes);
    espbak_status status = espbak_sparse_plan_make(&plan, session, offset, size, options, &err);
    if (status == ESPBAK_OK)
        status = espbak_sparse_read(session, plan, offset, size, NULL, collect, &to, &err);
    if (status != ESPBAK_OK)
        print_message("%s\n", err.message);
    assert_int_equal(status, ESPBAK_OK);
    assert_int_equal(to.next, offset + size);
    assert_memory_equal(to.bytes, fake->flash + offset, size);
    const espbak_sparse_summary sum = espbak_sparse_plan_summary(plan);
    assert_int_equal(sum.line_bytes + sum.erased_bytes + sum.base_bytes, size);
    espbak_sparse_plan_free(plan);
    free(to.bytes);
    return sum;
}

static void erase(fake_loader *fake, uint32_t offset, uint32_t size)
{
    memset(fake->flash + offset, 0xFF, size);
}

static const espbak_loader kinds[] = {ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM};

static void test_erased_areas_are_not_read(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = new_chip(&session, kinds[k]);
        erase(fake, 0x5000, 0x3000);
        erase(fake, 0x9000, 0x7000);
        erase(fake, 0x123000, FLASH - 0x123000);
        const espbak_sparse_summary sum = read_right(fake, session, 0, FLASH, NULL);
        assert_int_equal(sum.erased_bytes, 0x3000 + 0x7000 + (FLASH - 0x123000));
        assert_int_equal(espbak_session_get_stats(session).payload_bytes, sum.line_bytes);
        assert_true(sum.hashed_bytes <= FLASH + 8 * 64 * KIB);
        fake_free(fake, session);
    }
}

static void test_any_range_comes_out_whole(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset, size;
    } ranges[] = {{0, 1},         {4095, 2},       {4096, 4096},   {0x1FFFF, 0x20002},
                  {FLASH - 5, 5}, {0x100001, 300}, {0x7F001, MIB}, {0x100000, 3 * MIB - 1}};
    espbak_session *session = NULL;
    fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
    erase(fake, 0x20000, 0x60000);
    erase(fake, 0x101000, 0x1000);
    erase(fake, 0x200000, 0x1F0000);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        read_right(fake, session, ranges[i].offset, ranges[i].size, NULL);
    fake_free(fake, session);
}

/* Seeded patterns of erased runs of all lengths: never anything but the flash's own bytes. */
static void test_random_patterns_are_read_right(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (unsigned round = 0; round < 12; round++) {
        espbak_session *session = NULL;
        fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
        for (uint32_t at = 0; at < FLASH;) {
            random = random * 1664525u + 1013904223u;
            const uint32_t run = (uint32_t)SECTOR << (random >> 29);
            if ((random >> 20 & 1) != 0)
                erase(fake, at, at + run < FLASH ? run : FLASH - at);
            at += run;
        }
        fake->lose_hashes = round % 3;
        fake->lose_after = random >> 27;
        read_right(fake, session, 0, FLASH, NULL);
        fake_free(fake, session);
    }
}

/* Where nothing is to be found, looking for it costs next to nothing. */
static void test_a_full_flash_is_hardly_hashed(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
    const espbak_sparse_summary sum = read_right(fake, session, 0, FLASH, NULL);
    assert_int_equal(sum.line_bytes, FLASH);
    assert_true(sum.hash_seconds < sum.line_seconds / 50);
    fake_free(fake, session);
}

static void test_a_chip_that_hashes_slowly_is_read(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
    erase(fake, 0, FLASH);
    fake->hash_rate = 60 * 1000;
    const espbak_sparse_summary sum = read_right(fake, session, 0, FLASH, NULL);
    assert_int_equal(sum.hashes, 1); /* one tells */
    assert_int_equal(sum.line_bytes, FLASH - 64 * KIB);
    fake_free(fake, session);
}

/* A request whose offset is damaged brings the MD5 of another block, here of an erased one. */
static void test_on_a_bad_line_one_proof_is_not_enough(void **state)
{
    (void)state;
    const espbak_sparse_options alone = {.alone = true};
    espbak_session *session = NULL;
    fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
    erase(fake, 0x200000, 0x200000);
    fake->damage_at = 0x20000;
    fake->damage_mask = 0x200000;
    fake->damage_hashes = 1;
    fake->lose_hashes = 1; /* which shows that the line is bad */
    fake->lose_after = 40;
    read_right(fake, session, 0, FLASH, &alone);
    assert_int_equal(fake->damage_hashes, 0);
    fake_free(fake, session);
}

static void test_full_hashes_nothing(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
    erase(fake, 0x10000, 0x100000);
    const espbak_sparse_options full = {.full = true};
    const espbak_sparse_summary sum = read_right(fake, session, 0, FLASH, &full);
    assert_int_equal(fake->commands[OP_SPI_FLASH_MD5], 0);
    assert_int_equal(sum.line_bytes, FLASH);
    fake_free(fake, session);
}

static void test_what_the_base_holds_is_taken_from_it(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = new_chip(&session, kinds[k]);
        erase(fake, 0x200000, 0x100000);
        uint8_t *before = malloc(FLASH);
        assert_non_null(before);
        memcpy(before, fake->flash, FLASH);
        memset(fake->flash + 0x9000, 0x11, SECTOR);
        fake->flash[0x3FFFFF] ^= 0x80;
        fake->flash[0x250000] = 0;     /* was erased */
        erase(fake, 0x180000, 0x3000); /* is now */
        base b = whole_base(before);
        const espbak_sparse_options options = {.base = base_read, .base_has = base_has, .base_user = &b};
        const espbak_sparse_summary sum = read_right(fake, session, 0, FLASH, &options);
        assert_int_equal(sum.line_bytes, 3 * SECTOR);
        assert_int_equal(sum.erased_bytes, 0x100000 - SECTOR + 0x3000);
        assert_true(sum.hashed_bytes <= FLASH + 4 * 64 * KIB);
        free(before);
        fake_free(fake, session);
    }
}

static void test_a_smaller_base_helps_as_far_as_it_goes(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
    base b = whole_base(fake->flash);
    b.size = 0x123000;
    b.broken_from = b.size;
    const espbak_sparse_options options = {.base = base_read, .base_has = base_has, .base_user = &b};
    const espbak_sparse_summary sum = read_right(fake, session, 0, FLASH, &options);
    assert_int_equal(sum.base_bytes, 0x123000);
    fake_free(fake, session);
}

/* Whenever the base breaks: the device has it all. */
static void test_a_base_that_breaks_is_done_without(void **state)
{
    (void)state;
    for (unsigned reads = 1; reads < 140; reads += 9) {
        espbak_session *session = NULL;
        fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
        uint8_t *before = malloc(FLASH);
        assert_non_null(before);
        memcpy(before, fake->flash, FLASH);
        base b = whole_base(before);
        b.reads_until_broken = reads;
        const espbak_sparse_options options = {.base = base_read, .base_user = &b};
        read_right(fake, session, 0, FLASH, &options);
        free(before);
        fake_free(fake, session);
    }
}

static void test_blocks_end_where_hints_say(void **state)
{
    (void)state;
    static const espbak_sparse_hint hints[] = {{0x9000, 0x6000, false}, {0x110000, 0x2F0000, true}};
    espbak_session *session = NULL;
    fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
    erase(fake, 0x9000, 0x6000);
    erase(fake, 0x110000, 0x2F0000);
    const espbak_sparse_options options = {.hints = hints, .hint_count = 2};
    const espbak_sparse_summary with = read_right(fake, session, 0, FLASH, &options);
    const espbak_sparse_summary without = read_right(fake, session, 0, FLASH, NULL);
    assert_int_equal(with.line_bytes, without.line_bytes);
    assert_true(with.hashes < without.hashes);
    fake_free(fake, session);
}

static void test_a_part_of_the_plan_can_be_read(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = new_chip(&session, ESPBAK_LOADER_STUB_CURRENT);
    erase(fake, 0x100000, 0x180000);
    espbak_error err = {0};
    espbak_sparse_plan *plan = NULL;
    assert_int_equal(espbak_sparse_plan_make(&plan, session, 0x1000, FLASH - 0x1000, NULL, &err), ESPBAK_OK);
    copy to = {.bytes = malloc(FLASH), .begin = 0xFFFFF, .next = 0xFFFFF};
    assert_int_equal(espbak_sparse_read(session, plan, 0xFFFFF, 0x180010, NULL, collect, &to, &err), ESPBAK_OK);
    assert_int_equal(to.next, 0x28000F);
    assert_memory_equal(to.bytes, fake->flash + 0xFFFFF, 0x180010);
    assert_int_equal(espbak_sparse_read(session, plan, 0, 0x2000, NULL, collect, &to, &err), ESPBAK_E_INTERNAL);
    uint64_t size = 0;
    assert_int_equal(espbak_sparse_plan_origin(plan, 0x100800, &size), ESPBAK_SPARSE_ERASED);
    assert_int_equal(size, 0x180000 - 0x800);
    assert_int_equal(espbak_sparse_plan_origin(plan, 0x1000, &size), ESPBAK_SPARSE_LINE);
    assert_int_equal(size, 0xFF000);
    espbak_sparse_plan_free(plan);
    free(to.bytes);
    fake_free(fake, session);
}

static void test_a_loader_that_cannot_read_is_refused(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    espbak_sparse_plan *plan = NULL;
    espbak_error err = {0};
    fake_loader *fake = fake_new(&session, "esp8266", ESPBAK_LOADER_ROM, MIB);
    assert_int_equal(espbak_sparse_plan_make(&plan, session, 0, MIB, NULL, &err), ESPBAK_E_UNSUPPORTED);
    assert_null(plan);
    fake_free(fake, session);
    fake = fake_new(&session, "esp32", ESPBAK_LOADER_ROM, MIB);
    assert_int_equal(espbak_sparse_plan_make(&plan, session, MIB, 1, NULL, &err), ESPBAK_E_USAGE);
    fake_free(fake, session);
}

TEST_GROUP(flash_sparse)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erased_areas_are_not_read),
        cmocka_unit_test(test_any_range_comes_out_whole),
        cmocka_unit_test(test_random_patterns_are_read_right),
        cmocka_unit_test(test_a_full_flash_is_hardly_hashed),
        cmocka_unit_test(test_a_chip_that_hashes_slowly_is_read),
        cmocka_unit_test(test_on_a_bad_line_one_proof_is_not_enough),
        cmocka_unit_test(test_full_hashes_nothing),
        cmocka_unit_test(test_what_the_base_holds_is_taken_from_it),
        cmocka_unit_test(test_a_smaller_base_helps_as_far_as_it_goes),
        cmocka_unit_test(test_a_base_that_breaks_is_done_without),
        cmocka_unit_test(test_blocks_end_where_hints_say),
        cmocka_unit_test(test_a_part_of_the_plan_can_be_read),
        cmocka_unit_test(test_a_loader_that_cannot_read_is_refused),
    };
    return RUN_GROUP(tests);
}
