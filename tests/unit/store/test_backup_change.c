/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/backup_fixture.h"
#include "support/group.h"

/* Going on with an unfinished backup, and changing what is in one. */

static espbak_backup_writer *begin(fixture *fix, espbak_manifest *manifest)
{
    espbak_backup_writer *writer = NULL;
    assert_ok(espbak_backup_create(&writer, fix->folder, "b", manifest, &fix->err), &fix->err);
    return writer;
}

static void append_sectors(espbak_backup_writer *writer, unsigned first, unsigned count)
{
    espbak_error err = {0};
    uint8_t sector[4096];
    for (unsigned i = first; i < first + count; i++) {
        fill_sector(sector, i);
        assert_ok(espbak_backup_append(writer, sector, sizeof(sector), &err), &err);
    }
}

/* Three of four sectors of "app", as a killed process leaves them; returns the path. */
static char *leave_partial(fixture *fix)
{
    espbak_manifest manifest = small_manifest();
    espbak_backup_writer *writer = begin(fix, &manifest);
    const espbak_region region = sectors("app", 8, 4);
    assert_ok(espbak_backup_begin_region(writer, &region, &fix->err), &fix->err);
    append_sectors(writer, 8, 3);
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);
    return path_of(fix->folder, "b.partial");
}

static espbak_backup_writer *go_on(fixture *fix, const char *path, espbak_manifest *manifest)
{
    espbak_backup_writer *writer = NULL;
    const espbak_region region = sectors("app", 8, 4);
    assert_ok(espbak_backup_continue(&writer, path, manifest, &fix->err), &fix->err);
    assert_ok(espbak_backup_begin_region(writer, &region, &fix->err), &fix->err);
    return writer;
}

static void finish(fixture *fix, espbak_backup_writer *writer, espbak_manifest *manifest)
{
    assert_ok(espbak_backup_end_region(writer, &fix->err), &fix->err);
    assert_ok(espbak_backup_seal(writer, &fix->err), &fix->err);
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(manifest);
}

static void check_sealed(fixture *fix, const uint8_t *expected, size_t size)
{
    size_t found;
    char *path = path_of(fix->folder, "b");
    assert_ok(open_and_check(path, NULL, NULL, &fix->err), &fix->err);
    char *bytes = load(path, "app.bin", &found);
    assert_int_equal(found, size);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
    free(path);
}

static void fill_expected(uint8_t expected[4 * 4096])
{
    for (unsigned i = 0; i < 4; i++)
        fill_sector(expected + i * 4096u, 8 + i);
}

static void test_continue_takes_up_where_it_was(void **state)
{
    fixture *fix = *state;
    uint8_t expected[4 * 4096];
    char *path = leave_partial(fix);
    espbak_manifest manifest = small_manifest();
    snprintf(manifest.created, sizeof(manifest.created), "2027-01-01T00:00:00Z");
    manifest.note[0] = '\0';
    espbak_backup_writer *writer = go_on(fix, path, &manifest);
    assert_int_equal(espbak_backup_appended(writer), 3 * 4096);
    assert_string_equal(manifest.created, "2026-11-22T10:15:00Z");
    assert_string_equal(manifest.note, "before the update");
    append_sectors(writer, 11, 1);
    finish(fix, writer, &manifest);
    fill_expected(expected);
    check_sealed(fix, expected, sizeof(expected));
    free(path);
}

static void test_a_torn_sector_counts_for_nothing(void **state)
{
    fixture *fix = *state;
    size_t size;
    char *path = leave_partial(fix);
    char *bytes = load(path, "app.bin", &size);
    store(path, "app.bin", bytes, 2 * 4096 + 100);
    espbak_manifest manifest = small_manifest();
    espbak_backup_writer *writer = go_on(fix, path, &manifest);
    assert_int_equal(espbak_backup_appended(writer), 2 * 4096);
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);
    free(bytes);
    free(path);
}

static void test_no_journal_is_needed(void **state)
{
    fixture *fix = *state;
    char *path = leave_partial(fix);
    delete_file(path, "journal.json");
    espbak_manifest manifest = small_manifest();
    espbak_backup_writer *writer = go_on(fix, path, &manifest);
    assert_int_equal(espbak_backup_appended(writer), 3 * 4096);
    espbak_backup_writer_close(writer, true); /* never thrown away */
    espbak_manifest_free(&manifest);
    assert_true(there(path, "app.bin"));
    free(path);
}

static espbak_status try_continue(fixture *fix, const char *path, espbak_manifest *manifest)
{
    espbak_backup_writer *writer = NULL;
    fix->err = (espbak_error){0};
    const espbak_status status = espbak_backup_continue(&writer, path, manifest, &fix->err);
    espbak_backup_writer_close(writer, false);
    return status;
}

static void test_a_journal_that_cannot_be_read_is_refused(void **state)
{
#define WITH_TIME(time)                                                                                                \
    "{\"format\":\"espbak-journal\",\"version\":1,\"created\":\"" time "\",\"chip\":\"\",\"mac\":\"\",\"note\":\"\","  \
    "\"flash_size\":65536,\"regions\":[]}"
    static const char *const journals[] = {"", "{", "[1, 2]", WITH_TIME("garbage"), WITH_TIME("2026-13-22T10:15:00Z")};
    fixture *fix = *state;
    char *path = leave_partial(fix);
    for (size_t i = 0; i < sizeof(journals) / sizeof(journals[0]); i++) {
        espbak_manifest manifest = small_manifest();
        store(path, "journal.json", journals[i], strlen(journals[i]));
        assert_int_equal(try_continue(fix, path, &manifest), ESPBAK_E_FILE);
        assert_says(&fix->err, "cannot be gone on with");
        assert_non_null(strstr(fix->err.hint, "journal.json"));
        assert_true(there(path, "app.bin"));
        espbak_manifest_free(&manifest);
    }
    free(path);
}

static void test_another_device_is_told_apart(void **state)
{
    fixture *fix = *state;
    char *path = leave_partial(fix);
    for (int i = 0; i < 3; i++) {
        espbak_manifest manifest = small_manifest();
        if (i == 0)
            snprintf(manifest.chip, sizeof(manifest.chip), "esp32");
        else if (i == 1)
            manifest.mac[5] ^= 1;
        else
            manifest.flash.size *= 2;
        assert_int_equal(try_continue(fix, path, &manifest), ESPBAK_E_FILE);
        assert_says(&fix->err, "of another device");
    }
    free(path);
}

static void test_what_is_in_use_or_missing_is_not_continued(void **state)
{
    fixture *fix = *state;
    espbak_manifest manifest = small_manifest(), second = small_manifest();
    espbak_backup_writer *writer = begin(fix, &manifest);
    char *path = path_of(fix->folder, "b"), *missing = path_of(fix->folder, "c");
    assert_int_equal(try_continue(fix, path, &second), ESPBAK_E_FILE);
    assert_says(&fix->err, "another process works on");
    assert_int_equal(try_continue(fix, missing, &second), ESPBAK_E_FILE);
    assert_says(&fix->err, "there is no unfinished backup");
    espbak_backup_writer_close(writer, true);
    free(path);
    free(missing);
}

static void test_other_regions_are_no_continuation(void **state)
{
    fixture *fix = *state;
    char *path = leave_partial(fix);
    espbak_manifest manifest = small_manifest();
    espbak_backup_writer *writer = NULL;
    const espbak_region other = sectors("nvs", 1, 2);
    assert_ok(espbak_backup_continue(&writer, path, &manifest, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_begin_region(writer, &other, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "was begun with app");
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);
    free(path);
}

/* What --resume writes would reach a sealed backup that shares its file with the unfinished one. */
static void test_a_file_with_two_names_is_not_changed(void **state)
{
    fixture *fix = *state;
    size_t size, after;
    char *path = leave_partial(fix), *other = path_of(fix->folder, "sealed.bin"), *data = path_of(path, "app.bin");
    assert_int_equal(link(data, other), 0);
    char *before = load(fix->folder, "sealed.bin", &size);
    espbak_manifest manifest = small_manifest();
    espbak_backup_writer *writer = NULL;
    const espbak_region region = sectors("app", 8, 4);
    assert_ok(espbak_backup_continue(&writer, path, &manifest, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_begin_region(writer, &region, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "another name leads to the same file");
    espbak_backup_writer_close(writer, false);
    char *now = load(fix->folder, "sealed.bin", &after);
    assert_int_equal(after, size);
    assert_memory_equal(now, before, size);
    free(before);
    free(now);
    free(data);
    free(other);
    free(path);
    espbak_manifest_free(&manifest);
}

/* Somebody puts another file, or another folder, under the names of a backup that is being made. */
static void test_what_was_replaced_is_not_sealed(void **state)
{
    fixture *fix = *state;
    enum { FILE_REPLACED, FILE_CUT, FILE_LINKED, FOLDER_REPLACED, FOLDER_LINKED, WAYS };
    static const char other[4 * 4096];
    for (int way = 0; way < WAYS; way++) {
        const char name[] = {(char)('0' + way), '\0'}, in[] = {name[0], '.', 'p', 'a', 'r', 't', 'i', 'a', 'l', '\0'};
        const char moved[] = {'m', name[0], '\0'};
        espbak_manifest manifest = small_manifest();
        espbak_backup_writer *writer = NULL;
        const espbak_region region = sectors("app", 8, 4);
        assert_ok(espbak_backup_create(&writer, fix->folder, name, &manifest, &fix->err), &fix->err);
        assert_ok(espbak_backup_begin_region(writer, &region, &fix->err), &fix->err);
        append_sectors(writer, 8, 4);
        assert_ok(espbak_backup_end_region(writer, &fix->err), &fix->err);
        char *path = path_of(fix->folder, in), *data = path_of(path, "app.bin"), *away = path_of(fix->folder, moved);
        const bool of_folder = way == FOLDER_REPLACED || way == FOLDER_LINKED;
        assert_int_equal(way == FILE_LINKED ? link(data, away) : rename(of_folder ? path : data, away), 0);
        if (way == FILE_REPLACED || way == FILE_CUT)
            store(path, "app.bin", other, way == FILE_CUT ? 5 : sizeof(other));
        else if (way == FOLDER_REPLACED)
            assert_int_equal(mkdir(path, 0700), 0);
        else if (way == FOLDER_LINKED)
            assert_int_equal(symlink(away, path), 0);
        assert_int_equal(espbak_backup_seal(writer, &fix->err), ESPBAK_E_FILE);
        assert_says(&fix->err, of_folder ? "is another folder now" : "is not the file any more");
        espbak_backup_writer_close(writer, false);
        espbak_manifest_free(&manifest);
        assert_true(way != FOLDER_REPLACED || rmdir(path) == 0); /* nothing was put there */
        free(away);
        free(data);
        free(path);
    }
}

static void test_remains_of_a_killed_seal_go(void **state)
{
    fixture *fix = *state;
    char *path = leave_partial(fix);
    store(path, "manifest.json", "{", 1);
    store(path, "SHA256SUMS", "x", 1);
    store(path, "journal.json.17-0.tmp", "x", 1);
    store(path, "mine.txt", "x", 1);
    espbak_manifest manifest = small_manifest();
    espbak_backup_writer *writer = go_on(fix, path, &manifest);
    assert_false(there(path, "manifest.json"));
    assert_false(there(path, "SHA256SUMS"));
    assert_false(there(path, "journal.json.17-0.tmp"));
    assert_true(there(path, "mine.txt"));
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);
    free(path);
}

static void test_patches_end_up_in_the_hashes(void **state)
{
    fixture *fix = *state;
    static const uint8_t patch[] = {1, 2, 3, 4, 5};
    uint8_t expected[4 * 4096];
    espbak_manifest manifest = small_manifest();
    espbak_backup_writer *writer = begin(fix, &manifest);
    const espbak_region region = sectors("app", 8, 4), nvs = sectors("nvs", 1, 2);
    append_region(writer, &nvs);
    assert_ok(espbak_backup_begin_region(writer, &region, &fix->err), &fix->err);
    append_sectors(writer, 8, 3);
    assert_ok(espbak_backup_patch(writer, 1, 4094, patch, sizeof(patch), &fix->err), &fix->err);
    assert_int_equal(espbak_backup_patch(writer, 1, 3 * 4096 - 4, patch, sizeof(patch), NULL), ESPBAK_E_INTERNAL);
    append_sectors(writer, 11, 1);
    assert_ok(espbak_backup_end_region(writer, &fix->err), &fix->err);
    assert_ok(espbak_backup_patch(writer, 0, 0, patch, sizeof(patch), &fix->err), &fix->err);
    assert_ok(espbak_backup_patch(writer, 1, 4 * 4096 - 5, patch, sizeof(patch), &fix->err), &fix->err);
    assert_int_equal(espbak_backup_patch(writer, 2, 0, patch, sizeof(patch), NULL), ESPBAK_E_INTERNAL);
    assert_ok(espbak_backup_seal(writer, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_patch(writer, 1, 0, patch, sizeof(patch), NULL), ESPBAK_E_INTERNAL);
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);
    fill_expected(expected);
    memcpy(expected + 4094, patch, sizeof(patch));
    memcpy(expected + sizeof(expected) - sizeof(patch), patch, sizeof(patch));
    check_sealed(fix, expected, sizeof(expected));
}

/* What is in is had back as it stands in the files, of a region that is under way or finished. */
static void test_what_was_appended_is_read_back(void **state)
{
    fixture *fix = *state;
    static const uint8_t patch[] = {1, 2, 3, 4, 5};
    uint8_t found[sizeof(patch)], sector[4096], expected[4096];
    espbak_manifest manifest = small_manifest();
    espbak_backup_writer *writer = begin(fix, &manifest);
    const espbak_region region = sectors("app", 8, 4), nvs = sectors("nvs", 1, 2);
    append_region(writer, &nvs);
    assert_ok(espbak_backup_begin_region(writer, &region, &fix->err), &fix->err);
    append_sectors(writer, 8, 3);
    fill_sector(expected, 10);
    assert_ok(espbak_backup_read_back(writer, 1, 2 * 4096, sector, sizeof(sector), &fix->err), &fix->err);
    assert_memory_equal(sector, expected, sizeof(sector));
    assert_int_equal(espbak_backup_read_back(writer, 1, 2 * 4096 + 1, sector, sizeof(sector), NULL), ESPBAK_E_INTERNAL);
    fill_sector(expected, 2);
    assert_ok(espbak_backup_read_back(writer, 0, 4096, sector, sizeof(sector), &fix->err), &fix->err);
    assert_memory_equal(sector, expected, sizeof(sector));
    for (size_t i = 0; i < 2; i++) {
        assert_ok(espbak_backup_patch(writer, i, 100, patch, sizeof(patch), &fix->err), &fix->err);
        assert_ok(espbak_backup_read_back(writer, i, 100, found, sizeof(found), &fix->err), &fix->err);
        assert_memory_equal(found, patch, sizeof(patch));
    }
    append_sectors(writer, 11, 1);
    assert_ok(espbak_backup_end_region(writer, &fix->err), &fix->err);
    assert_ok(espbak_backup_seal(writer, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_read_back(writer, 0, 0, sector, sizeof(sector), NULL), ESPBAK_E_INTERNAL);
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);
}

TEST_GROUP(backup_change)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_continue_takes_up_where_it_was, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_was_appended_is_read_back, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_torn_sector_counts_for_nothing, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_no_journal_is_needed, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_journal_that_cannot_be_read_is_refused, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_another_device_is_told_apart, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_is_in_use_or_missing_is_not_continued, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_other_regions_are_no_continuation, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_file_with_two_names_is_not_changed, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_was_replaced_is_not_sealed, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_remains_of_a_killed_seal_go, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_patches_end_up_in_the_hashes, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
