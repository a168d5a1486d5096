/* SPDX-License-Identifier: Apache-2.0 */
/* What is written: restore and write, whole and broken off. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "espbak/restore.h"
#include "support/group.h"
#include "support/ops_fixture.h"

static void test_restore_writes_what_differs(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup = {0};
    espbak_restore_result result = {0};
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    make_flash(fix, "other", 1);
    backup_flash(fix, "flash", &backup);
    assert_ok(restore(fix, backup.path, "other", "", log, &result), &fix->err);
    assert_int_equal(result.write_bytes, 0);
    assert_true(result.verified && result.finished);

    change_flash(fix, "other", 0x20000);
    assert_ok(restore(fix, backup.path, "other", "", log, &result), &fix->err);
    assert_int_equal(result.write_bytes, SECTOR);
    assert_int_equal(result.erase_bytes, 0);
    assert_int_equal(result.stats.bytes, 2 * SECTOR); /* and the one that guards the rest */
    assert_true(result.verified);
    assert_true(same_files(fix, "flash", "other"));
    free(log);
    espbak_backup_result_free(&backup);
    espbak_restore_result_free(&result);
}

static void erase_flash(const fixture *fix, const char *name, size_t at, size_t count)
{
    size_t size;
    char *bytes = load(fix->folder, name, &size);
    memset(bytes + at, 0xFF, count);
    store(fix->folder, name, bytes, size);
    free(bytes);
}

/* Sectors that are to be erased and hold something are erased, those that are erased already are left alone. */
static void test_restore_erases_what_is_only_erased(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup = {0};
    espbak_restore_result result = {0};
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    erase_flash(fix, "flash", 0x10000, 0x18000);
    make_flash(fix, "other", 1);
    erase_flash(fix, "other", 0x10000, 0x10000);
    change_flash(fix, "other", 0x28000);
    change_flash(fix, "other", 0x2B000);
    backup_flash(fix, "flash", &backup);
    assert_int_equal(backup.saved.erased_bytes + backup.stats.compression.blank_bytes, 0x18000);
    assert_ok(restore(fix, backup.path, "other", "", log, &result), &fix->err);
    assert_int_equal(result.write_bytes, 8 * SECTOR + 2 * SECTOR);
    assert_int_equal(result.erase_bytes, 8 * SECTOR);
    assert_int_equal(result.write_ranges, 2);
    assert_true(same_files(fix, "flash", "other"));
    assert_string_equal(log->phases, " hashing connecting comparing erasing writing verifying writing");
    free(log);
    espbak_backup_result_free(&backup);
    espbak_restore_result_free(&result);
}

/* An erase that is not needed could go elsewhere, and the sector would look as it should. */
static void test_a_bootloader_that_is_gone_already_is_not_erased(void **state)
{
    static const char *const loaders[] = {"", ",own=silent"};
    fixture *fix = *state;
    espbak_backup_result backup = {0};
    espbak_restore_result result = {0};
    make_flash(fix, "flash", 1);
    erase_flash(fix, "flash", BOOT_SECTOR, SECTOR);
    make_flash(fix, "other", 1);
    erase_flash(fix, "other", BOOT_SECTOR, SECTOR);
    backup_flash(fix, "flash", &backup);
    for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
        job_log *log = new_log();
        change_flash(fix, "other", 0x20000);
        assert_ok(restore(fix, backup.path, "other", loaders[i], log, &result), &fix->err);
        assert_true(result.verified);
        assert_true(same_files(fix, "flash", "other"));
        assert_null(strstr(log->text, "erasing the bootloader's first sector"));
        free(log);
    }
    espbak_backup_result_free(&backup);
    espbak_restore_result_free(&result);
}

static void test_restore_of_a_damaged_backup(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup = {0};
    espbak_restore_result result = {0};
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    make_flash(fix, "other", 2);
    backup_flash(fix, "flash", &backup);
    delete_file(backup.path, "SHA256SUMS");
    assert_int_equal(restore(fix, backup.path, "other", "", log, &result), ESPBAK_E_FILE);
    assert_false(fix->err.flash_changed);
    free(log);
    espbak_backup_result_free(&backup);
    espbak_restore_result_free(&result);
}

/*
 * Wherever the line goes dead, either nothing was changed, or the bootloader's first sector is
 * erased, or all is there. A second run completes it.
 */
static void test_a_broken_restore_never_boots_a_mixture(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup = {0};
    espbak_restore_result result = {0};
    unsigned changed = 0, untouched = 0, complete = 0;
    make_flash(fix, "flash", 1);
    backup_flash(fix, "flash", &backup);
    for (unsigned cut = 1000; complete == 0; cut += 17011) {
        char fault[64];
        size_t size;
        job_log *log = new_log();
        assert_true(cut < 2000000);
        make_flash(fix, "before", 2);
        make_flash(fix, "other", 2);
        snprintf(fault, sizeof(fault), ",fault=cut.to:%u", cut);
        const espbak_status status = restore(fix, backup.path, "other", fault, log, &result);
        char *bytes = load(fix->folder, "other", &size);
        if (status == ESPBAK_OK) {
            assert_true(same_files(fix, "flash", "other"));
            complete++;
        } else if (!fix->err.flash_changed) {
            assert_true(same_files(fix, "before", "other"));
            untouched++;
        } else {
            size_t erased = 0;
            while (erased < SECTOR && (uint8_t)bytes[BOOT_SECTOR + erased] == 0xFF)
                erased++;
            assert_true(erased == SECTOR || same_files(fix, "flash", "other") || same_files(fix, "before", "other"));
            changed++;
            assert_ok(restore(fix, backup.path, "other", "", log, &result), &fix->err);
            assert_true(result.finished && result.verified);
            assert_true(same_files(fix, "flash", "other"));
        }
        free(bytes);
        free(log);
    }
    assert_true(changed > 3 && untouched > 0);
    espbak_backup_result_free(&backup);
    espbak_restore_result_free(&result);
}

static void test_interrupted_while_writing(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup = {0};
    espbak_restore_result result = {0};
    static const struct {
        const char *phase;
        bool changed;
    } cases[] = {{"comparing", false}, {"writing", true}, {"verifying", true}};
    make_flash(fix, "flash", 1);
    backup_flash(fix, "flash", &backup);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        job_log *log = new_log();
        make_flash(fix, "other", 2);
        log->cancel_in = cases[i].phase;
        assert_int_equal(restore(fix, backup.path, "other", "", log, &result), ESPBAK_E_CANCELLED);
        assert_int_equal(fix->err.flash_changed, cases[i].changed);
        assert_false(result.finished);
        free(log);
    }
    espbak_backup_result_free(&backup);
    espbak_restore_result_free(&result);
}

static espbak_status say_no(void *user, const espbak_restore_plan *plan, espbak_error *err)
{
    *(uint64_t *)user = plan->write_bytes;
    assert_true(plan->bootloader_last);
    assert_true(plan->compared);
    return espbak_fail(err, ESPBAK_E_REFUSED, "no");
}

static void test_no_means_no(void **state)
{
    fixture *fix = *state;
    char url[256];
    uint64_t asked = 0;
    espbak_backup_result backup = {0};
    espbak_restore_result result = {0};
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    make_flash(fix, "before", 2);
    make_flash(fix, "other", 2);
    backup_flash(fix, "flash", &backup);
    espbak_restore_options options = {
        .session = session_of(url, log, fix, "other", ""), .backup = backup.path, .ask = say_no, .user = &asked};
    assert_int_equal(espbak_restore_run(&options, &result, &fix->err), ESPBAK_E_REFUSED);
    assert_int_equal(asked, FLASH_SIZE);
    options.dry_run = true;
    asked = 0;
    espbak_restore_result_free(&result);
    assert_ok(espbak_restore_run(&options, &result, &fix->err), &fix->err);
    assert_int_equal(asked, 0);
    assert_true(result.planned && !result.finished);
    assert_true(same_files(fix, "before", "other"));
    free(log);
    espbak_backup_result_free(&backup);
    espbak_restore_result_free(&result);
}

static void test_write_changes_nothing_unless_all_can_be_written(void **state)
{
    fixture *fix = *state;
    char url[256];
    espbak_write_result result;
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    make_flash(fix, "before", 1);
    store(fix->folder, "new", "new", 3);
    char *path = path_of(fix->folder, "new");
    const espbak_raw_file bad[] = {{0x8000, path, NULL}, {FLASH_SIZE, path, NULL}}, good[] = {{0x8000, path, NULL}};
    espbak_write_options options = {.session = session_of(url, log, fix, "flash", ""), .files = bad, .file_count = 2};
    assert_int_equal(espbak_write_run(&options, &result, &fix->err), ESPBAK_E_USAGE);
    assert_true(same_files(fix, "before", "flash"));
    options.files = good;
    options.file_count = 1;
    assert_ok(espbak_write_run(&options, &result, &fix->err), &fix->err);
    assert_true(result.finished && result.verified);
    size_t size;
    char *bytes = load(fix->folder, "flash", &size);
    assert_memory_equal(bytes + 0x8000, "new\xff\xff", 5);
    assert_int_equal((uint8_t)bytes[0x8FFF], 0xFF);
    free(bytes);
    free(path);
    free(log);
}

/* What a loader says it has written and has not, the comparison finds. */
static void test_what_was_not_written_is_written_again(void **state)
{
    fixture *fix = *state;
    espbak_write_result result;
    job_log *log = new_log();
    make_flash(fix, "new.bin", 7);
    make_flash(fix, "spoiled", 1);
    char *path = path_of(fix->folder, "new.bin"), url[256];
    const espbak_raw_file whole = {.offset = 0, .path = path};
    espbak_write_options options = {
        .session = session_of(url, log, fix, "spoiled", ",fault=lie-write:0.05"), .files = &whole, .file_count = 1};
    options.session.own_loader = ESPBAK_OWN_LOADER_OFF; /* ours looks at the flash itself */
    assert_ok(espbak_write_run(&options, &result, &fix->err), &fix->err);
    assert_true(result.verified);
    assert_true(same_files(fix, "spoiled", "new.bin"));
    assert_non_null(strstr(log->text, "writing it again"));
    free(path);
    free(log);
}

static espbak_status change_backup(void *user, const espbak_restore_plan *plan, espbak_error *err)
{
    const fixture *fix = user;
    (void)plan;
    (void)err;
    change_flash(fix, "b/flash.bin", BOOT_SECTOR + 5);
    return ESPBAK_OK;
}

/* Whoever changes the backup after it was checked gets nothing onto the device. */
static void test_a_backup_that_changes_at_the_question(void **state)
{
    fixture *fix = *state;
    char url[256];
    espbak_backup_result backup = {0};
    espbak_restore_result result = {0};
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    backup_flash(fix, "flash", &backup);
    make_flash(fix, "flash", 2);
    make_flash(fix, "before", 2);
    const espbak_restore_options options = {
        .session = session_of(url, log, fix, "flash", ""), .backup = backup.path, .ask = change_backup, .user = fix};
    assert_int_equal(espbak_restore_run(&options, &result, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "flash.bin was changed while it was in use");
    assert_false(fix->err.flash_changed);
    assert_true(same_files(fix, "flash", "before"));
    espbak_restore_result_free(&result);
    espbak_backup_result_free(&backup);
    free(log);
}

TEST_GROUP(restore)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, remove_fixture)
    const struct CMUnitTest tests[] = {
        TEST(test_restore_writes_what_differs),
        TEST(test_restore_erases_what_is_only_erased),
        TEST(test_a_bootloader_that_is_gone_already_is_not_erased),
        TEST(test_restore_of_a_damaged_backup),
        TEST(test_a_broken_restore_never_boots_a_mixture),
        TEST(test_interrupted_while_writing),
        TEST(test_no_means_no),
        TEST(test_a_backup_that_changes_at_the_question),
        TEST(test_write_changes_nothing_unless_all_can_be_written),
        TEST(test_what_was_not_written_is_written_again),
    };
    return RUN_GROUP(tests);
}
