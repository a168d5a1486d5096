/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, reading and checking: what a backup looks like after somebody was at it. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/events.h"
#include "support/backup_fixture.h"
#include "support/group.h"

/* A sealed backup "mine" in the fixture's folder; free() it. */
static char *mine(const fixture *fix)
{
    return make_backup(fix->folder, "mine");
}

static void assert_differs(const char *path, espbak_error *err, const char *what)
{
    assert_int_equal(open_and_check(path, NULL, NULL, err), ESPBAK_E_DIFFERS);
    assert_says(err, what);
}

static void backup_opens_by_folder_or_file(void **state)
{
    fixture *fix = *state;
    char *path = mine(fix);
    static const char *const ways[] = {"", "manifest.json", "SHA256SUMS", "app.bin"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        espbak_backup *backup = NULL;
        char *way = path_of(path, ways[i]);
        assert_ok(espbak_backup_open(&backup, way, &fix->err), &fix->err);
        assert_string_equal(espbak_backup_path(backup), path);
        assert_int_equal(espbak_backup_manifest(backup)->region_count, 3);
        assert_string_equal(espbak_backup_manifest(backup)->note, "before the update");
        espbak_backup_close(backup);
        free(way);
    }
    espbak_backup_close(NULL);
    free(path);
}

static void missing_backup_is_said(void **state)
{
    fixture *fix = *state;
    espbak_backup *backup = NULL;
    char *path = path_of(fix->folder, "nothing");
    assert_int_equal(espbak_backup_open(&backup, path, &fix->err), ESPBAK_E_FILE);
    assert_null(backup);
    assert_says(&fix->err, "there is no backup");
    assert_int_equal(espbak_backup_open(&backup, fix->folder, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "is not a backup: it holds no manifest.json");
    free(path);
}

static void raw_dump_is_told_how_to_import(void **state)
{
    fixture *fix = *state;
    espbak_backup *backup = NULL;
    char *path = path_of(fix->folder, "dump.bin");
    store(fix->folder, "dump.bin", "x", 1);
    assert_int_equal(espbak_backup_open(&backup, path, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "is a file, not a backup");
    assert_string_equal(fix->err.commands, "import");
    free(path);

    char *folder = mine(fix);
    path = path_of(folder, "dump.bin");
    store(folder, "dump.bin", "x", 1);
    assert_int_equal(espbak_backup_open(&backup, path, &fix->err), ESPBAK_E_FILE);
    assert_string_equal(fix->err.commands, "import");
    free(path);
    free(folder);
}

static void partial_backup_is_told_how_to_go_on(void **state)
{
    fixture *fix = *state;
    make_partial(fix);
    static const char *const ways[] = {"open", "open.partial", "open.partial/", "open.partial/flash.bin"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        espbak_backup *backup = NULL;
        char *path = path_of(fix->folder, ways[i]);
        assert_int_equal(espbak_backup_open(&backup, path, &fix->err), ESPBAK_E_FILE);
        assert_says(&fix->err, "is an unfinished backup: 4 of 64 KiB are in");
        assert_string_equal(fix->err.commands, "backup");
        assert_string_equal(fix->err.commands + sizeof("backup"), "--resume");
        free(path);
    }
}

static void regions_are_read(void **state)
{
    fixture *fix = *state;
    espbak_backup *backup = NULL;
    uint8_t got[8192];
    uint8_t expected[4096];
    char *path = mine(fix);
    assert_ok(espbak_backup_open(&backup, path, &fix->err), &fix->err);
    assert_ok(espbak_backup_read(backup, 2, 4096, got, 8192, &fix->err), &fix->err);
    fill_sector(expected, 9);
    assert_memory_equal(got, expected, 4096);
    fill_sector(expected, 10);
    assert_memory_equal(got + 4096, expected, 4096);
    assert_ok(espbak_backup_read(backup, 0, 8191, got, 1, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_read(backup, 0, 8191, got, 2, &fix->err), ESPBAK_E_INTERNAL);
    assert_int_equal(espbak_backup_read(backup, 3, 0, got, 1, &fix->err), ESPBAK_E_INTERNAL);
    assert_int_equal(espbak_backup_read(backup, 0, UINT64_MAX, got, 2, &fix->err), ESPBAK_E_INTERNAL);

    store(path, "phy.bin", "short", 5);
    assert_int_equal(espbak_backup_read(backup, 1, 0, got, 1, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "phy.bin");
    delete_file(path, "phy.bin");
    assert_int_equal(espbak_backup_read(backup, 1, 0, got, 1, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "phy.bin is missing");
    espbak_backup_close(backup);
    free(path);
}

/* In place: to write the whole file again would make some file systems wait for the disk each time. */
static void put_byte(const char *folder, const char *name, size_t at, char byte)
{
    char *path = path_of(folder, name);
    FILE *stream = fopen(path, "r+b");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, (long)at, SEEK_SET), 0);
    assert_int_equal(fwrite(&byte, 1, 1, stream), 1);
    assert_int_equal(fclose(stream), 0);
    free(path);
}

/* Every byte of every file, one bit of it at a time: nothing goes unnoticed. */
static void one_bit_anywhere_is_noticed(void **state)
{
    fixture *fix = *state;
    char *path = mine(fix);
    static const char *const files[] = {"manifest.json", "SHA256SUMS", "nvs.bin", "phy.bin", "app.bin"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t size = 0;
        char *bytes = load(path, files[i], &size);
        const size_t step = i < 2 ? 1 : 499;
        for (size_t at = 0; at < size; at += step) {
            put_byte(path, files[i], at, (char)(bytes[at] ^ 1 << (at / step % 8)));
            const espbak_status status = open_and_check(path, NULL, NULL, &fix->err);
            if (status != ESPBAK_E_DIFFERS && (i != 0 || status != ESPBAK_E_FILE))
                fail_msg("%s: byte %zu: %s", files[i], at, espbak_status_name(status));
            assert_says(&fix->err, "");
            put_byte(path, files[i], at, bytes[at]);
        }
        free(bytes);
    }
    assert_ok(open_and_check(path, NULL, NULL, &fix->err), &fix->err);
    free(path);
}

static void cut_and_grown_files_differ(void **state)
{
    fixture *fix = *state;
    char *path = mine(fix);
    size_t size = 0;
    char *bytes = load(path, "app.bin", &size);
    store(path, "app.bin", bytes, size - 1);
    assert_differs(path, &fix->err, "app.bin in the backup");
    assert_non_null(strstr(fix->err.message, "16383 bytes instead of 16384"));
    bytes = realloc(bytes, size + 1);
    bytes[size] = 0;
    store(path, "app.bin", bytes, size + 1);
    assert_differs(path, &fix->err, "16385 bytes instead of 16384");
    store(path, "app.bin", bytes, 0);
    assert_differs(path, &fix->err, "0 bytes instead of 16384");
    free(bytes);
    free(path);
}

static void missing_and_renamed_files_are_named(void **state)
{
    fixture *fix = *state;
    char *path = mine(fix);
    rename_file(path, "phy.bin", "phy2.bin");
    assert_int_equal(open_and_check(path, NULL, NULL, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "phy.bin is missing");
    rename_file(path, "phy2.bin", "phy.bin");
    rename_file(path, "SHA256SUMS", "sums");
    assert_int_equal(open_and_check(path, NULL, NULL, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "SHA256SUMS is missing");
    free(path);
}

static void swapped_files_are_named(void **state)
{
    fixture *fix = *state;
    char *path = mine(fix);
    rename_file(path, "phy.bin", "x");
    rename_file(path, "nvs.bin", "phy.bin");
    rename_file(path, "x", "nvs.bin");
    assert_differs(path, &fix->err, "nvs.bin");
    assert_non_null(strstr(fix->err.message, "holds the contents of phy.bin"));
    free(path);
}

static void linked_data_is_refused(void **state)
{
    fixture *fix = *state;
    char *path = mine(fix);
    char *data = path_of(path, "nvs.bin");
    rename_file(path, "nvs.bin", "../nvs.bin");
    assert_int_equal(symlink("../nvs.bin", data), 0);
    assert_int_equal(open_and_check(path, NULL, NULL, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "not a plain file");
    assert_int_equal(unlink(data), 0);
    assert_int_equal(mkdir(data, 0700), 0);
    assert_int_equal(open_and_check(path, NULL, NULL, &fix->err), ESPBAK_E_FILE);
    free(data);
    free(path);
}

/* SHA256SUMS without its line `drop` (from 0), and with `more` behind. */
static void edit_sums(const char *path, int drop, const char *more)
{
    char edited[2048] = "";
    size_t size = 0;
    char *text = load(path, "SHA256SUMS", &size);
    int number = 0;
    for (char *line = text; *line != '\0'; number++) {
        char *next = strchr(line, '\n') + 1;
        if (number != drop)
            strncat(edited, line, (size_t)(next - line));
        line = next;
    }
    strncat(edited, more, sizeof(edited) - strlen(edited) - 1);
    store(path, "SHA256SUMS", edited, strlen(edited));
    free(text);
}

static void edited_sums_differ(void **state)
{
    static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        int drop;
        const char *name; /* of a line added with a hash of zeros */
        const char *says;
    } rows[] = {
        {0, NULL, "does not list nvs.bin"},         {3, NULL, "does not list manifest.json"},
        {2, "app.bin", "another hash for app.bin"}, {3, "manifest.json", "manifest.json"},
        {-1, "nvs.bin", "for the second time"},     {-1, "stranger.bin", "lists a file that the manifest"},
        {-1, "../../etc/passwd", "lists a file"},   {-1, "", "is not a hash and a file name"},
    };
    fixture *fix = *state;
    char *path = mine(fix);
    size_t size = 0;
    char *original = load(path, "SHA256SUMS", &size);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char more[256] = "";
        if (rows[i].name != NULL)
            snprintf(more, sizeof(more), "%s  %s\n", zero, rows[i].name);
        edit_sums(path, rows[i].drop, more);
        assert_differs(path, &fix->err, rows[i].says);
        store(path, "SHA256SUMS", original, size);
    }
    store(path, "SHA256SUMS", "", 0);
    assert_differs(path, &fix->err, "does not list manifest.json");
    store(path, "SHA256SUMS", original, size - 1);
    assert_differs(path, &fix->err, "is not a hash and a file name");
    free(original);
    free(path);
}

/* Makes SHA256SUMS agree with an edited manifest, as somebody would who runs sha256sum again. */
static void sum_manifest_again(const char *path)
{
    espbak_error err = {0};
    uint8_t sha256[32];
    char hex[65];
    char line[128];
    size_t size = 0;
    char *text = load(path, "manifest.json", &size);
    assert_ok(digest_of(DIGEST_SHA256, text, size, sha256, &err), &err);
    bytes_to_hex(hex, sha256, sizeof(sha256));
    snprintf(line, sizeof(line), "%s  manifest.json\n", hex);
    edit_sums(path, 3, line);
    free(text);
}

static void edited_manifest_differs(void **state)
{
    fixture *fix = *state;
    char *path = mine(fix);
    replace_text(path, "manifest.json", "before the update", "before the upgrad");
    assert_differs(path, &fix->err, "manifest.json");
    sum_manifest_again(path);
    assert_ok(open_and_check(path, NULL, NULL, &fix->err), &fix->err);

    /* Summed again, what it says of the data is still held against SHA256SUMS and the data. */
    replace_text(path, "manifest.json", "\"nvs.bin\"", "\"NVS.bin\"");
    sum_manifest_again(path);
    assert_differs(path, &fix->err, "does not list NVS.bin");
    replace_text(path, "manifest.json", "\"NVS.bin\"", "\"nvs.bin\"");
    char *md5 = NULL;
    size_t size = 0;
    char *text = load(path, "manifest.json", &size);
    md5 = strstr(text, "\"md5\":") + 8;
    md5[0] = md5[0] == '0' ? '1' : '0';
    store(path, "manifest.json", text, size);
    sum_manifest_again(path);
    assert_differs(path, &fix->err, "wrong MD5 for nvs.bin");
    free(text);
    free(path);
}

static void broken_manifest_is_no_backup(void **state)
{
    fixture *fix = *state;
    char *path = mine(fix);
    store(path, "manifest.json", "{", 1);
    assert_int_equal(open_and_check(path, NULL, NULL, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "mine/manifest.json: not JSON");
    free(path);
}

static void collect(void *user, const char *text)
{
    char *all = user;
    const size_t used = strlen(all);
    snprintf(all + used, 256 - used, "%s;", text);
}

static void additional_files_are_named_and_harmless(void **state)
{
    fixture *fix = *state;
    char all[256] = "";
    char *path = mine(fix);
    store(path, "README.txt", "hello", 5);
    assert_ok(open_and_check(path, collect, all, &fix->err), &fix->err);
    assert_string_equal(all, "README.txt;");
    store(path, "\033[31mred", "x", 1);
    delete_file(path, "README.txt");
    all[0] = '\0';
    assert_ok(open_and_check(path, collect, all, &fix->err), &fix->err);
    assert_string_equal(all, "?[31mred;");
    free(path);
}

static void count_bytes(void *user, const espbak_progress *progress)
{
    espbak_progress *last = user;
    assert_true(progress->done >= last->done && progress->done <= progress->total);
    *last = *progress;
}

static void check_reports_progress(void **state)
{
    fixture *fix = *state;
    espbak_backup *backup = NULL;
    espbak_progress last = {0};
    const espbak_events events = {.progress = count_bytes, .user = &last};
    char *path = mine(fix);
    assert_ok(espbak_backup_open(&backup, path, &fix->err), &fix->err);
    assert_ok(espbak_backup_check(backup, NULL, NULL, &events, &fix->err), &fix->err);
    assert_int_equal(last.done, 8 * 4096);
    assert_int_equal(last.total, 8 * 4096);
    espbak_backup_close(backup);
    free(path);
}

TEST_GROUP(backup_check)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, remove_fixture)
    const struct CMUnitTest tests[] = {
        TEST(backup_opens_by_folder_or_file),
        TEST(missing_backup_is_said),
        TEST(raw_dump_is_told_how_to_import),
        TEST(partial_backup_is_told_how_to_go_on),
        TEST(regions_are_read),
        TEST(one_bit_anywhere_is_noticed),
        TEST(cut_and_grown_files_differ),
        TEST(missing_and_renamed_files_are_named),
        TEST(swapped_files_are_named),
        TEST(linked_data_is_refused),
        TEST(edited_sums_differ),
        TEST(edited_manifest_differs),
        TEST(broken_manifest_is_no_backup),
        TEST(additional_files_are_named_and_harmless),
        TEST(check_reports_progress),
    };
    return RUN_GROUP(tests);
}
