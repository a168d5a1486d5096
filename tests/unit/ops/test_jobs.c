/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "support/group.h"
#include "support/ops_fixture.h"

static void test_backup_reads_twice_and_seals(void **state)
{
    fixture *fix = *state;
    char url[256];
    espbak_backup_result result = {0};
    job_log *log = new_log();
    make_flash(fix, "flash", 1);
    const espbak_backup_options options = {
        .session = session_of(url, log, fix, "flash", ""), .folder = fix->folder, .name = "b", .note = "n"};
    assert_ok(espbak_backup_run(&options, &result, &fix->err), &fix->err);
    assert_true(result.sealed);
    assert_int_equal(result.state, ESPBAK_STATE_VERIFIED);
    assert_string_equal(result.verify_method, "device-md5");
    assert_non_null(strstr(log->phases, "reading verifying"));
    assert_true(same_files(fix, "flash", "b/flash.bin"));
    assert_int_equal(result.stats.bytes, FLASH_SIZE);
    assert_true(result.stats.bytes_on_wire > FLASH_SIZE && result.stats.seconds > 0);
    free(log);
    espbak_backup_result_free(&result);
}

static void test_backup_that_stops_keeps_what_it_has(void **state)
{
    fixture *fix = *state;
    char url[256];
    espbak_backup_result result = {0};
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
    espbak_backup_result_free(&result);
}

static void test_verify_says_where(void **state)
{
    fixture *fix = *state;
    char url[256];
    espbak_backup_result backup = {0};
    espbak_verify_result result = {0};
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
    espbak_verify_result_free(&result);
    assert_int_equal(espbak_verify_run(&options, &result, &fix->err), ESPBAK_E_DIFFERS);
    assert_non_null(strstr(log->phases, "verifying narrowing down"));
    assert_int_equal(result.difference_count, 2);
    assert_int_equal(result.differences[0].offset, 0x3000);
    assert_int_equal(result.differences[0].size, 2 * SECTOR);
    assert_int_equal(result.differences[1].offset, FLASH_SIZE - SECTOR);
    assert_int_equal(result.different_bytes, 3 * SECTOR);
    assert_says(&fix->err, "0x3000 to 0x5000");
    free(log);
    espbak_backup_result_free(&backup);
    espbak_verify_result_free(&result);
}

/* The second backup of a device takes from the first what is unchanged, and stands by itself. */
static void test_second_backup_moves_what_changed(void **state)
{
    fixture *fix = *state;
    espbak_backup_result first = {0}, second = {0}, full = {0};
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
    assert_true(same_files(fix, "flash", name));
    change_flash(fix, "b/flash.bin", 0x20000);
    options.base = first.path;
    options.name = "d";
    assert_ok(espbak_backup_run(&options, &full, &fix->err), &fix->err);
    assert_int_equal(full.saved.line_bytes, 3 * SECTOR);
    assert_true(same_files(fix, "flash", "d/flash.bin"));

    options.base = NULL;
    options.full = true;
    options.name = "e";
    espbak_backup_result_free(&full);
    assert_ok(espbak_backup_run(&options, &full, &fix->err), &fix->err);
    assert_int_equal(full.saved.line_bytes, FLASH_SIZE);
    assert_null(full.saved.base);
    options.base = first.path;
    espbak_backup_result_free(&full);
    assert_int_equal(espbak_backup_run(&options, &full, &fix->err), ESPBAK_E_USAGE);
    options.full = false;
    options.base = "nowhere";
    options.name = "f";
    espbak_backup_result_free(&full);
    assert_int_equal(espbak_backup_run(&options, &full, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "the backup to go by");
    free(log);
    espbak_backup_result_free(&first);
    espbak_backup_result_free(&second);
    espbak_backup_result_free(&full);
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
    espbak_read_result result = {0};
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
    assert_true(same_files(fix, "flash", "out"));
    assert_true(there(fix->folder, "out.sha256"));
    assert_int_equal(espbak_read_run(&options, &result, &fix->err), ESPBAK_E_FILE);
    free(path);
    free(log);
    espbak_read_result_free(&result);
}

static void test_info_tells_the_partition_table(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_info_result result;
    const espbak_info_options options = {.session = {.port = "sim:esp32s3"}};
    assert_ok(espbak_info_run(&options, &result, &err), &err);
    assert_non_null(result.contents);
    assert_true(result.contents->boot.table.md5_ok);
    assert_non_null(espbak_partition_find(&result.contents->boot.table, "nvs"));
    espbak_info_result_free(&result);
    const espbak_info_options blank = {.session = {.port = "sim:esp32s3,blank"}};
    assert_ok(espbak_info_run(&blank, &result, &err), &err);
    assert_non_null(result.contents);
    assert_false(result.contents->boot.table_found);
    espbak_info_result_free(&result);
}

TEST_GROUP(jobs)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, remove_fixture)
    const struct CMUnitTest tests[] = {
        TEST(test_backup_reads_twice_and_seals),
        TEST(test_backup_that_stops_keeps_what_it_has),
        TEST(test_verify_says_where),
        TEST(test_second_backup_moves_what_changed),
        TEST(test_read_to_a_sink_and_to_a_file),
        TEST(test_info_tells_the_partition_table),
    };
    return RUN_GROUP(tests);
}
