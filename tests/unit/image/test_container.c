/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "image/container/container.h"
#include "support/group.h"

enum { BLOCK = 512, FLASH = 300000, ROOM = 4 << 20, LIMIT = 64 << 20, FAMILY = 0x1C5F21B0 };

static uint8_t flash[FLASH], bytes[ROOM], packed[ROOM];
static size_t size;
static espbak_error err;

static espbak_status read_bytes(void *ctx, uint64_t offset, void *buffer, size_t count, espbak_error *why)
{
    (void)why;
    memcpy(buffer, (const uint8_t *)ctx + offset, count);
    return ESPBAK_OK;
}

static espbak_status open_bytes(container *c, uint8_t *from, size_t count)
{
    const espbak_image_reader reader = {read_bytes, from, count};
    err = (espbak_error){0};
    return container_open(c, &reader, LIMIT, &err);
}

static void assert_refused(uint8_t *from, size_t count, const char *says)
{
    container c;
    const espbak_status status = open_bytes(&c, from, count);
    if (status != ESPBAK_E_FILE || strstr(err.message, says) == NULL)
        fail_msg("%d: %s", status, err.message);
    container_close(&c);
}

/* All of a part, in reads that begin and end anywhere, back to front. */
static void assert_part(container *c, size_t index, uint64_t offset, uint64_t count)
{
    static uint8_t found[FLASH];
    assert_true(index < c->part_count);
    assert_int_equal(c->parts[index].offset, offset);
    assert_int_equal(c->parts[index].size, count);
    for (uint64_t end = count; end > 0;) {
        const size_t part = (size_t)bytes_min64(end, 37777);
        end -= part;
        assert_int_equal(container_read(c, offset + end, found + end, part, &err), ESPBAK_OK);
    }
    assert_memory_equal(found, flash + offset, count);
}

static int make_flash(void **state)
{
    (void)state;
    for (size_t i = 0; i < FLASH; i++)
        flash[i] = (uint8_t)(i * 7 + (i >> 8) * 13);
    return 0;
}

static void add_block(uint64_t offset, uint32_t count, uint32_t number, uint32_t of)
{
    const uint32_t words[] = {0x0A324655, 0x9E5D5157, 0x2000, (uint32_t)offset, count, number, of, FAMILY};
    uint8_t *at = bytes + size;
    memset(at, 0, BLOCK);
    for (size_t i = 0; i < 8; i++)
        bytes_put_le32(at + 4 * i, words[i]);
    memcpy(at + 32, flash + offset, count);
    bytes_put_le32(at + BLOCK - 4, 0x0AB16F30);
    size += BLOCK;
}

static void add_uf2(uint64_t offset, uint64_t count, uint32_t payload)
{
    const uint32_t of = (uint32_t)((count + payload - 1) / payload);
    for (uint32_t i = 0; i < of; i++)
        add_block(offset + (uint64_t)i * payload, (uint32_t)bytes_min64(payload, count - (uint64_t)i * payload), i, of);
}

static void add_line(unsigned type, unsigned address, const uint8_t *data, unsigned count, const char *end)
{
    unsigned sum = count + (address >> 8) + address + type;
    char *at = (char *)bytes + size;
    at += sprintf(at, ":%02X%04X%02X", count, address, type);
    for (unsigned i = 0; i < count; i++) {
        at += sprintf(at, "%02x", data[i]);
        sum += data[i];
    }
    at += sprintf(at, "%02X%s", (0u - sum) & 0xFF, end);
    size = (size_t)((uint8_t *)at - bytes);
}

static void add_hex(uint64_t offset, uint64_t count, unsigned width, const char *end)
{
    uint64_t base = UINT64_MAX;
    for (uint64_t at = offset; at < offset + count;) {
        if (at >> 16 != base) {
            base = at >> 16;
            add_line(4, 0, (const uint8_t[]){(uint8_t)(base >> 8), (uint8_t)base}, 2, end);
        }
        const uint64_t left = bytes_min64(offset + count - at, 0x10000 - (at & 0xFFFF));
        const unsigned part = (unsigned)bytes_min64(width, left);
        add_line(0, at & 0xFFFF, flash + at, part, end);
        at += part;
    }
}

static void end_hex(void)
{
    add_line(1, 0, NULL, 0, "\n");
}

static size_t gzip(const uint8_t *from, size_t count, uint8_t *to)
{
    z_stream z = {.next_in = (uint8_t *)from, .avail_in = (uInt)count, .next_out = to, .avail_out = ROOM / 2};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

static void test_plain_bytes_are_themselves(void **state)
{
    container c;
    (void)state;
    assert_int_equal(open_bytes(&c, flash, FLASH), ESPBAK_OK);
    assert_null(container_name(&c));
    assert_part(&c, 0, 0, FLASH);
    container_close(&c);
    /* Nothing is looked into when only the bytes are wanted. */
    const size_t count = gzip(flash, FLASH, packed);
    const espbak_image_reader reader = {read_bytes, packed, count};
    assert_int_equal(container_open_bytes(&c, &reader, &err), ESPBAK_OK);
    assert_null(container_name(&c));
    assert_int_equal(c.parts[0].size, count);
    container_close(&c);
}

static void test_uf2_goes_where_it_says(void **state)
{
    container c;
    (void)state;
    size = 0;
    add_uf2(0x1000, 70001, 256);
    add_uf2(0x20000, 9999, 452); /* as esptool has them: a series for each file */
    assert_int_equal(open_bytes(&c, bytes, size), ESPBAK_OK);
    assert_string_equal(container_name(&c), "UF2");
    assert_true(c.family_known && c.family == FAMILY && !c.unordered);
    assert_int_equal(c.part_count, 2);
    assert_part(&c, 0, 0x1000, 70001);
    assert_part(&c, 1, 0x20000, 9999);
    container_close(&c);
}

static void test_uf2_in_another_order(void **state)
{
    container c;
    (void)state;
    size = 0;
    for (uint32_t i = 0; i < 40; i++)
        add_block(0x4000 + (uint64_t)(39 - i) * 256, 256, 39 - i, 40);
    assert_int_equal(open_bytes(&c, bytes, size), ESPBAK_OK);
    assert_true(c.unordered);
    assert_int_equal(c.part_count, 1);
    assert_part(&c, 0, 0x4000, 40 * 256);
    container_close(&c);
}

static void begin_uf2(void)
{
    size = 0;
    add_uf2(0x1000, 2560, 256);
}

static void test_damaged_uf2_is_refused(void **state)
{
    (void)state;
    begin_uf2();
    assert_refused(bytes, size - BLOCK, "9 of 10 blocks");
    assert_refused(bytes, size - 1, "ends within a block");
    bytes[3 * BLOCK + BLOCK - 1] ^= 1;
    assert_refused(bytes, size, "block 3 of it is damaged");
    begin_uf2();
    bytes_put_le32(bytes + 5 * BLOCK + 20, 4);
    assert_refused(bytes, size, "block 4 of 10 more than once");
    begin_uf2();
    memcpy(bytes + size, bytes + 2 * BLOCK, BLOCK);
    assert_refused(bytes, size + BLOCK, "block 2 of 10 more than once");
    bytes_put_le32(bytes + 5 * BLOCK + 24, 5);
    assert_refused(bytes, size, "5 of its 10 blocks are missing");
    begin_uf2();
    bytes_put_le32(bytes + 5 * BLOCK + 28, 0xC47E5767);
    assert_refused(bytes, size, "several kinds of chips");
    begin_uf2();
    bytes_put_le32(bytes + 5 * BLOCK + 12, 0x1010);
    assert_refused(bytes, size, "twice what belongs at 0x10");
    begin_uf2();
    for (size_t i = 0; i < 10; i++)
        bytes_put_le32(bytes + i * BLOCK + 8, 1); /* none is for the flash */
    assert_refused(bytes, size, "without any bytes");
}

static void test_md5_of_a_block(void **state)
{
    (void)state;
    for (int at_end = 0; at_end < 2; at_end++) {
        container c;
        begin_uf2();
        bytes[7 * BLOCK + 9] |= 0x40;
        uint8_t *told = bytes + 7 * BLOCK + 32 + (at_end ? 452 : 256);
        bytes_put_le32(told, 0x1700);
        bytes_put_le32(told + 4, 256);
        assert_int_equal(digest_of(DIGEST_MD5, flash + 0x1700, 256, told + 8, &err), ESPBAK_OK);
        assert_int_equal(open_bytes(&c, bytes, size), ESPBAK_OK);
        container_close(&c);
        bytes[7 * BLOCK + 40] ^= 1;
        assert_refused(bytes, size, "MD5 of block 7");
    }
}

static void test_intel_hex_goes_where_it_says(void **state)
{
    static const char *const ends[] = {"\n", "\r\n"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        container c;
        size = 0;
        add_hex(0x1000, 70001, 16, ends[i]);
        add_hex(0x20000, 9999, 255, ends[i]);
        add_hex(0x22800, 10, 16, ends[i]); /* in a sector that has something already */
        end_hex();
        assert_int_equal(open_bytes(&c, bytes, size), ESPBAK_OK);
        assert_string_equal(container_name(&c), "Intel HEX");
        assert_int_equal(c.part_count, 2);
        assert_part(&c, 0, 0x1000, 70001);
        assert_int_equal(c.parts[1].size, 0x280A);
        uint8_t gap[4];
        assert_int_equal(container_read(&c, 0x20000 + 9999, gap, sizeof(gap), &err), ESPBAK_OK);
        assert_true(bytes_are_all(gap, sizeof(gap), 0xFF));
        container_close(&c);
    }
}

static void test_segments_of_intel_hex(void **state)
{
    container c;
    (void)state;
    size = 0;
    add_line(2, 0, (const uint8_t[]){0x12, 0x34}, 2, "\n");
    add_line(0, 0x0010, flash + 0x12350, 16, "\n");
    add_line(3, 0, (const uint8_t[]){0, 0, 0, 0}, 4, "\n");
    end_hex();
    assert_int_equal(open_bytes(&c, bytes, size), ESPBAK_OK);
    assert_part(&c, 0, 0x12350, 16);
    container_close(&c);
    size = 0;
    add_line(2, 0, (const uint8_t[]){0x12, 0x34}, 2, "\n");
    add_line(0, 0xFFFF, flash, 2, "\n");
    assert_refused(bytes, size, "line 2 leaves its segment");
}

static void test_damaged_hex_is_refused(void **state)
{
    (void)state;
    size = 0;
    add_hex(0x1000, 256, 16, "\n");
    const size_t unfinished = size;
    end_hex();
    assert_refused(bytes, unfinished, "without its last line");
    assert_refused(bytes, unfinished - 9, "line 17 is damaged");
    memcpy(bytes + size, ":00", 3);
    assert_refused(bytes, size + 3, "behind its end in line 19");
    bytes[100] = bytes[100] == '0' ? '1' : '0';
    assert_refused(bytes, size, "line 3 is damaged");
    size = 0;
    add_hex(0x1000, 64, 16, "\n");
    add_hex(0x1020, 64, 16, "\n");
    end_hex();
    assert_refused(bytes, size, "twice what belongs at 0x10");
    memset(bytes + 43 + 16, '0', 4000);
    assert_refused(bytes, 4059, "too long");
    size = 0;
    end_hex();
    assert_refused(bytes, size, "without any bytes");
}

static void test_gzip_is_unpacked(void **state)
{
    container c;
    (void)state;
    size_t count = gzip(flash, FLASH / 2, packed);
    count += gzip(flash + FLASH / 2, FLASH / 2, packed + count); /* two members are one file */
    memset(packed + count, 0, 600);
    assert_int_equal(open_bytes(&c, packed, count + 600), ESPBAK_OK);
    assert_string_equal(container_name(&c), "packed with gzip");
    assert_part(&c, 0, 0, FLASH);
    container_close(&c);
    size = 0;
    add_uf2(0x1000, 70001, 256);
    assert_int_equal(open_bytes(&c, packed, gzip(bytes, size, packed)), ESPBAK_OK);
    assert_string_equal(container_name(&c), "UF2 packed with gzip");
    assert_part(&c, 0, 0x1000, 70001);
    container_close(&c);
}

static void test_more_than_all_marks(void **state)
{
    enum { LARGE = 40 << 20, ENTRIES = 16 };
    container c;
    uint8_t found[ENTRIES], *large = calloc(1, LARGE);
    (void)state;
    assert_non_null(large);
    for (size_t i = 0; i + 4 <= LARGE; i += 4096)
        bytes_put_le32(large + i, (uint32_t)i);
    assert_int_equal(open_bytes(&c, packed, gzip(large, LARGE, packed)), ESPBAK_OK);
    for (uint32_t i = 0; i < 40; i++) {
        const uint64_t at = (uint64_t)(i * 2654435761u % (LARGE / 4096)) * 4096;
        assert_int_equal(container_read(&c, at, found, sizeof(found), &err), ESPBAK_OK);
        assert_int_equal(bytes_get_le32(found), at);
    }
    container_close(&c);
    free(large);
}

static void test_damaged_gzip_is_refused(void **state)
{
    (void)state;
    const size_t count = gzip(flash, FLASH, packed);
    assert_refused(packed, count - 1, "cut short");
    assert_refused(packed, count / 2, "cut short");
    assert_refused(packed, 10, "cut short");
    packed[count] = 'x';
    assert_refused(packed, count + 1, "something else stands behind");
    packed[count - 6] ^= 1;
    assert_refused(packed, count, "incorrect data check");
    packed[count - 6] ^= 1;
    packed[count - 2] ^= 1;
    assert_refused(packed, count, "incorrect length check");
}

static void test_gzip_that_holds_too_much(void **state)
{
    uint8_t *zeros = calloc(1, LIMIT + 1);
    (void)state;
    assert_non_null(zeros);
    assert_refused(packed, gzip(zeros, LIMIT + 1, packed), "more than any flash");
    free(zeros);
}

/* ---- zstd, RFC 8878 ---- */

static void begin_zstd(void)
{
    static const uint8_t head[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58}; /* no size, no checksum, a window of 2 MiB */
    memcpy(packed, head, sizeof(head));
    size = sizeof(head);
}

/* `count` times a byte; the last block of a frame says so. */
static void add_run(uint32_t count, uint8_t byte, bool last)
{
    const uint32_t head = count << 3 | 1U << 1 | (last ? 1 : 0);
    packed[size++] = (uint8_t)head;
    packed[size++] = (uint8_t)(head >> 8);
    packed[size++] = (uint8_t)(head >> 16);
    packed[size++] = byte;
}

/* False where this program cannot; it says so then. */
static bool has_zstd(void)
{
    container c;
    begin_zstd();
    add_run(5, 'x', true);
    const bool has = open_bytes(&c, packed, size) == ESPBAK_OK;
    container_close(&c);
    if (!has)
        assert_refused(packed, size, "built without");
    return has;
}

static void test_zstd_is_unpacked(void **state)
{
    enum { RUN = 100000, RUNS = 40 };
    container c;
    (void)state;
    if (!has_zstd())
        return;
    begin_zstd();
    for (unsigned i = 0; i < RUNS; i++)
        add_run(RUN, (uint8_t)(i + 1), i == RUNS - 1);
    assert_int_equal(open_bytes(&c, packed, size), ESPBAK_OK);
    assert_string_equal(container_name(&c), "packed with zstd");
    assert_int_equal(c.parts[0].size, RUN * RUNS);
    /* Forward, back, and across what is kept of the beginning. */
    static const unsigned places[] = {39, 3, 0, 10, 11, 38, 2, 20};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const unsigned n = places[i];
        uint8_t found[2] = {0};
        assert_int_equal(container_read(&c, (uint64_t)n * RUN, found, 1, &err), ESPBAK_OK);
        assert_int_equal(container_read(&c, (uint64_t)(n + 1) * RUN - 1, found + 1, 1, &err), ESPBAK_OK);
        assert_true(found[0] == n + 1 && found[1] == n + 1);
    }
    container_close(&c);
}

static void test_damaged_zstd_is_refused(void **state)
{
    (void)state;
    if (!has_zstd())
        return;
    begin_zstd();
    add_run(1000, 'x', false);
    assert_refused(packed, size, "cut short");
    add_run(1000, 'x', true);
    for (size_t cut = 6; cut < size; cut++)
        assert_refused(packed, cut, "cut short");
    packed[size] = packed[size + 1] = packed[size + 2] = packed[size + 3] = 'y';
    assert_refused(packed, size + 4, "packed with zstd and damaged");
    begin_zstd();
    for (unsigned i = 0; i < LIMIT / 100000 + 1; i++)
        add_run(100000, 0, false);
    add_run(1, 0, true);
    assert_refused(packed, size, "more than any flash");
}

static void test_files_that_are_something_else(void **state)
{
    (void)state;
    static const struct {
        const char *begins;
        size_t at;
        const char *what;
    } rows[] = {
        {"PK\3\4", 0, "a ZIP archive"},
        {"\3757zXZ", 0, "packed with xz"},
        {"1AY&SY", 4, "packed with bzip2"},

        {"ustar", 257, "a tar archive"},
        {"\177ELF", 0, "an ELF program"},
        {"version https://git-lfs.github.com", 0, "a pointer of Git LFS"},
        {"ustar", 0, NULL},
        {"PK", 0, NULL},
        {"\xE9", 0, NULL},
    };
    container c;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(bytes, 0, BLOCK);
        memcpy(bytes + rows[i].at, rows[i].begins, strlen(rows[i].begins));
        assert_int_equal(open_bytes(&c, bytes, BLOCK), ESPBAK_OK);
        assert_true((c.foreign == NULL) == (rows[i].what == NULL));
        if (c.foreign != NULL)
            assert_string_equal(c.foreign->what, rows[i].what);
        container_close(&c);
    }
    const size_t count = gzip(flash, FLASH, packed);
    memcpy(bytes, packed, count);
    assert_int_equal(open_bytes(&c, packed, gzip(bytes, count, packed)), ESPBAK_OK);
    assert_string_equal(c.foreign->what, "packed twice");
    container_close(&c);
}

TEST_GROUP(container)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_bytes_are_themselves),
        cmocka_unit_test(test_uf2_goes_where_it_says),
        cmocka_unit_test(test_uf2_in_another_order),
        cmocka_unit_test(test_damaged_uf2_is_refused),
        cmocka_unit_test(test_md5_of_a_block),
        cmocka_unit_test(test_intel_hex_goes_where_it_says),
        cmocka_unit_test(test_segments_of_intel_hex),
        cmocka_unit_test(test_damaged_hex_is_refused),
        cmocka_unit_test(test_gzip_is_unpacked),
        cmocka_unit_test(test_more_than_all_marks),
        cmocka_unit_test(test_damaged_gzip_is_refused),
        cmocka_unit_test(test_gzip_that_holds_too_much),
        cmocka_unit_test(test_zstd_is_unpacked),
        cmocka_unit_test(test_damaged_zstd_is_refused),
        cmocka_unit_test(test_files_that_are_something_else),
    };
    return RUN_GROUP_WITH(tests, make_flash, NULL);
}
