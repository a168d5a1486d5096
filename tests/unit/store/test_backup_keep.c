/* SPDX-License-Identifier: Apache-2.0 */
/* Which backups rules keep, and that nothing but a backup is removed. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "support/backup_fixture.h"
#include "support/group.h"

enum { ENTRIES = 12 };

typedef struct row {
    const char *created, *mac, *parts;
    espbak_backup_state state;
    bool partial;
} row;

/* Newest first. 2026-11-23 is a Monday. */
static const row rows[ENTRIES] = {
    {"2026-11-24T09:00:00Z", "b", "", ESPBAK_STATE_VERIFIED, false},    /* 0: of another device */
    {"2026-11-24T08:00:00Z", "a", "", ESPBAK_STATE_UNVERIFIED, false},  /* 1 */
    {"2026-11-24T07:00:00Z", "a", "", ESPBAK_STATE_VERIFIED, false},    /* 2: the newest verified one */
    {"2026-11-23T08:00:00Z", "a", "", ESPBAK_STATE_VERIFIED, false},    /* 3: the same week */
    {"2026-11-22T23:00:00Z", "a", "", ESPBAK_STATE_VERIFIED, false},    /* 4: the week before */
    {"2026-11-22T08:00:00Z", "a", "nvs", ESPBAK_STATE_VERIFIED, false}, /* 5: parts */
    {"2026-11-22T07:00:00Z", "a", "", ESPBAK_STATE_VERIFIED, false},    /* 6: the same day as 4 */
    {"2026-11-20T07:00:00Z", "a", "", ESPBAK_STATE_VERIFIED, true},     /* 7: unfinished */
    {"2026-10-31T07:00:00Z", "a", "", ESPBAK_STATE_VERIFIED, false},    /* 8 */
    {"2026-10-01T07:00:00Z", "", "", ESPBAK_STATE_VERIFIED, false},     /* 9: of nobody knows which device */
    {"2025-12-31T07:00:00Z", "a", "", ESPBAK_STATE_VERIFIED, false},    /* 10: the first verified one */
    {"2025-12-30T07:00:00Z", "a", "", ESPBAK_STATE_UNVERIFIED, false},  /* 11 */
};

/* "0 2 5" of those that are kept. */
static void keep(unsigned last, unsigned daily, unsigned weekly, unsigned monthly, const char *expected)
{
    const espbak_keep_rules rules = {last, daily, weekly, monthly};
    espbak_backup_entry *const entries = calloc(ENTRIES, sizeof(*entries));
    unsigned why[ENTRIES];
    char kept[128] = "";
    assert_non_null(entries);
    for (size_t i = 0; i < ENTRIES; i++) {
        espbak_backup_entry *entry = &entries[i];
        entry->usable = !rows[i].partial;
        entry->partial = rows[i].partial;
        entry->state = rows[i].state;
        snprintf(entry->created, sizeof(entry->created), "%s", rows[i].created);
        snprintf(entry->chip, sizeof(entry->chip), "esp32");
        snprintf(entry->mac, sizeof(entry->mac), "%s", rows[i].mac);
        snprintf(entry->parts, sizeof(entry->parts), "%s", rows[i].parts);
    }
    espbak_backup_keep(entries, ENTRIES, &rules, why);
    for (size_t i = 0; i < ENTRIES; i++) {
        if (why[i] != 0)
            snprintf(kept + strlen(kept), sizeof(kept) - strlen(kept), "%s%zu", kept[0] != '\0' ? " " : "", i);
    }
    free(entries);
    assert_string_equal(kept, expected);
    assert_int_equal(why[2] & ESPBAK_KEEP_NEWEST, ESPBAK_KEEP_NEWEST);
    assert_int_equal(why[10] & ESPBAK_KEEP_FIRST, ESPBAK_KEEP_FIRST);
    assert_int_equal(why[7], ESPBAK_KEEP_UNKNOWN);
}

static void rules_keep_what_they_say(void **state)
{
    (void)state;
    keep(0, 0, 0, 0, "0 2 5 7 9 10");
    keep(1, 0, 0, 0, "0 1 2 5 7 9 10");
    keep(4, 0, 0, 0, "0 1 2 3 4 5 7 9 10");
    keep(0, 3, 0, 0, "0 1 2 3 4 5 7 9 10");
    keep(0, 0, 2, 0, "0 1 2 4 5 7 9 10");
    keep(0, 0, 0, 2, "0 1 2 5 7 8 9 10");
    keep(0, 100, 0, 0, "0 1 2 3 4 5 7 8 9 10 11");
    keep(0, 0, 100, 0, "0 1 2 4 5 7 8 9 10");
    keep(0, 0, 0, 100, "0 1 2 5 7 8 9 10");
}

static void what_is_removed_is_gone_and_nothing_else(void **state)
{
    fixture *fix = *state;
    espbak_backup_entry *entries = NULL;
    size_t count = 0;
    char *one = make_backup(fix->folder, "one");
    char *two = make_backup(fix->folder, "two");
    store(two, "mine.txt", "x", 1);
    assert_ok(espbak_backup_remove(one, &fix->err), &fix->err);
    assert_int_equal(espbak_backup_remove(one, &fix->err), ESPBAK_E_FILE);
    espbak_error_clear(&fix->err);
    assert_int_equal(espbak_backup_remove(two, &fix->err), ESPBAK_E_FILE);
    assert_non_null(strstr(fix->err.message, "two.removed"));
    espbak_error_clear(&fix->err);
    assert_ok(espbak_backup_list(fix->folder, &entries, &count, &fix->err), &fix->err);
    assert_int_equal(count, 0);
    char *left = path_of(fix->folder, "two.removed/mine.txt");
    assert_int_equal(access(left, F_OK), 0);
    espbak_backup_list_free(entries, count);
    free(left);
    free(two);
    free(one);
}

TEST_GROUP(backup_keep)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_keep_what_they_say),
        cmocka_unit_test_setup_teardown(what_is_removed_is_gone_and_nothing_else, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
