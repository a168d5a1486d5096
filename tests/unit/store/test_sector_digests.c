/* SPDX-License-Identifier: Apache-2.0 */
/* What was checked is what is read afterwards. */
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "store/sector_digests.h"
#include "support/backup_fixture.h"
#include "support/group.h"

enum { SIZE = 5 * 4096 + 100 };

static void change(const fixture *fix, const char *name, size_t at)
{
    size_t size = 0;
    char *bytes = load(fix->folder, name, &size);
    bytes[at] = (char)(bytes[at] ^ 1);
    delete_file(fix->folder, name);
    store(fix->folder, name, bytes, size);
    free(bytes);
}

static void every_part_is_compared(void **state)
{
    fixture *fix = *state;
    sector_digests *checked = NULL;
    static uint8_t bytes[SIZE], expected[SIZE];
    static const struct {
        uint64_t offset;
        size_t size;
    } parts[] = {{0, SIZE}, {0, 1}, {4095, 2}, {4096, 8192}, {100, 12000}, {20480, 100}, {20500, 80}, {8192, 4100}};
    file *f = NULL;
    char *path = path_of(fix->folder, "data");
    store_noise(fix->folder, "data", SIZE, 1);
    assert_ok(file_open(&f, path, &fix->err), &fix->err);
    assert_ok(sector_digests_of(&checked, sector_digests_file, f, SIZE, &fix->err), &fix->err);
    assert_ok(file_read_at(f, 0, expected, SIZE, &fix->err), &fix->err);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        assert_ok(sector_digests_read(checked, sector_digests_file, f, "data", parts[i].offset, bytes, parts[i].size,
                                      &fix->err),
                  &fix->err);
        assert_memory_equal(bytes, expected + parts[i].offset, parts[i].size);
    }
    file_close(f, false);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        /* A bit in the same sector is enough, in the part or not. */
        const size_t at = (size_t)parts[i].offset + parts[i].size - 1;
        change(fix, "data", at - at % 4096);
        assert_ok(file_open(&f, path, &fix->err), &fix->err);
        assert_int_equal(sector_digests_read(checked, sector_digests_file, f, "data", parts[i].offset, bytes,
                                             parts[i].size, &fix->err),
                         ESPBAK_E_FILE);
        assert_says(&fix->err, "data was changed while it was in use");
        espbak_error_clear(&fix->err);
        file_close(f, false);
        change(fix, "data", at - at % 4096);
    }
    sector_digests_free(checked);
    free(path);
}

static void what_was_not_checked_is_not_read(void **state)
{
    fixture *fix = *state;
    sector_digests *checked = NULL;
    uint8_t bytes[4096] = {0};
    assert_ok(sector_digests_begin(&checked, SIZE, &fix->err), &fix->err);
    assert_ok(sector_digests_add(checked, bytes, sizeof(bytes), &fix->err), &fix->err);
    assert_int_equal(sector_digests_read(checked, sector_digests_file, NULL, "data", 4096, bytes, 1, &fix->err),
                     ESPBAK_E_INTERNAL);
    sector_digests_free(checked);
    sector_digests_free(NULL);
}

TEST_GROUP(sector_digests)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, remove_fixture)
    const struct CMUnitTest tests[] = {
        TEST(every_part_is_compared),
        TEST(what_was_not_checked_is_not_read),
    };
    return RUN_GROUP(tests);
}
