/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>

#include "espbak/ops.h"
#include "support/backup_fixture.h"
#include "support/group.h"
#include "support/watch.h"

/* Backups that are interrupted, and devices that change or go away meanwhile. */

static void assert_backed_up(fixture *fix, const espbak_backup_result *result)
{
    size_t size, flash_size;
    assert_true(result->sealed);
    assert_ok(open_and_check(result->path, NULL, NULL, &fix->err), &fix->err);
    char *bytes = load(result->path, "flash.bin", &size), *flash = load(fix->folder, "flash", &flash_size);
    assert_int_equal(size, flash_size);
    assert_memory_equal(bytes, flash, size);
    free(bytes);
    free(flash);
}

static espbak_status run(fixture *fix, watch *w, const char *more, bool resume, espbak_backup_result *result)
{
    char url[256];
    snprintf(url, sizeof(url), "sim:esp32,flash=%s/flash%s", fix->folder, more);
    const espbak_backup_options options = {
        .session = {.port = url, .events = &w->events, .cancel = &w->cancel}, .folder = fix->folder, .resume = resume};
    fix->err = (espbak_error){0};
    w->cancel.requested = 0;
    espbak_backup_result_free(result);
    return espbak_backup_run(&options, result, &fix->err);
}

static espbak_backup_result *new_result(void)
{
    espbak_backup_result *result = calloc(1, sizeof(*result));
    assert_non_null(result);
    return result;
}

static void drop(espbak_backup_result *result)
{
    espbak_backup_result_free(result);
    free(result);
}

/* An unfinished backup that was stopped once `from` bytes were read; its path is in the result. */
static void leave_partial(fixture *fix, watch *w, uint64_t from, espbak_backup_result *result)
{
    w->phase = "reading";
    w->from = from;
    w->happens = watch_interrupts;
    w->times = 1;
    assert_int_equal(run(fix, w, "", false, result), ESPBAK_E_CANCELLED);
    assert_non_null(strstr(result->path, ".partial"));
    w->text[0] = '\0';
}

static void test_resume_reads_only_the_rest(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    leave_partial(fix, w, 300000, result);
    assert_ok(run(fix, w, "", true, result), &fix->err);
    assert_true(result->resumed);
    assert_true(result->found_bytes >= 300000 - CHUNK && result->found_bytes < FLASH_SIZE);
    assert_int_equal(result->changed_bytes, 0);
    assert_true(result->stats.bytes_on_wire < FLASH_SIZE - result->found_bytes + CHUNK);
    assert_null(strstr(result->path, ".partial"));
    assert_int_equal(result->state, ESPBAK_STATE_VERIFIED);
    assert_backed_up(fix, result);
    drop(result);
    free(w);
}

static void test_resume_reads_again_what_changed(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    leave_partial(fix, w, 300000, result);
    watch_change_sector(fix, 0);
    watch_change_sector(fix, 17);
    watch_change_sector(fix, 18);
    watch_change_sector(fix, FLASH_SIZE / SECTOR - 1);
    assert_ok(run(fix, w, "", true, result), &fix->err);
    assert_int_equal(result->changed_bytes, 3 * SECTOR);
    assert_non_null(strstr(w->text, "had changed on the device"));
    assert_backed_up(fix, result);
    drop(result);
    free(w);
}

static void test_resume_without_a_journal_and_with_a_damaged_file(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    leave_partial(fix, w, 300000, result);
    store(result->path, "journal.json", "{\"format\": 7", 12);
    char *path = path_of(result->path, "");
    assert_int_equal(run(fix, w, "", true, result), ESPBAK_E_FILE);
    assert_says(&fix->err, "cannot be gone on with");
    delete_file(path, "journal.json");
    size_t size;
    char *bytes = load(path, "flash.bin", &size);
    bytes[5 * SECTOR + 9] ^= 1;
    store(path, "flash.bin", bytes, size - 777);
    free(bytes);
    free(path);
    assert_ok(run(fix, w, "", true, result), &fix->err);
    assert_true(result->resumed);
    assert_int_equal(result->changed_bytes, SECTOR);
    assert_backed_up(fix, result);
    drop(result);
    free(w);
}

/* A damaged request can erase a flash; what was read before is then all there is. */
static void test_an_erased_flash_spoils_nothing_that_was_read(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    leave_partial(fix, w, 300000, result);
    size_t before_size, after_size;
    char *before = load(result->path, "flash.bin", &before_size), *erased = malloc(FLASH_SIZE);
    assert_non_null(erased);
    memset(erased, 0xFF, FLASH_SIZE);
    store(fix->folder, "flash", erased, FLASH_SIZE);
    assert_int_equal(run(fix, w, "", true, result), ESPBAK_E_DIFFERS);
    assert_says(&fix->err, "all of it is erased on the device now");
    assert_false(result->sealed);
    char *after = load(result->path, "flash.bin", &after_size);
    assert_memory_equal(before, after, 300000 - CHUNK);
    free(before);
    free(after);
    free(erased);
    drop(result);
    free(w);
}

static void test_nothing_to_resume_and_not_unasked(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    assert_int_equal(run(fix, w, "", true, result), ESPBAK_E_FILE);
    assert_says(&fix->err, "there is no unfinished backup of this device");
    leave_partial(fix, w, 100000, result);
    assert_int_equal(run(fix, w, ",mac=02:00:00:00:00:01", true, result), ESPBAK_E_FILE);
    assert_ok(run(fix, w, "", false, result), &fix->err);
    assert_false(result->resumed);
    assert_non_null(strstr(w->text, "with --resume goes on with it"));
    assert_backed_up(fix, result);
    drop(result);
    free(w);
}

/* The line carries so many bytes, then never again until the port is opened anew. */
static void test_a_device_that_comes_back_is_gone_on_with(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    assert_ok(run(fix, w, ",fault=cut.from:190000", false, result), &fix->err);
    assert_true(result->reconnects > 0 && result->reconnects < 8);
    assert_int_equal(result->changed_bytes, 0);
    assert_backed_up(fix, result);
    drop(result);
    free(w);
}

/* What the application wrote while the device was away is read again. */
static void test_contents_that_change_meanwhile(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    w->phase = "reading";
    w->from = CHUNK;
    w->happens = watch_rewrites;
    w->times = 1;
    assert_ok(run(fix, w, ",fault=cut.from:190000", false, result), &fix->err);
    assert_int_equal(result->changed_bytes, SECTOR);
    assert_backed_up(fix, result);
    drop(result);
    free(w);
}

/* A sector that became another one after it was read, as one does that came from the wrong place. */
static void test_a_backup_puts_right_what_differs(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    w->phase = "reading";
    w->from = FLASH_SIZE;
    w->happens = watch_rewrites;
    w->sector = 11;
    w->times = 1;
    assert_ok(run(fix, w, "", false, result), &fix->err);
    assert_int_equal(result->repaired_bytes, SECTOR);
    assert_backed_up(fix, result);
    drop(result);
    free(w);
}

static void keep_changing(watch *w)
{
    watch_change_sector(w->fix, 11);
}

static void test_contents_that_keep_changing_are_never_verified(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    w->phase = "verifying";
    w->happens = keep_changing;
    w->times = UINT32_MAX;
    const espbak_status status = run(fix, w, "", false, result);
    /* Changed back and forth: what is sealed can only be what the last look saw. */
    if (status == ESPBAK_OK)
        assert_ok(open_and_check(result->path, NULL, NULL, &fix->err), &fix->err);
    else
        assert_int_equal(status, ESPBAK_E_DIFFERS);
    assert_int_equal(result->sealed, status == ESPBAK_OK);
    drop(result);
    free(w);
}

static espbak_status run_with_holes(fixture *fix, watch *w, espbak_backup_result *result)
{
    char url[256];
    snprintf(url, sizeof(url), "sim:esp32,flash=%s/flash,fault=mute:0x23000", fix->folder);
    const espbak_backup_options options = {.session = {.port = url, .events = &w->events, .cancel = &w->cancel},
                                           .folder = fix->folder,
                                           .resume = true,
                                           .allow_unreadable = true};
    fix->err = (espbak_error){0};
    espbak_backup_result_free(result);
    return espbak_backup_run(&options, result, &fix->err);
}

static void assert_hole(fixture *fix, const espbak_backup_result *result)
{
    size_t size, flash_size;
    espbak_backup *backup = NULL;
    assert_ok(open_and_check(result->path, NULL, NULL, &fix->err), &fix->err);
    assert_ok(espbak_backup_open(&backup, result->path, &fix->err), &fix->err);
    const espbak_manifest *manifest = espbak_backup_manifest(backup);
    assert_int_equal(manifest->state, ESPBAK_STATE_HOLES);
    assert_int_equal(manifest->regions[0].unreadable_count, 1);
    assert_int_equal(manifest->regions[0].unreadable[0].offset, 0x23000);
    assert_int_equal(manifest->regions[0].unreadable[0].size, SECTOR);
    espbak_backup_close(backup);
    char *bytes = load(result->path, "flash.bin", &size), *flash = load(fix->folder, "flash", &flash_size);
    assert_int_equal(size, flash_size);
    memset(flash + 0x23000, 0xFF, SECTOR);
    assert_memory_equal(bytes, flash, size);
    free(bytes);
    free(flash);
}

static void test_a_sector_that_cannot_be_read(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    assert_int_equal(run(fix, w, ",fault=mute:0x23000", false, result), ESPBAK_E_DEVICE);
    assert_says(&fix->err, "cannot be read: 0x23000");
    assert_false(result->sealed);
    assert_int_equal(result->hole_bytes, SECTOR);
    assert_non_null(strstr(result->path, ".partial"));
    /* Everything else is there already. */
    assert_int_equal(run_with_holes(fix, w, result), ESPBAK_E_DEVICE);
    assert_true(result->sealed && result->resumed);
    assert_int_equal(result->state, ESPBAK_STATE_HOLES);
    assert_int_equal(result->found_bytes, FLASH_SIZE);
    assert_true(result->stats.bytes_on_wire < FLASH_SIZE / 2);
    assert_hole(fix, result);
    drop(result);
    free(w);
}

/* A flash that reads differently each time is never called verified. */
static void test_a_sector_that_flickers(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_backup_result *result = new_result();
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    assert_int_equal(run(fix, w, ",fault=flicker:0x23000", false, result), ESPBAK_E_DIFFERS);
    assert_says(&fix->err, "0x23000 to 0x24000 is not what the chip says is there");
    assert_false(result->sealed);
    drop(result);
    free(w);
}

TEST_GROUP(resume)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_resume_reads_only_the_rest, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_resume_reads_again_what_changed, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_resume_without_a_journal_and_with_a_damaged_file, make_fixture,
                                        remove_fixture),
        cmocka_unit_test_setup_teardown(test_an_erased_flash_spoils_nothing_that_was_read, make_fixture,
                                        remove_fixture),
        cmocka_unit_test_setup_teardown(test_nothing_to_resume_and_not_unasked, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_device_that_comes_back_is_gone_on_with, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_contents_that_change_meanwhile, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_backup_puts_right_what_differs, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_contents_that_keep_changing_are_never_verified, make_fixture,
                                        remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_sector_that_cannot_be_read, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_sector_that_flickers, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
