/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>

#include "espbak/ops.h"
#include "espbak/restore.h"
#include "support/backup_fixture.h"
#include "support/group.h"

/* What a restore overwrites, saved first. */

enum { FLASH_SIZE = 512 * 1024, SECTOR = 4096 };

static void make_flash(const fixture *fix, const char *name, unsigned salt)
{
    char *bytes = malloc(FLASH_SIZE);
    assert_non_null(bytes);
    uint32_t x = 1;
    for (size_t i = 0; i < FLASH_SIZE; i++) {
        x = x * 1664525u + 1013904223u;
        /* Every third sector is another one, and a long run at the end. */
        const bool other = (i / SECTOR) % 3 == 1 || i > FLASH_SIZE - 20 * SECTOR;
        bytes[i] = (char)((x >> 24) + (other ? salt : 0));
    }
    store(fix->folder, name, bytes, FLASH_SIZE);
    free(bytes);
}

static void back_up(fixture *fix)
{
    char url[256];
    snprintf(url, sizeof(url), "sim:esp32,flash=%s/wanted", fix->folder);
    espbak_backup_result result;
    const espbak_backup_options options = {.session = {.port = url}, .folder = fix->folder, .name = "b"};
    assert_ok(espbak_backup_run(&options, &result, &fix->err), &fix->err);
    espbak_backup_result_free(&result);
}

static espbak_status restore(fixture *fix, const char *backup, const char *more, bool snapshot,
                             espbak_restore_result *result)
{
    char url[256];
    snprintf(url, sizeof(url), "sim:esp32,flash=%s/flash%s", fix->folder, more);
    const espbak_restore_options options = {
        .session = {.port = url}, .backup = backup, .snapshot_folder = snapshot ? fix->folder : NULL};
    fix->err = (espbak_error){0};
    espbak_restore_result_free(result);
    return espbak_restore_run(&options, result, &fix->err);
}

static void test_a_snapshot_takes_the_restore_back(void **state)
{
    fixture *fix = *state;
    espbak_restore_result result = {0};
    make_flash(fix, "wanted", 0);
    make_flash(fix, "flash", 1);
    make_flash(fix, "before", 1);
    back_up(fix);
    char *backup = path_of(fix->folder, "b");
    assert_ok(restore(fix, backup, "", true, &result), &fix->err);
    assert_true(same_files(fix, "flash", "wanted"));
    assert_non_null(result.snapshot);
    assert_ok(open_and_check(result.snapshot, NULL, NULL, &fix->err), &fix->err);
    char *snapshot = path_of(result.snapshot, "");
    assert_ok(restore(fix, snapshot, "", false, &result), &fix->err);
    assert_true(same_files(fix, "flash", "before"));
    assert_null(result.snapshot);
    free(snapshot);
    free(backup);
    espbak_restore_result_free(&result);
}

static void test_nothing_is_written_without_it(void **state)
{
    fixture *fix = *state;
    espbak_restore_result result = {0};
    make_flash(fix, "wanted", 0);
    make_flash(fix, "flash", 1);
    make_flash(fix, "before", 1);
    back_up(fix);
    char *backup = path_of(fix->folder, "b");
    /* Enough for the comparison, far too little for what differs. */
    assert_int_not_equal(restore(fix, backup, ",fault=cut.from:60000", true, &result), ESPBAK_OK);
    assert_says(&fix->err, "saving what will be overwritten");
    assert_false(fix->err.flash_changed);
    assert_true(same_files(fix, "flash", "before"));
    free(backup);
    espbak_restore_result_free(&result);
}

static void test_nothing_to_save(void **state)
{
    fixture *fix = *state;
    espbak_restore_result result = {0};
    make_flash(fix, "wanted", 0);
    make_flash(fix, "flash", 0);
    back_up(fix);
    char *backup = path_of(fix->folder, "b");
    assert_ok(restore(fix, backup, "", true, &result), &fix->err);
    assert_null(result.snapshot);
    free(backup);
    espbak_restore_result_free(&result);
}

TEST_GROUP(snapshot)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_snapshot_takes_the_restore_back, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_nothing_is_written_without_it, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_nothing_to_save, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
