/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, reading, checking and listing: what a backup looks like after somebody was at it. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backup_fixture.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/events.h"

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
    assert_non_null(strstr(fix->err.hint, "espbak import"));
    free(path);

    char *folder = mine(fix);
    path = path_of(folder, "dump.bin");
    store(folder, "dump.bin", "x", 1);
    assert_int_equal(espbak_backup_open(&backup, path, &fix->err), ESPBAK_E_FILE);
    assert_non_null(strstr(fix->err.hint, "espbak import"));
    free(path);
    free(folder);
}

static void make_partial(const fixture *fix)
{
    espbak_error err = {0};
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    const espbak_region region = sectors("flash", 0, 16);
    const uint8_t sector[4096] = {0};
    assert_ok(espbak_backup_create(&writer, fix->folder, "open", &manifest, &err), &err);
    assert_ok(espbak_backup_begin_region(writer, &region, &err), &err);
    assert_ok(espbak_backup_append(writer, sector, sizeof(sector), &err), &err);
    espbak_backup_writer_close(writer, false);
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
        assert_non_null(strstr(fix->err.hint, "--resume"));
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

/* Replaces the first `from` in a file by `to`, of the same length. */
static void replace(const char *path, const char *name, const char *from, const char *to)
{
    size_t size = 0;
    char *text = load(path, name, &size);
    char *at = strstr(text, from);
    assert_non_null(at);
    for (size_t i = 0; to[i] != '\0'; i++)
        at[i] = to[i];
    store(path, name, text, size);
    free(text);
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
    replace(path, "manifest.json", "before the update", "before the upgrad");
    assert_differs(path, &fix->err, "manifest.json");
    sum_manifest_again(path);
    assert_ok(open_and_check(path, NULL, NULL, &fix->err), &fix->err);

    /* Summed again, what it says of the data is still held against SHA256SUMS and the data. */
    replace(path, "manifest.json", "\"nvs.bin\"", "\"NVS.bin\"");
    sum_manifest_again(path);
    assert_differs(path, &fix->err, "does not list NVS.bin");
    replace(path, "manifest.json", "\"NVS.bin\"", "\"nvs.bin\"");
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

static void list_shows_newest_first(void **state)
{
    fixture *fix = *state;
    espbak_backup_entry *entries = NULL;
    size_t count = 0;
    free(make_backup(fix->folder, NULL));
    free(make_backup(fix->folder, NULL));
    char *broken = make_backup(fix->folder, "broken");
    store(broken, "manifest.json", "[]", 2);
    char *older = make_backup(fix->folder, "older");
    replace(older, "manifest.json", "2026-11-22T10:15:00Z", "2025-01-01T00:00:00Z");
    make_partial(fix);
    char *other = path_of(fix->folder, "other things");
    assert_int_equal(mkdir(other, 0700), 0);
    store(fix->folder, "a file", "x", 1);

    assert_ok(espbak_backup_list(fix->folder, &entries, &count, &fix->err), &fix->err);
    assert_int_equal(count, 5);
    assert_string_equal(entries[0].name, "esp32s3-a0b1c2d3e4f5-20261122-101500-2");
    assert_string_equal(entries[1].name, "esp32s3-a0b1c2d3e4f5-20261122-101500");
    assert_true(entries[0].usable);
    assert_string_equal(entries[0].chip, "esp32s3");
    assert_string_equal(entries[0].mac, "a0:b1:c2:d3:e4:f5");
    assert_string_equal(entries[0].note, "before the update");
    assert_int_equal(entries[0].size, 8 * 4096);
    assert_int_equal(entries[0].regions, 3);
    assert_int_equal(entries[0].state, ESPBAK_STATE_VERIFIED);
    assert_string_equal(entries[2].name, "open.partial");
    assert_true(entries[2].partial && !entries[2].usable);
    assert_string_equal(entries[2].problem, "unfinished: 4 of 64 KiB are in");
    assert_int_equal(entries[2].size, 4096);
    assert_string_equal(entries[3].name, "older");
    assert_string_equal(entries[4].name, "broken");
    assert_false(entries[4].usable);
    assert_non_null(strstr(entries[4].problem, "format"));
    free(entries);
    free(broken);
    free(older);
    free(other);
}

static void list_of_nothing(void **state)
{
    fixture *fix = *state;
    espbak_backup_entry *entries = NULL;
    size_t count = 1;
    assert_ok(espbak_backup_list(fix->folder, &entries, &count, &fix->err), &fix->err);
    assert_int_equal(count, 0);
    free(entries);
    char *path = path_of(fix->folder, "nowhere");
    assert_int_equal(espbak_backup_list(path, &entries, &count, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "no such file or folder");
    free(path);
}

static void damaged_journal_is_still_a_partial(void **state)
{
    fixture *fix = *state;
    espbak_backup_entry *entries = NULL;
    espbak_backup *backup = NULL;
    size_t count = 0;
    make_partial(fix);
    char *partial = path_of(fix->folder, "open.partial");
    static const char *const journals[] = {
        "",
        "{}",
        "{\"format\":\"espbak-journal\",\"version\":2}",
        "{\"format\":\"espbak-journal\",\"version\":1,\"created\":\"\",\"chip\":\"\",\"mac\":\"\",\"note\":\"\","
        "\"flash_size\":65536,\"regions\":[{\"name\":\"a\",\"type\":\"\",\"subtype\":\"\",\"file\":\"../a\","
        "\"offset\":0,\"size\":1,\"done\":0}]}",
        "{\"format\":\"espbak-journal\",\"version\":1,\"created\":\"\",\"chip\":\"\",\"mac\":\"\",\"note\":\"\","
        "\"flash_size\":65536,\"regions\":[{\"name\":\"a\",\"type\":\"\",\"subtype\":\"\",\"file\":\"a\","
        "\"offset\":65535,\"size\":2,\"done\":0}]}",
    };
    for (size_t i = 0; i < sizeof(journals) / sizeof(journals[0]); i++) {
        store(partial, "journal.json", journals[i], strlen(journals[i]));
        assert_ok(espbak_backup_list(fix->folder, &entries, &count, &fix->err), &fix->err);
        assert_int_equal(count, 1);
        assert_true(entries[0].partial);
        assert_non_null(strstr(entries[0].problem, "nothing says how far"));
        free(entries);
        assert_int_equal(espbak_backup_open(&backup, partial, &fix->err), ESPBAK_E_FILE);
        assert_says(&fix->err, "is an unfinished backup");
    }
    free(partial);
}

int main(void)
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
        TEST(list_shows_newest_first),
        TEST(list_of_nothing),
        TEST(damaged_journal_is_still_a_partial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
