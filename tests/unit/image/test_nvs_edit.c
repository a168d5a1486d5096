/* SPDX-License-Identifier: Apache-2.0 */
/* Settings changed in an NVS in memory, at random, and compared with a plain list of what should be there. */
#include <stdint.h>
#include <stdio.h>

#include "espbak/nvs.h"
#include "support/group.h"
#include "support/image_fixture.h"

enum { PAGE = ESPBAK_NVS_PAGE_SIZE, KEYS = 24, LARGEST = 6000 };

/* What a key holds; size 0: nothing. */
typedef struct entry {
    uint8_t type;
    uint8_t value[LARGEST];
    size_t size;
} entry;

typedef struct model {
    entry keys[KEYS];
    uint32_t chance;
} model;

static uint32_t draw(model *m, uint32_t below)
{
    m->chance = m->chance * 1664525 + 1013904223;
    return (m->chance >> 8) % below;
}

static void name_of(size_t key, char space[16], char name[16])
{
    snprintf(space, 16, "space%zu", key % 3);
    snprintf(name, 16, "key%zu", key);
}

static void draw_value(model *m, entry *e)
{
    static const uint8_t numbers[] = {ESPBAK_NVS_U8, ESPBAK_NVS_I16, ESPBAK_NVS_U32, ESPBAK_NVS_I64};
    const uint32_t kind = draw(m, 8);
    e->type = kind < 4 ? numbers[kind] : kind < 6 ? ESPBAK_NVS_STRING : ESPBAK_NVS_BLOB;
    e->size = kind < 4 ? e->type & 15u : 1 + draw(m, kind == 7 ? LARGEST : 100);
    for (size_t i = 0; i < e->size; i++)
        e->value[i] = (uint8_t)(1 + draw(m, 255));
    if (e->type == ESPBAK_NVS_STRING)
        e->value[e->size - 1] = '\0';
}

static void assert_same(const model *m, fixture *f, const espbak_nvs_key *key)
{
    espbak_findings findings = {0};
    espbak_error err = {0};
    espbak_nvs *nvs = NULL;
    size_t expected = 0, used = 0;
    assert_int_equal(espbak_nvs_open(&nvs, &f->reader, 0, f->size, key, &findings, &err), ESPBAK_OK);
    const espbak_nvs_summary *about = espbak_nvs_summarise(nvs);
    for (size_t k = 0; k < KEYS; k++)
        expected += m->keys[k].size > 0;
    assert_int_equal(about->items, expected);
    assert_int_equal(about->damaged, 0);
    assert_int_equal(about->stale, 0);
    assert_int_equal(findings.count, about->encrypted && !about->decrypted ? 1 : 0);
    used = about->page_states[ESPBAK_NVS_PAGE_ACTIVE] + about->page_states[ESPBAK_NVS_PAGE_FULL];
    assert_true(used < about->pages && used + about->page_states[ESPBAK_NVS_PAGE_EMPTY] == about->pages);
    for (size_t i = 0; espbak_nvs_item_at(nvs, i) != NULL; i++) {
        const espbak_nvs_item *item = espbak_nvs_item_at(nvs, i);
        const entry *e = &m->keys[strtoul(item->key + 3, NULL, 10)];
        uint8_t *value = NULL;
        assert_true(item->intact);
        assert_int_equal(item->size, e->size);
        assert_string_equal(espbak_nvs_type_name(item->type), espbak_nvs_type_name(e->type));
        assert_int_equal(espbak_nvs_read_value(nvs, item, &value, &err), ESPBAK_OK);
        assert_memory_equal(value, e->value, e->size);
        free(value);
    }
    espbak_nvs_free(nvs);
    espbak_findings_free(&findings);
}

/* One change, which may find no room; then nothing has changed. */
static void change(model *m, fixture *f, const espbak_nvs_key *key, size_t *refused)
{
    char space[16], name[16];
    espbak_error err = {0};
    espbak_nvs_edit *edit = NULL;
    const size_t k = draw(m, KEYS);
    entry *wanted = calloc(1, sizeof(*wanted));
    uint8_t *before = malloc(f->size);
    memcpy(before, f->bytes, f->size);
    name_of(k, space, name);
    if (m->keys[k].size > 0 && draw(m, 3) == 0) {
        wanted->size = 0;
    } else {
        draw_value(m, wanted);
        if (m->keys[k].size > 0 &&
            strcmp(espbak_nvs_type_name(m->keys[k].type), espbak_nvs_type_name(wanted->type)) != 0)
            *wanted = m->keys[k];
    }
    const espbak_nvs_setting setting = {space, name, wanted->size > 0 ? wanted->type : ESPBAK_NVS_NOTHING,
                                        wanted->value, wanted->size};
    assert_int_equal(espbak_nvs_edit_open(&edit, f->bytes, f->size, key, &err), ESPBAK_OK);
    const espbak_status status = espbak_nvs_edit_apply(edit, &setting, &err);
    espbak_nvs_edit_free(edit);
    if (status == ESPBAK_OK) {
        m->keys[k] = *wanted;
    } else if (wanted->size == 0) {
        fail_msg("%s", err.message);
    } else {
        assert_int_equal(status, ESPBAK_E_FILE);
        assert_non_null(strstr(err.message, "no room"));
        memcpy(f->bytes, before, f->size);
        ++*refused;
    }
    free(before);
    free(wanted);
}

static void try_changes(size_t pages, uint32_t seed, const espbak_nvs_key *key, size_t *refused)
{
    fixture f;
    model *m = calloc(1, sizeof(*m));
    m->chance = seed;
    fixture_open(&f, pages * PAGE);
    for (int i = 0; i < 150; i++) {
        change(m, &f, key, refused);
        assert_same(m, &f, key);
    }
    free(m);
    fixture_close(&f);
}

static void any_changes_leave_what_they_should(void **state)
{
    (void)state;
    size_t tight = 0, roomy = 0;
    for (uint32_t seed = 1; seed <= 4; seed++) {
        try_changes(3, seed, NULL, &tight);
        try_changes(20, seed, NULL, &roomy);
    }
    assert_true(tight > 0);
    assert_int_equal(roomy, 0);
}

static void encrypted_ones_stay_encrypted(void **state)
{
    (void)state;
    const espbak_nvs_key key = {.bytes = {1, 2, 3, [40] = 9}};
    size_t refused = 0;
    try_changes(5, 77, &key, &refused);
}

static espbak_status apply(fixture *f, const char *space, const char *key, uint8_t type, const void *value, size_t size,
                           espbak_error *err)
{
    const espbak_nvs_setting setting = {space, key, type, value, size};
    espbak_nvs_edit *edit = NULL;
    *err = (espbak_error){0};
    assert_int_equal(espbak_nvs_edit_open(&edit, f->bytes, f->size, NULL, err), ESPBAK_OK);
    const espbak_status status = espbak_nvs_edit_apply(edit, &setting, err);
    espbak_nvs_edit_free(edit);
    return status;
}

static void says_what_cannot_be(void **state)
{
    (void)state;
    fixture f;
    espbak_error err;
    static const uint8_t large[4001] = {0};
    fixture_open(&f, 3 * PAGE);
    const uint8_t one = 1;
    assert_int_equal(apply(&f, "a", "k", ESPBAK_NVS_U8, &one, 1, &err), ESPBAK_OK);
    assert_int_equal(apply(&f, "a", "", ESPBAK_NVS_U8, &one, 1, &err), ESPBAK_E_USAGE);
    assert_int_equal(apply(&f, "0123456789abcdef", "k", ESPBAK_NVS_U8, &one, 1, &err), ESPBAK_E_USAGE);
    assert_int_equal(apply(&f, "a", "k", ESPBAK_NVS_U16, "ab", 2, &err), ESPBAK_E_USAGE);
    assert_non_null(strstr(err.message, "of the type u8"));
    assert_int_equal(apply(&f, "a", "x", ESPBAK_NVS_U16, &one, 1, &err), ESPBAK_E_USAGE);
    assert_int_equal(apply(&f, "a", "x", ESPBAK_NVS_STRING, "a\0b", 4, &err), ESPBAK_E_USAGE);
    assert_int_equal(apply(&f, "a", "x", ESPBAK_NVS_STRING, large, sizeof(large), &err), ESPBAK_E_USAGE);
    assert_int_equal(apply(&f, "a", "x", ESPBAK_NVS_BLOB_DATA, &one, 1, &err), ESPBAK_E_USAGE);
    assert_int_equal(apply(&f, "a", "x", ESPBAK_NVS_NOTHING, NULL, 0, &err), ESPBAK_E_FILE);
    assert_int_equal(apply(&f, "b", "k", ESPBAK_NVS_NOTHING, NULL, 0, &err), ESPBAK_E_FILE);
    fixture_close(&f);
}

/* Pages of version 1 get no blobs in pieces, which their firmware does not know. */
static void keeps_the_version(void **state)
{
    (void)state;
    fixture f;
    espbak_error err;
    uint8_t value[2000] = {7};
    fixture_open(&f, 3 * PAGE);
    assert_int_equal(apply(&f, "a", "k", ESPBAK_NVS_U8, value, 1, &err), ESPBAK_OK);
    f.bytes[8] = 0xFF;
    bytes_put_le32(f.bytes + 28, crc32_esp(f.bytes + 4, 24));
    assert_int_equal(apply(&f, "a", "b", ESPBAK_NVS_BLOB, value, 1984, &err), ESPBAK_OK);
    assert_int_equal(apply(&f, "a", "c", ESPBAK_NVS_BLOB, value, 1985, &err), ESPBAK_E_USAGE);
    assert_int_equal(apply(&f, "a", "d", ESPBAK_NVS_BLOB, value, 1984, &err), ESPBAK_OK);
    assert_int_equal(f.bytes[PAGE + 8], 0xFF);
    espbak_nvs *nvs = NULL;
    assert_int_equal(espbak_nvs_open(&nvs, &f.reader, 0, f.size, NULL, NULL, &err), ESPBAK_OK);
    assert_int_equal(espbak_nvs_item_at(nvs, 0)->type, ESPBAK_NVS_BLOB);
    assert_int_equal(espbak_nvs_summarise(nvs)->items, 3);
    espbak_nvs_free(nvs);
    fixture_close(&f);
}

/* The power went while a page was being moved: what it holds is still there afterwards, once. */
static void finishes_a_move(void **state)
{
    (void)state;
    fixture f;
    espbak_error err;
    const uint8_t one = 1, two = 2;
    fixture_open(&f, 3 * PAGE);
    assert_int_equal(apply(&f, "a", "k", ESPBAK_NVS_U8, &one, 1, &err), ESPBAK_OK);
    memcpy(f.bytes + PAGE, f.bytes, PAGE);
    bytes_put_le32(f.bytes + PAGE + 4, 1);
    bytes_put_le32(f.bytes + PAGE + 28, crc32_esp(f.bytes + PAGE + 4, 24));
    f.bytes[0] = 0xF8; /* FREEING */
    assert_int_equal(apply(&f, "a", "l", ESPBAK_NVS_U8, &two, 1, &err), ESPBAK_OK);
    espbak_nvs *nvs = NULL;
    assert_int_equal(espbak_nvs_open(&nvs, &f.reader, 0, f.size, NULL, NULL, &err), ESPBAK_OK);
    assert_int_equal(espbak_nvs_summarise(nvs)->items, 2);
    assert_int_equal(espbak_nvs_summarise(nvs)->stale, 0);
    assert_int_equal(espbak_nvs_summarise(nvs)->page_states[ESPBAK_NVS_PAGE_EMPTY], 2);
    espbak_nvs_free(nvs);
    fixture_close(&f);
}

/* The power went between the new item and the end of the old one, and no page may bring the old one back. */
static void gives_up_what_was_replaced(void **state)
{
    (void)state;
    fixture f;
    espbak_error err;
    uint8_t value[3900] = {1};
    fixture_open(&f, 3 * PAGE);
    assert_int_equal(apply(&f, "a", "k", ESPBAK_NVS_U8, value, 1, &err), ESPBAK_OK);
    uint8_t *const old = f.bytes + 64 + 32, *const new = old + 32;
    memcpy(new, old, 32);
    new[24] = 2;
    bytes_put_le32(new + 4, crc32_update(crc32_esp(new, 4), new + 8, 24));
    f.bytes[32] &= 0xEF;
    assert_int_equal(apply(&f, "a", "l", ESPBAK_NVS_BLOB, value, sizeof(value), &err), ESPBAK_OK);
    espbak_nvs *nvs = NULL;
    uint8_t *read = NULL;
    assert_int_equal(espbak_nvs_open(&nvs, &f.reader, 0, f.size, NULL, NULL, &err), ESPBAK_OK);
    assert_int_equal(espbak_nvs_summarise(nvs)->stale, 0);
    assert_int_equal(espbak_nvs_read_value(nvs, espbak_nvs_item_at(nvs, 0), &read, &err), ESPBAK_OK);
    assert_int_equal(read[0], 2);
    free(read);
    espbak_nvs_free(nvs);
    fixture_close(&f);
}

TEST_GROUP(nvs_edit)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_changes_leave_what_they_should),
        cmocka_unit_test(encrypted_ones_stay_encrypted),
        cmocka_unit_test(says_what_cannot_be),
        cmocka_unit_test(keeps_the_version),
        cmocka_unit_test(finishes_a_move),
        cmocka_unit_test(gives_up_what_was_replaced),
    };
    return RUN_GROUP(tests);
}
