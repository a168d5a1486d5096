/* SPDX-License-Identifier: Apache-2.0 */
/* Making backups: names, sealing, what stays when it does not come to that. */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/journal.h"
#include "support/backup_fixture.h"
#include "support/group.h"

static mode_t mode_of(const char *folder, const char *name)
{
    struct stat status;
    char *path = path_of(folder, name);
    assert_int_equal(stat(path, &status), 0);
    free(path);
    return status.st_mode & 0777;
}

static void sealed_backup_is_private_and_complete(void **state)
{
    fixture *fix = *state;
    const mode_t before = umask(0);
    char *path = make_backup(fix->folder, NULL);
    umask(before);
    assert_string_equal(file_name_of(path), "esp32s3-a0b1c2d3e4f5-20261122-101500");
    assert_int_equal(mode_of(path, "."), 0700);
    static const char *const files[] = {"nvs.bin", "phy.bin", "app.bin", "manifest.json", "SHA256SUMS"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(mode_of(path, files[i]), 0600);
    assert_false(there(path, journal_file_name));
    assert_ok(open_and_check(path, NULL, NULL, &fix->err), &fix->err);
    free(path);
}

static void sha256sum_agrees(void **state)
{
    fixture *fix = *state;
    char command[512];
    char *path = make_backup(fix->folder, NULL);
    size_t size = 0;
    char *sums = load(path, "SHA256SUMS", &size);
    assert_non_null(strstr(sums, "  manifest.json\n"));
    assert_non_null(strstr(sums, "  nvs.bin\n"));
    free(sums);
    if (system("command -v sha256sum >/dev/null") == 0) {
        snprintf(command, sizeof(command), "cd '%s' && sha256sum --strict --quiet -c SHA256SUMS", path);
        assert_int_equal(system(command), 0);
    }
    free(path);
}

static void backups_of_one_second_get_numbers(void **state)
{
    fixture *fix = *state;
    static const char *const names[] = {
        "esp32s3-a0b1c2d3e4f5-20261122-101500",
        "esp32s3-a0b1c2d3e4f5-20261122-101500-2",
        "esp32s3-a0b1c2d3e4f5-20261122-101500-3",
    };
    for (size_t i = 0; i < 3; i++) {
        char *path = make_backup(fix->folder, NULL);
        assert_string_equal(file_name_of(path), names[i]);
        free(path);
    }
}

static void name_without_chip_or_mac(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = {.created = "2026-11-22T10:15:00Z"};
    assert_ok(espbak_backup_create(&writer, fix->folder, NULL, &manifest, &fix->err), &fix->err);
    assert_string_equal(file_name_of(espbak_backup_writer_final_path(writer)), "flash-20261122-101500");
    espbak_backup_writer_close(writer, false);
}

/* Each process makes backups as fast as it can, all with the same time and device. */
static void make_many(const char *folder, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        espbak_error err = {0};
        espbak_backup_writer *writer = NULL;
        espbak_manifest manifest = small_manifest();
        const espbak_region region = sectors("nvs", 1, 1);
        if (espbak_backup_create(&writer, folder, NULL, &manifest, &err) != ESPBAK_OK)
            _exit(1);
        append_region(writer, &region);
        if (espbak_backup_seal(writer, &err) != ESPBAK_OK)
            _exit(2);
        espbak_backup_writer_close(writer, false);
        espbak_manifest_free(&manifest);
    }
    _exit(0);
}

static void processes_never_share_a_name(void **state)
{
    enum { PROCESSES = 6, EACH = 5 };
    fixture *fix = *state;
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0)
            make_many(fix->folder, EACH);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int result = 0;
        assert_int_equal(waitpid(children[i], &result, 0), children[i]);
        assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    }
    espbak_backup_entry *entries = NULL;
    size_t count = 0;
    assert_ok(espbak_backup_list(fix->folder, &entries, &count, &fix->err), &fix->err);
    assert_int_equal(count, PROCESSES * EACH);
    for (size_t i = 0; i < count; i++) {
        assert_true(entries[i].usable && !entries[i].partial);
        assert_ok(open_and_check(entries[i].path, NULL, NULL, &fix->err), &fix->err);
    }
    espbak_backup_list_free(entries, count);
}

static void chosen_name_must_be_free(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_backup_writer *other = NULL;
    espbak_manifest manifest = small_manifest();
    free(make_backup(fix->folder, "mine"));
    assert_int_equal(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), ESPBAK_E_FILE);
    assert_null(writer);
    assert_says(&fix->err, "mine is there already");

    assert_ok(espbak_backup_create(&writer, fix->folder, "open", &manifest, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_create(&other, fix->folder, "open", &manifest, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "open.partial is there already, an unfinished backup");
    espbak_backup_writer_close(writer, false);
    assert_false(there(fix->folder, "open.partial"));
}

static void chosen_name_must_be_plain(void **state)
{
    fixture *fix = *state;
    espbak_manifest manifest = small_manifest();
    static const char *const names[] = {"",    "a/b",       "..",     ".hidden", "../up",     "a\\b",
                                        "a b", "C:\\x",     "nul",    "AUX.1",   "x.partial", "a\nb",
                                        "-rf", "trailing.", "latest", "Device"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        espbak_backup_writer *writer = NULL;
        assert_int_equal(espbak_backup_create(&writer, fix->folder, names[i], &manifest, &fix->err), ESPBAK_E_USAGE);
        assert_says(&fix->err, "cannot be the name of a backup");
    }
}

static void links_in_the_way_are_not_followed(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    char *final = path_of(fix->folder, "mine");
    char *partial = path_of(fix->folder, "mine.partial");
    assert_int_equal(symlink("elsewhere", partial), 0);
    assert_int_equal(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), ESPBAK_E_FILE);
    assert_int_equal(unlink(partial), 0);
    assert_int_equal(symlink("elsewhere", final), 0);
    assert_int_equal(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), ESPBAK_E_FILE);
    assert_int_equal(unlink(final), 0);

    const espbak_region region = sectors("nvs", 1, 1);
    assert_ok(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), &fix->err);
    char *data = path_of(partial, "nvs.bin");
    assert_int_equal(symlink("../elsewhere", data), 0);
    assert_int_equal(espbak_backup_begin_region(writer, &region, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "exists already");
    assert_false(there(fix->folder, "elsewhere"));
    assert_int_equal(unlink(data), 0);
    espbak_backup_writer_close(writer, true);
    assert_false(there(fix->folder, "mine.partial"));
    free(data);
    free(final);
    free(partial);
}

static void seal_refuses_to_replace(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    const espbak_region region = sectors("nvs", 1, 1);
    char *final = path_of(fix->folder, "mine");
    assert_ok(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), &fix->err);
    append_region(writer, &region);
    assert_int_equal(mkdir(final, 0700), 0);
    assert_int_equal(espbak_backup_seal(writer, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "exists already");
    assert_false(there(final, "manifest.json"));

    /* The way is free again: nothing was lost. */
    assert_int_equal(rmdir(final), 0);
    assert_ok(espbak_backup_seal(writer, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_seal(writer, &fix->err), ESPBAK_E_INTERNAL);
    espbak_backup_writer_close(writer, true);
    assert_ok(open_and_check(final, NULL, NULL, &fix->err), &fix->err);
    espbak_manifest_free(&manifest);
    free(final);
}

static void partial_stays_with_a_journal(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    const espbak_region nvs = sectors("nvs", 1, 2);
    const espbak_region app = sectors("app", 8, 4);
    uint8_t sector[4096] = {0};
    assert_ok(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), &fix->err);
    append_region(writer, &nvs);
    assert_ok(espbak_backup_begin_region(writer, &app, &fix->err), &fix->err);
    assert_ok(espbak_backup_append(writer, sector, sizeof(sector), &fix->err), &fix->err);
    assert_int_equal(espbak_backup_end_region(writer, &fix->err), ESPBAK_E_INTERNAL);
    assert_int_equal(espbak_backup_seal(writer, &fix->err), ESPBAK_E_INTERNAL);
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);

    journal log;
    char *partial = path_of(fix->folder, "mine.partial");
    assert_ok(journal_load(&log, partial, &fix->err), &fix->err);
    assert_string_equal(log.chip, "esp32s3");
    assert_string_equal(log.mac, "a0:b1:c2:d3:e4:f5");
    assert_string_equal(log.note, "before the update");
    assert_int_equal(log.flash_size, 65536);
    assert_int_equal(log.region_count, 2);
    assert_string_equal(log.regions[0].file, "nvs.bin");
    assert_int_equal(log.regions[0].done, 8192);
    assert_int_equal(log.regions[1].offset, 8 * 4096);
    assert_int_equal(log.regions[1].size, 4 * 4096);
    assert_int_equal(log.regions[1].done, 4096);
    journal_free(&log);
    free(partial);
}

static void empty_and_discarded_backups_vanish(void **state)
{
    fixture *fix = *state;
    espbak_manifest manifest = small_manifest();
    const espbak_region region = sectors("nvs", 1, 1);
    const uint8_t byte = 0;
    for (int appended = 0; appended < 2; appended++) {
        espbak_backup_writer *writer = NULL;
        assert_ok(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), &fix->err);
        assert_ok(espbak_backup_begin_region(writer, &region, &fix->err), &fix->err);
        assert_true(there(fix->folder, "mine.partial"));
        if (appended)
            assert_ok(espbak_backup_append(writer, &byte, 1, &fix->err), &fix->err);
        espbak_backup_writer_close(writer, appended);
        assert_false(there(fix->folder, "mine.partial"));
    }
    espbak_backup_writer_close(NULL, true);
}

static void wrong_regions_are_refused_early(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    assert_ok(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), &fix->err);
    espbak_region past = sectors("nvs", 15, 2);
    assert_int_equal(espbak_backup_begin_region(writer, &past, &fix->err), ESPBAK_E_INTERNAL);
    espbak_region outside = sectors("nvs", 1, 1);
    snprintf(outside.file, sizeof(outside.file), "../nvs.bin");
    assert_int_equal(espbak_backup_begin_region(writer, &outside, &fix->err), ESPBAK_E_INTERNAL);
    espbak_region empty = sectors("nvs", 1, 0);
    assert_int_equal(espbak_backup_begin_region(writer, &empty, &fix->err), ESPBAK_E_INTERNAL);
    const espbak_region good = sectors("nvs", 1, 1);
    append_region(writer, &good);
    assert_int_equal(espbak_backup_begin_region(writer, &good, &fix->err), ESPBAK_E_FILE);
    espbak_backup_writer_close(writer, true);
    espbak_manifest_free(&manifest);
}

static void overlapping_regions_are_not_sealed(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    const espbak_region one = sectors("one", 1, 2);
    const espbak_region two = sectors("two", 2, 2);
    assert_ok(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), &fix->err);
    append_region(writer, &one);
    append_region(writer, &two);
    assert_int_equal(espbak_backup_seal(writer, &fix->err), ESPBAK_E_INTERNAL);
    assert_non_null(strstr(fix->err.message, "overlap"));
    espbak_backup_writer_close(writer, false);
    assert_true(there(fix->folder, "mine.partial"));
    espbak_manifest_free(&manifest);
}

/* A limit of file size stands for a disk that fills up while data comes. */
static void full_disk_keeps_the_partial(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    const espbak_region region = sectors("app", 0, 16);
    uint8_t sector[4096] = {0};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 6000, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    assert_ok(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), &fix->err);
    assert_ok(espbak_backup_begin_region(writer, &region, &fix->err), &fix->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const espbak_status first = espbak_backup_append(writer, sector, sizeof(sector), &fix->err);
    const espbak_status second = espbak_backup_append(writer, sector, sizeof(sector), &fix->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);

    assert_int_equal(first, ESPBAK_OK);
    assert_int_equal(second, ESPBAK_E_FILE);
    assert_says(&fix->err, "mine.partial/app.bin");
    espbak_backup_writer_close(writer, false);

    journal log;
    char *partial = path_of(fix->folder, "mine.partial");
    assert_ok(journal_load(&log, partial, &fix->err), &fix->err);
    assert_int_equal(log.regions[0].done, 4096);
    journal_free(&log);
    free(partial);
}

static void small_disk_is_said_at_once(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    manifest.flash.size = 1ull << 52;
    espbak_region region = sectors("flash", 0, 1);
    region.size = manifest.flash.size;
    assert_ok(espbak_backup_create(&writer, fix->folder, "mine", &manifest, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_begin_region(writer, &region, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "the disk has");
    espbak_backup_writer_close(writer, false);
    assert_false(there(fix->folder, "mine.partial"));
}

static void folder_that_cannot_be_made(void **state)
{
    fixture *fix = *state;
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    store(fix->folder, "file", "x", 1);
    char *path = path_of(fix->folder, "file/backups");
    assert_int_equal(espbak_backup_create(&writer, path, NULL, &manifest, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "is a file");
    free(path);
}

TEST_GROUP(backup)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, remove_fixture)
    const struct CMUnitTest tests[] = {
        TEST(sealed_backup_is_private_and_complete),
        TEST(sha256sum_agrees),
        TEST(backups_of_one_second_get_numbers),
        TEST(name_without_chip_or_mac),
        TEST(processes_never_share_a_name),
        TEST(chosen_name_must_be_free),
        TEST(chosen_name_must_be_plain),
        TEST(links_in_the_way_are_not_followed),
        TEST(seal_refuses_to_replace),
        TEST(partial_stays_with_a_journal),
        TEST(empty_and_discarded_backups_vanish),
        TEST(wrong_regions_are_refused_early),
        TEST(overlapping_regions_are_not_sealed),
        TEST(full_disk_keeps_the_partial),
        TEST(small_disk_is_said_at_once),
        TEST(folder_that_cannot_be_made),
    };
    return RUN_GROUP(tests);
}
