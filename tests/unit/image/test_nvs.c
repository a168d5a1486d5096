/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "espbak/nvs.h"
#include "support/group.h"
#include "support/image_fixture.h"

enum { ACTIVE = 0xFE, FULL = 0xFC, PAGE = ESPBAK_NVS_PAGE_SIZE };

static void make_page(uint8_t *page, uint8_t state, uint32_t seq, uint8_t version)
{
    memset(page, 0xFF, PAGE);
    page[0] = state;
    bytes_put_le32(page + 4, seq);
    page[8] = version;
    bytes_put_le32(page + 28, crc32_esp(page + 4, 24));
}

static void seal(uint8_t *entry)
{
    bytes_put_le32(entry + 4, crc32_update(crc32_esp(entry, 4), entry + 8, 24));
}

/* An entry at `slot` with its data behind it, or of up to 8 bytes inside it. */
static uint8_t *put(uint8_t *page, unsigned slot, uint8_t space, uint8_t type, uint8_t chunk, const char *key,
                    const void *data, size_t size)
{
    uint8_t *entry = page + 64 + (size_t)32 * slot;
    const bool behind = type == ESPBAK_NVS_STRING || type == ESPBAK_NVS_BLOB || type == ESPBAK_NVS_BLOB_DATA;
    const unsigned span = behind ? 1 + (unsigned)(size + 31) / 32 : 1;
    memset(entry, 0xFF, 32);
    entry[0] = space;
    entry[1] = type;
    entry[2] = (uint8_t)span;
    entry[3] = chunk;
    memset(entry + 8, 0, 16);
    memcpy(entry + 8, key, strlen(key));
    if (behind) {
        bytes_put_le16(entry + 24, (uint16_t)size);
        bytes_put_le32(entry + 28, crc32_esp(data, size));
        memcpy(entry + 32, data, size);
    } else {
        memcpy(entry + 24, data, size);
    }
    seal(entry);
    for (unsigned i = slot; i < slot + span; i++)
        page[32 + i / 4] &= (uint8_t)~(1u << i % 4 * 2);
    return entry;
}

static void name_space(uint8_t *page, unsigned slot, const char *name, uint8_t index)
{
    put(page, slot, 0, ESPBAK_NVS_U8, 0xFF, name, &index, 1);
}

/* Two pages, the older one behind the newer: wifi and app, a string, a replaced number and a blob in two pieces. */
static void fill(fixture *f)
{
    static const uint8_t one[] = {1, 0, 0, 0}, two[] = {2, 0, 0, 0};
    uint8_t index[8] = {5, 0, 0, 0, 2, 0, 0xFF, 0xFF};
    fixture_open(f, 4 * PAGE);
    uint8_t *newer = f->bytes, *older = f->bytes + 2 * PAGE;
    make_page(older, FULL, 3, 0xFE);
    name_space(older, 0, "wifi", 1);
    put(older, 1, 1, ESPBAK_NVS_STRING, 0xFF, "ssid", "home", 5);
    put(older, 3, 1, ESPBAK_NVS_U32, 0xFF, "count", one, 4);
    put(older, 4, 1, ESPBAK_NVS_BLOB_DATA, 0, "cal", "abc", 3);
    make_page(newer, ACTIVE, 4, 0xFE);
    put(newer, 0, 1, ESPBAK_NVS_U32, 0xFF, "count", two, 4);
    put(newer, 1, 1, ESPBAK_NVS_BLOB_DATA, 1, "cal", "de", 2);
    put(newer, 3, 1, ESPBAK_NVS_BLOB_INDEX, 0xFF, "cal", index, 8);
    name_space(newer, 4, "app", 2);
    put(newer, 5, 2, ESPBAK_NVS_I8, 0xFF, "t", "\xFE", 1);
}

static espbak_nvs *open_nvs(fixture *f, espbak_findings *findings)
{
    espbak_error err = {0};
    espbak_nvs *nvs = NULL;
    espbak_findings_free(findings);
    assert_int_equal(espbak_nvs_open(&nvs, &f->reader, 0, f->size, NULL, findings, &err), ESPBAK_OK);
    return nvs;
}

static void assert_item(const espbak_nvs *nvs, size_t index, const char *space, const char *key, const char *type,
                        size_t size, const char *text)
{
    char shown[64];
    uint8_t *value = NULL;
    espbak_error err = {0};
    const espbak_nvs_item *item = espbak_nvs_item_at(nvs, index);
    assert_non_null(item);
    assert_string_equal(item->space, space);
    assert_string_equal(item->key, key);
    assert_string_equal(espbak_nvs_type_name(item->type), type);
    assert_int_equal(item->size, size);
    assert_int_equal(espbak_nvs_read_value(nvs, item, &value, &err), ESPBAK_OK);
    espbak_nvs_value_text(item, value, shown, sizeof(shown));
    assert_string_equal(shown, text);
    free(value);
}

static void keys_types_and_values(void **state)
{
    (void)state;
    fixture f;
    espbak_findings findings = {0};
    fill(&f);
    espbak_nvs *nvs = open_nvs(&f, &findings);
    const espbak_nvs_summary *s = espbak_nvs_summarise(nvs);
    assert_true(s->recognised && !s->encrypted);
    assert_int_equal(s->pages, 4);
    assert_int_equal(s->page_states[ESPBAK_NVS_PAGE_ACTIVE], 1);
    assert_int_equal(s->page_states[ESPBAK_NVS_PAGE_FULL], 1);
    assert_int_equal(s->page_states[ESPBAK_NVS_PAGE_EMPTY], 2);
    assert_int_equal(s->spaces, 2);
    assert_int_equal(s->items, 4);
    assert_int_equal(s->written, 12);
    assert_int_equal(s->stale, 1);
    assert_item(nvs, 0, "app", "t", "i8", 1, "-2");
    assert_item(nvs, 1, "wifi", "cal", "blob", 5, "6162636465");
    assert_item(nvs, 2, "wifi", "count", "u32", 4, "2");
    assert_item(nvs, 3, "wifi", "ssid", "string", 5, "home");
    assert_null(espbak_nvs_item_at(nvs, 4));
    assert_int_equal(findings.count, 1);
    assert_finding(&findings, "1 items of NVS were replaced");
    espbak_nvs_free(nvs);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void damage_is_found_and_the_rest_is_read(void **state)
{
    (void)state;
    fixture f;
    espbak_findings findings = {0};
    fill(&f);
    f.bytes[2 * PAGE + 64 + 32 + 9] ^= 1; /* a key: its entry's CRC is wrong */
    f.bytes[PAGE + 64 + 32 * 2] ^= 1;     /* an empty page is not */
    f.bytes[64 + 32 * 2] ^= 1;            /* the second piece of the blob */
    make_page(f.bytes + 3 * PAGE, 0xF0, 9, 0xFE);
    espbak_nvs *nvs = open_nvs(&f, &findings);
    assert_int_equal(espbak_nvs_summarise(nvs)->items, 3);
    assert_int_equal(espbak_nvs_summarise(nvs)->damaged, 3);
    assert_false(espbak_nvs_item_at(nvs, 1)->intact);
    assert_true(espbak_nvs_item_at(nvs, 2)->intact);
    assert_finding(&findings, "page 2 of NVS has 2 damaged entries"); /* its data counts, read as an entry */
    assert_finding(&findings, "page 0 of NVS has 1 damaged entries");
    assert_finding(&findings, "page 1 of NVS has a broken header");
    assert_finding(&findings, "page 3 of NVS was marked corrupt");
    espbak_nvs_free(nvs);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void impossible_entries_are_damage(void **state)
{
    (void)state;
    static const struct {
        unsigned at;
        uint8_t value;
    } rows[] = {{2, 0}, {2, 127}, {2, 255}, {24, 0xFF}, {1, 0x77}, {1, 0x03}, {1, 0x00}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fixture f;
        espbak_findings findings = {0};
        fixture_open(&f, PAGE);
        make_page(f.bytes, ACTIVE, 0, 0xFE);
        put(f.bytes, 0, 1, ESPBAK_NVS_U8, 0xFF, "other", "\x01", 1);
        uint8_t *entry = put(f.bytes, 1, 1, ESPBAK_NVS_STRING, 0xFF, "text", "hello", 6);
        entry[rows[i].at] = rows[i].value;
        seal(entry);
        espbak_nvs *nvs = open_nvs(&f, &findings);
        assert_int_equal(espbak_nvs_summarise(nvs)->items, 1);
        assert_finding(&findings, "damaged entries");
        assert_string_equal(espbak_nvs_item_at(nvs, 0)->space, "#1");
        espbak_nvs_free(nvs);
        fixture_close(&f);
        espbak_findings_free(&findings);
    }
}

static void blobs_with_missing_pieces(void **state)
{
    (void)state;
    fixture f;
    espbak_findings findings = {0};
    fill(&f);
    memset(f.bytes + 2 * PAGE, 0xFF, PAGE);
    espbak_nvs *nvs = open_nvs(&f, &findings);
    assert_finding(&findings, "piece 1 of the blob cal in #1 is missing");
    assert_item(nvs, 0, "#1", "cal", "blob", 2, "6465");
    assert_false(espbak_nvs_item_at(nvs, 0)->intact);
    espbak_nvs_free(nvs);
    fixture_close(&f);
    fill(&f);
    memset(f.bytes, 0xFF, PAGE);
    nvs = open_nvs(&f, &findings);
    assert_finding(&findings, "a piece of the blob cal in wifi belongs to nothing");
    assert_int_equal(espbak_nvs_summarise(nvs)->items, 2);
    espbak_nvs_free(nvs);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void old_format_is_read(void **state)
{
    (void)state;
    fixture f;
    espbak_findings findings = {0};
    fixture_open(&f, PAGE);
    make_page(f.bytes, ACTIVE, 0, 0xFF);
    name_space(f.bytes, 0, "old", 1);
    put(f.bytes, 1, 1, ESPBAK_NVS_BLOB, 0xFF, "b", "\x01\x02\xFF", 3);
    espbak_nvs *nvs = open_nvs(&f, &findings);
    assert_item(nvs, 0, "old", "b", "blob", 3, "0102ff");
    assert_int_equal(findings.count, 1);
    assert_finding(&findings, "this NVS has no free page");
    espbak_nvs_free(nvs);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void ciphertext_is_recognised(void **state)
{
    (void)state;
    fixture f;
    espbak_findings findings = {0};
    fill(&f);
    for (size_t page = 0; page < 3; page += 2) {
        for (size_t i = 64; i < PAGE; i++)
            f.bytes[page * PAGE + i] ^= 0x5A;
    }
    espbak_nvs *nvs = open_nvs(&f, &findings);
    const espbak_nvs_summary *s = espbak_nvs_summarise(nvs);
    assert_true(s->recognised && s->encrypted);
    assert_int_equal(s->items, 0);
    assert_int_equal(findings.count, 1);
    assert_finding(&findings, "entries of this NVS are encrypted");
    espbak_nvs_free(nvs);
    for (size_t i = 0; i < f.size; i++)
        f.bytes[i] = (uint8_t)(i * 37 + i / 256);
    nvs = open_nvs(&f, &findings);
    assert_false(espbak_nvs_summarise(nvs)->recognised);
    assert_finding(&findings, "this is no NVS, or it is encrypted with the flash");
    espbak_nvs_free(nvs);
    memset(f.bytes, 0xFF, f.size);
    nvs = open_nvs(&f, &findings);
    assert_true(espbak_nvs_summarise(nvs)->recognised);
    assert_int_equal(findings.count, 0);
    espbak_nvs_free(nvs);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

typedef struct changes {
    char text[256];
} changes;

static espbak_status note_change(void *user, espbak_nvs_change change, const espbak_nvs_item *before,
                                 const espbak_nvs_item *after, espbak_error *err)
{
    changes *c = user;
    const espbak_nvs_item *item = before != NULL ? before : after;
    (void)err;
    strcat(c->text, change == ESPBAK_NVS_ADDED ? "+" : change == ESPBAK_NVS_REMOVED ? "-" : "!");
    strcat(c->text, item->space);
    strcat(c->text, ".");
    strcat(c->text, item->key);
    strcat(c->text, " ");
    return ESPBAK_OK;
}

static void compared_by_key_not_by_place(void **state)
{
    (void)state;
    fixture f, g;
    espbak_findings findings = {0};
    espbak_error err = {0};
    changes c = {.text = ""};
    fill(&f);
    fixture_open(&g, PAGE);
    make_page(g.bytes, ACTIVE, 0, 0xFF);
    name_space(g.bytes, 0, "wifi", 7);
    put(g.bytes, 1, 7, ESPBAK_NVS_BLOB, 0xFF, "cal", "abcde", 5); /* the same, in one piece */
    put(g.bytes, 3, 7, ESPBAK_NVS_STRING, 0xFF, "ssid", "work", 5);
    put(g.bytes, 5, 7, ESPBAK_NVS_U16, 0xFF, "count", "\x02\x00", 2);
    put(g.bytes, 6, 7, ESPBAK_NVS_U8, 0xFF, "new", "\x01", 1);
    espbak_nvs *before = open_nvs(&f, &findings), *after = open_nvs(&g, &findings);
    assert_int_equal(espbak_nvs_compare(before, after, note_change, &c, &err), ESPBAK_OK);
    assert_string_equal(c.text, "-app.t !wifi.count +wifi.new !wifi.ssid ");
    c.text[0] = '\0';
    assert_int_equal(espbak_nvs_compare(before, before, note_change, &c, &err), ESPBAK_OK);
    assert_string_equal(c.text, "");
    espbak_nvs_free(before);
    espbak_nvs_free(after);
    fixture_close(&f);
    fixture_close(&g);
    espbak_findings_free(&findings);
}

static void values_are_cut_and_made_printable(void **state)
{
    (void)state;
    char text[12];
    const espbak_nvs_item string = {.type = ESPBAK_NVS_STRING, .size = 20};
    espbak_nvs_value_text(&string, (const uint8_t *)"0123456789abcdefghi", text, sizeof(text));
    assert_string_equal(text, "01234567...");
    espbak_nvs_value_text(&string, (const uint8_t *)"a\x1b[2J\0 and the rest is", text, sizeof(text));
    assert_string_equal(text, "a?[2J");
    const espbak_nvs_item blob = {.type = ESPBAK_NVS_BLOB, .size = 9};
    espbak_nvs_value_text(&blob, (const uint8_t *)"\1\2\3\4\5\6\7\10\11", text, sizeof(text));
    assert_string_equal(text, "01020304...");
    espbak_nvs_value_text(&blob, (const uint8_t *)"\1\2\3\4\5\6\7\10\11", text, 3);
    assert_string_equal(text, "");
    const espbak_nvs_item large = {.type = ESPBAK_NVS_U64, .size = 8};
    char number[32];
    espbak_nvs_value_text(&large, (const uint8_t *)"\377\377\377\377\377\377\377\377", number, sizeof(number));
    assert_string_equal(number, "18446744073709551615");
    assert_string_equal(espbak_nvs_type_name(0x99), "unknown");
}

static void places_that_are_not_there(void **state)
{
    (void)state;
    fixture f;
    espbak_error err = {0};
    espbak_nvs *nvs = NULL;
    fixture_open(&f, 2 * PAGE);
    assert_int_equal(espbak_nvs_open(&nvs, &f.reader, PAGE, 2 * PAGE, NULL, NULL, &err), ESPBAK_E_USAGE);
    assert_null(nvs);
    assert_int_equal(espbak_nvs_open(&nvs, &f.reader, UINT64_MAX, 2, NULL, NULL, &err), ESPBAK_E_USAGE);
    assert_int_equal(espbak_nvs_open(&nvs, &f.reader, PAGE, 100, NULL, NULL, &err), ESPBAK_OK);
    assert_int_equal(espbak_nvs_summarise(nvs)->pages, 0);
    espbak_nvs_free(nvs);
    espbak_nvs_free(NULL);
    fixture_close(&f);
}

TEST_GROUP(nvs)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_types_and_values),
        cmocka_unit_test(damage_is_found_and_the_rest_is_read),
        cmocka_unit_test(impossible_entries_are_damage),
        cmocka_unit_test(blobs_with_missing_pieces),
        cmocka_unit_test(old_format_is_read),
        cmocka_unit_test(ciphertext_is_recognised),
        cmocka_unit_test(compared_by_key_not_by_place),
        cmocka_unit_test(values_are_cut_and_made_printable),
        cmocka_unit_test(places_that_are_not_there),
    };
    return RUN_GROUP(tests);
}
