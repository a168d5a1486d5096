/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>

#include "support/backup_fixture.h"
#include "support/group.h"

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
    replace_text(older, "manifest.json", "2026-11-22T10:15:00Z", "2025-01-01T00:00:00Z");
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
    espbak_backup_list_free(entries, count);
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
    espbak_backup_list_free(entries, count);
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
        assert_true(entries[0].stuck);
        assert_string_equal(espbak_backup_entry_state_name(&entries[0]), "unusable");
        assert_non_null(strstr(entries[0].problem, "journal.json"));
        espbak_backup_list_free(entries, count);
        assert_int_equal(espbak_backup_open(&backup, partial, &fix->err), ESPBAK_E_FILE);
        assert_says(&fix->err, "is an unfinished backup");
    }
    char *journal = path_of(partial, "journal.json");
    assert_int_equal(remove(journal), 0);
    assert_ok(espbak_backup_list(fix->folder, &entries, &count, &fix->err), &fix->err);
    assert_false(entries[0].stuck);
    assert_string_equal(espbak_backup_entry_state_name(&entries[0]), "partial");
    assert_non_null(strstr(entries[0].problem, "nothing says how far"));
    espbak_backup_list_free(entries, count);
    free(journal);
    free(partial);
}

TEST_GROUP(backup_list)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, remove_fixture)
    const struct CMUnitTest tests[] = {
        TEST(list_shows_newest_first),
        TEST(list_of_nothing),
        TEST(damaged_journal_is_still_a_partial),
    };
    return RUN_GROUP(tests);
}
