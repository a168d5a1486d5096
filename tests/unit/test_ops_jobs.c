/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backup_fixture.h"
#include "espbak/ops.h"

/* Whole jobs against simulated chips, whose flash is a file of the fixture. */

enum { FLASH_SIZE = 256 * 1024, BOOT_SECTOR = 0x1000, SECTOR = 4096 };

typedef struct job_log {
    char text[8192];
    char phases[256]; /* each new one, in order */
    espbak_events events;
    espbak_cancel cancel;
    const char *cancel_in; /* a phase that is to be interrupted */
    uint64_t cancel_from;  /* once so many bytes are done */
} job_log;

static void note_log(void *user, espbak_log_level level, const char *text)
{
    job_log *log = user;
    const size_t used = strlen(log->text);
    snprintf(log->text + used, sizeof(log->text) - used, "%d %s\n", level, text);
}

static void note_progress(void *user, const espbak_progress *now)
{
    job_log *log = user;
    const size_t used = strlen(log->phases), length = strlen(now->phase);
    assert_true(now->total == 0 || now->done <= now->total);
    if (used < length || strcmp(log->phases + used - length, now->phase) != 0)
        snprintf(log->phases + used, sizeof(log->phases) - used, " %s", now->phase);
    if (log->cancel_in != NULL && strcmp(now->phase, log->cancel_in) == 0 && now->done >= log->cancel_from)
        log->cancel.requested = 1;
}

static job_log *new_log(void)
{
    job_log *log = calloc(1, sizeof(*log));
    assert_non_null(log);
    log->events = (espbak_events){.log = note_log, .progress = note_progress, .user = log};
    return log;
}

static espbak_session_options session_of(char url[256], job_log *log, const fixture *fix, const char *name,
                                         const char *more)
{
    snprintf(url, 256, "sim:esp32,flash=%s/%s%s", fix->folder, name, more);
    return (espbak_session_options){.port = url, .events = &log->events, .cancel = &log->cancel};
}

/* A flash in which every sector is different, by `seed` too. */
static void make_flash(const fixture *fix, const char *name, unsigned seed)
{
    char *bytes = malloc(FLASH_SIZE);
    assert_non_null(bytes);
    uint32_t x = seed * 2654435761u + 1;
    for (size_t i = 0; i < FLASH_SIZE; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (char)(x >> 24);
    }
    store(fix->folder, name, bytes, FLASH_SIZE);
    free(bytes);
}

static void change_flash(const fixture *fix, const char *name, size_t at)
{
    size_t size;
    char *bytes = load(fix->folder, name, &size);
    bytes[at] = (char)~bytes[at];
    store(fix->folder, name, bytes, size);
    free(bytes);
}

static bool same_flash(const fixture *fix, const char *a, const char *b)
{
    size_t size_a, size_b;
    char *bytes_a = load(fix->folder, a, &size_a), *bytes_b = load(fix->folder, b, &size_b);
    const bool same = size_a == size_b && memcmp(bytes_a, bytes_b, size_a) == 0;
    free(bytes_a);
    free(bytes_b);
    return same;
}

static void backup_flash(fixture *fix, const char *name, espbak_backup_result *result)
{
    char url[256];
    job_log *log = new_log();
    const espbak_backup_options options = {
        .session = session_of(url, log, fix, name, ""), .folder = fix->folder, .name = "b", .note = "n"};
    assert_ok(espbak_backup_run(&options, result, &fix->err), &fix->err);
    free(log);
}

static espbak_status restore(fixture *fix, const char *backup, const char *flash, const char *more, job_log *log,
                             espbak_restore_result *result)
{
    char url[256];
    const espbak_restore_options options = {.session = session_of(url, log, fix, flash, more), .backup = backup};
    fix->err = (espbak_error){0};
    return espbak_restore_run(&options, result, &fix->err);
}

static void test_backup_reads_twice_and_seals(void **state)
{
    fixture *fix = *state;
    char url[256];
    espbak_backup_result result;
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    const espbak_backup_options options = {
        .session = session_of(url, log, fix, "flash", ""), .folder = fix->folder, .name = "b", .note = "n"};
    assert_ok(espbak_backup_run(&options, &result, &fix->err), &fix->err);
    assert_true(result.sealed);
    assert_int_equal(result.state, ESPBAK_STATE_VERIFIED);
    assert_string_equal(result.verify_method, "device-md5");
    assert_non_null(strstr(log->phases, "reading verifying"));
    assert_true(same_flash(fix, "flash", "b/flash.bin"));
    assert_int_equal(result.stats.bytes, FLASH_SIZE);
    assert_true(result.stats.bytes_on_wire > FLASH_SIZE && result.stats.seconds > 0);
    free(log);
}

static void test_backup_that_stops_keeps_what_it_has(void **state)
{
    fixture *fix = *state;
    char url[256];
    espbak_backup_result result;
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    log->cancel_in = "reading";
    log->cancel_from = 100000;
    const espbak_backup_options options = {.session = session_of(url, log, fix, "flash", ""), .folder = fix->folder};
    assert_int_equal(espbak_backup_run(&options, &result, &fix->err), ESPBAK_E_CANCELLED);
    assert_false(result.sealed);
    assert_non_null(strstr(result.path, ".partial"));
    assert_int_equal(file_kind_of(result.path), FILE_KIND_FOLDER);
    assert_false(fix->err.flash_changed);
    free(log);
}

static void test_verify_says_where(void **state)
{
    fixture *fix = *state;
    char url[256];
    espbak_backup_result backup;
    espbak_verify_result result;
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    backup_flash(fix, "flash", &backup);
    const espbak_verify_options options = {.session = session_of(url, log, fix, "flash", ""), .backup = backup.path};
    assert_ok(espbak_verify_run(&options, &result, &fix->err), &fix->err);
    assert_true(result.files_checked && result.device_checked);
    assert_int_equal(result.difference_count, 0);

    change_flash(fix, "flash", 0x3FFF);
    change_flash(fix, "flash", 0x4000);
    change_flash(fix, "flash", FLASH_SIZE - 1);
    assert_int_equal(espbak_verify_run(&options, &result, &fix->err), ESPBAK_E_DIFFERS);
    assert_int_equal(result.difference_count, 2);
    assert_int_equal(result.differences[0].offset, 0x3000);
    assert_int_equal(result.differences[0].size, 2 * SECTOR);
    assert_int_equal(result.differences[1].offset, FLASH_SIZE - SECTOR);
    assert_int_equal(result.different_bytes, 3 * SECTOR);
    assert_says(&fix->err, "0x3000 to 0x5000");
    free(log);
}

static void test_restore_writes_what_differs(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup;
    espbak_restore_result result;
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
    assert_true(same_flash(fix, "flash", "other"));
    free(log);
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
    espbak_backup_result backup;
    espbak_restore_result result;
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    erase_flash(fix, "flash", 0x10000, 0x18000);
    make_flash(fix, "other", 1);
    erase_flash(fix, "other", 0x10000, 0x10000);
    change_flash(fix, "other", 0x28000);
    change_flash(fix, "other", 0x2B000);
    backup_flash(fix, "flash", &backup);
    assert_int_equal(backup.saved.erased_bytes, 0x18000);
    assert_ok(restore(fix, backup.path, "other", "", log, &result), &fix->err);
    assert_int_equal(result.write_bytes, 8 * SECTOR + 2 * SECTOR);
    assert_int_equal(result.erase_bytes, 8 * SECTOR);
    assert_int_equal(result.write_ranges, 2);
    assert_true(same_flash(fix, "flash", "other"));
    assert_string_equal(log->phases, " hashing comparing erasing writing verifying writing");
    free(log);
}

/* The second backup of a device takes from the first what is unchanged, and stands by itself. */
static void test_second_backup_moves_what_changed(void **state)
{
    fixture *fix = *state;
    espbak_backup_result first, second, full;
    char url[256];
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    backup_flash(fix, "flash", &first);
    change_flash(fix, "flash", 0x9000);
    change_flash(fix, "flash", FLASH_SIZE - 1);
    espbak_backup_options options = {
        .session = session_of(url, log, fix, "flash", ""), .folder = fix->folder, .name = "c"};
    assert_ok(espbak_backup_run(&options, &second, &fix->err), &fix->err);
    assert_int_equal(second.saved.line_bytes, 2 * SECTOR);
    assert_int_equal(second.saved.base_bytes, FLASH_SIZE - 2 * SECTOR);
    assert_string_equal(second.saved.base, first.path);
    assert_non_null(strstr(log->text, "plan: read"));

    /* Whatever happens to the first. */
    char name[] = "c/flash.bin";
    assert_true(same_flash(fix, "flash", name));
    change_flash(fix, "b/flash.bin", 0x20000);
    options.base = first.path;
    options.name = "d";
    assert_ok(espbak_backup_run(&options, &full, &fix->err), &fix->err);
    assert_int_equal(full.saved.line_bytes, 3 * SECTOR);
    assert_true(same_flash(fix, "flash", "d/flash.bin"));

    options.base = NULL;
    options.full = true;
    options.name = "e";
    assert_ok(espbak_backup_run(&options, &full, &fix->err), &fix->err);
    assert_int_equal(full.saved.line_bytes, FLASH_SIZE);
    assert_string_equal(full.saved.base, "");
    options.base = first.path;
    assert_int_equal(espbak_backup_run(&options, &full, &fix->err), ESPBAK_E_USAGE);
    options.full = false;
    options.base = "nowhere";
    options.name = "f";
    assert_int_equal(espbak_backup_run(&options, &full, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "the backup to go by");
    free(log);
}

static void test_restore_of_a_damaged_backup(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup;
    espbak_restore_result result;
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    make_flash(fix, "other", 2);
    backup_flash(fix, "flash", &backup);
    delete_file(backup.path, "SHA256SUMS");
    assert_int_equal(restore(fix, backup.path, "other", "", log, &result), ESPBAK_E_FILE);
    assert_false(fix->err.flash_changed);
    free(log);
}

/*
 * Wherever the line goes dead, either nothing was changed, or the bootloader's first sector is
 * erased, or all is there. A second run completes it.
 */
static void test_a_broken_restore_never_boots_a_mixture(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup;
    espbak_restore_result result;
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
            assert_true(same_flash(fix, "flash", "other"));
            complete++;
        } else if (!fix->err.flash_changed) {
            assert_true(same_flash(fix, "before", "other"));
            untouched++;
        } else {
            size_t erased = 0;
            while (erased < SECTOR && (uint8_t)bytes[BOOT_SECTOR + erased] == 0xFF)
                erased++;
            assert_true(erased == SECTOR || same_flash(fix, "flash", "other") || same_flash(fix, "before", "other"));
            changed++;
            assert_ok(restore(fix, backup.path, "other", "", log, &result), &fix->err);
            assert_true(result.finished && result.verified);
            assert_true(same_flash(fix, "flash", "other"));
        }
        free(bytes);
        free(log);
    }
    assert_true(changed > 3 && untouched > 0);
}

static void test_interrupted_while_writing(void **state)
{
    fixture *fix = *state;
    espbak_backup_result backup;
    espbak_restore_result result;
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
    espbak_backup_result backup;
    espbak_restore_result result;
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
    assert_ok(espbak_restore_run(&options, &result, &fix->err), &fix->err);
    assert_int_equal(asked, 0);
    assert_true(result.planned && !result.finished);
    assert_true(same_flash(fix, "before", "other"));
    free(log);
}

static espbak_status collect(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)data;
    (void)err;
    *(size_t *)user += size;
    return ESPBAK_OK;
}

static void test_read_to_a_sink_and_to_a_file(void **state)
{
    fixture *fix = *state;
    char url[256];
    size_t got = 0;
    espbak_read_result result;
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    char *path = path_of(fix->folder, "out");
    espbak_read_options options = {
        .session = session_of(url, log, fix, "flash", ""), .offset = 0x100, .all = true, .sink = collect, .user = &got};
    assert_ok(espbak_read_run(&options, &result, &fix->err), &fix->err);
    assert_int_equal(got, FLASH_SIZE - 0x100);
    assert_true(result.verified);
    options.file = path;
    options.offset = 0;
    assert_ok(espbak_read_run(&options, &result, &fix->err), &fix->err);
    assert_true(same_flash(fix, "flash", "out"));
    assert_true(there(fix->folder, "out.sha256"));
    assert_int_equal(espbak_read_run(&options, &result, &fix->err), ESPBAK_E_FILE);
    free(path);
    free(log);
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
    const espbak_raw_file bad[] = {{0x8000, path}, {FLASH_SIZE, path}}, good[] = {{0x8000, path}};
    espbak_write_options options = {.session = session_of(url, log, fix, "flash", ""), .files = bad, .file_count = 2};
    assert_int_equal(espbak_write_run(&options, &result, &fix->err), ESPBAK_E_USAGE);
    assert_true(same_flash(fix, "before", "flash"));
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

/* The loaders' one byte of XOR lets about one damaged block in 256 pass: some of these seeds meet it. */
static void test_what_a_bad_line_spoiled_is_written_again(void **state)
{
    fixture *fix = *state;
    bool met = false;
    make_flash(fix, "new.bin", 7);
    char path[600], url[256], more[96];
    snprintf(path, sizeof(path), "%s/new.bin", fix->folder);
    const espbak_raw_file whole = {.offset = 0, .path = path};
    for (unsigned seed = 1; seed <= 24; seed++) {
        job_log *log = new_log();
        espbak_write_result result;
        make_flash(fix, "spoiled", 1);
        snprintf(more, sizeof(more), ",baud=real,fault=flip.to:2e-4,seed=%u", seed);
        const espbak_write_options options = {
            .session = session_of(url, log, fix, "spoiled", more), .files = &whole, .file_count = 1};
        if (espbak_write_run(&options, &result, &fix->err) == ESPBAK_OK) {
            assert_true(result.verified);
            assert_true(same_flash(fix, "spoiled", "new.bin"));
            met = met || strstr(log->text, "writing it again") != NULL;
        }
        free(log);
    }
    assert_true(met);
}

static void test_info_tells_the_partition_table(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_info_result *result = calloc(1, sizeof(*result));
    assert_non_null(result);
    const espbak_info_options options = {.session = {.port = "sim:esp32s3"}};
    assert_ok(espbak_info_run(&options, result, &err), &err);
    assert_true(result->looked);
    assert_true(result->contents.boot.table.md5_ok);
    assert_non_null(espbak_partition_find(&result->contents.boot.table, "nvs"));
    const espbak_info_options blank = {.session = {.port = "sim:esp32s3,blank"}};
    assert_ok(espbak_info_run(&blank, result, &err), &err);
    assert_true(result->looked);
    assert_false(result->contents.boot.table_found);
    free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_backup_reads_twice_and_seals, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_backup_that_stops_keeps_what_it_has, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_verify_says_where, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_restore_writes_what_differs, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_restore_erases_what_is_only_erased, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_second_backup_moves_what_changed, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_restore_of_a_damaged_backup, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_broken_restore_never_boots_a_mixture, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_interrupted_while_writing, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_no_means_no, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_read_to_a_sink_and_to_a_file, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_write_changes_nothing_unless_all_can_be_written, make_fixture,
                                        remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_a_bad_line_spoiled_is_written_again, make_fixture, remove_fixture),
        cmocka_unit_test(test_info_tells_the_partition_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
