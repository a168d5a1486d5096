/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests that are not to be believed. */
#include "support/group.h"
#include "support/manifest_fixture.h"

/* `text` with the first `from` replaced by `to`; free() it. */
static char *edit(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (at == NULL)
        fail_msg("%s is not in %s", from, text);
    const size_t capacity = strlen(text) + strlen(to) + 1;
    char *out = malloc(capacity);
    snprintf(out, capacity, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static const char small[] =
    "{\"format\":\"espbak-backup\",\"version\":1,\"created\":\"2026-11-22T10:15:00Z\",\"state\":\"verified\","
    "\"chip\":{\"name\":\"esp32\",\"mac\":\"a0:b1:c2:d3:e4:f5\"},"
    "\"flash\":{\"size\":4194304,\"jedec_id\":\"c84016\",\"unique_id\":\"0011\",\"status_registers\":[0,2,0]},"
    "\"security\":{\"flash_encryption\":false,\"raw\":{\"flags\":5,\"key_purposes\":[0,0,0,0,0,0,0]}},"
    "\"efuses\":{\"blocks\":[{\"block\":0,\"words\":\"00000000 0123abcd\"}],"
    "\"fields\":[{\"name\":\"MAC\",\"value\":\"x\"}]},"
    "\"regions\":[{\"name\":\"a\",\"offset\":0,\"size\":4096,\"file\":\"a.bin\","
    "\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\","
    "\"md5\":\"00000000000000000000000000000000\",\"unreadable\":[]},"
    "{\"name\":\"b\",\"offset\":4096,\"size\":8192,\"file\":\"b.bin\","
    "\"sha256\":\"1111111111111111111111111111111111111111111111111111111111111111\","
    "\"md5\":\"11111111111111111111111111111111\"}]}";

typedef struct damage {
    const char *from, *to, *says;
} damage;

static const damage damages[] = {
    {"espbak-backup", "espbak-journal", "format"},
    {"\"format\":\"espbak-backup\",", "", "format"},
    {"\"version\":1", "\"version\":2", "version 2 of the format is newer"},
    {"\"version\":1", "\"version\":1.5", "version"},
    {"\"version\":1", "\"version\":\"1\"", "version"},
    {"\"version\":1", "\"version\":0", "version"},
    {"\"created\":\"2026-11-22T10:15:00Z\",", "", "created is missing"},
    {"\"created\":\"2026-11-22T10:15:00Z\"", "\"created\":null", "created is missing"},
    {"2026-11-22T10:15:00Z", "2026-13-22T10:15:00Z", "created"},
    {"2026-11-22T10:15:00Z", "2026-11-22 10:15:00Z", "created"},
    {"2026-11-22T10:15:00Z", "2026-11-22T10:15:00+01:00", "created"},
    {"\"created\":\"2026-11-22T10:15:00Z\"", "\"created\":20261122", "created is not a string"},
    {"\"state\":\"verified\"", "\"state\":\"Verified\"", "state"},
    {"\"state\":\"verified\"", "\"state\":1", "state"},
    {"\"state\":\"verified\"", "\"state\":\"holes\"", "state does not agree"},
    {"\"state\":\"verified\"", "\"state\":\"verified\",\"state\":\"unverified\"", "stands twice"},
    {"\"name\":\"esp32\"", "\"name\":\"../esp32\"", "chip.name"},
    {"\"name\":\"esp32\"", "\"name\":[]", "chip.name is not a string"},
    {"\"chip\":{\"name\":\"esp32\",\"mac\":\"a0:b1:c2:d3:e4:f5\"}", "\"chip\":\"esp32\"", "chip.name"},
    {"a0:b1:c2:d3:e4:f5", "A0:b1:c2:d3:e4:f5", "chip.mac"},
    {"a0:b1:c2:d3:e4:f5", "a0:b1:c2:d3:e4", "chip.mac"},
    {"a0:b1:c2:d3:e4:f5", "a0-b1-c2-d3-e4-f5", "chip.mac"},
    {"\"size\":4194304", "\"size\":0", "flash.size is 0"},
    {"\"size\":4194304,", "", "flash.size is missing"},
    {"\"size\":4194304", "\"size\":-1", "flash.size is not a whole number"},
    {"\"size\":4194304", "\"size\":4194304.5", "flash.size is not a whole number"},
    {"\"size\":4194304", "\"size\":9007199254740992", "flash.size is not a whole number"},
    {"\"size\":4194304", "\"size\":1e300", "flash.size is not a whole number"},
    {"\"size\":4194304", "\"size\":1e999", "flash.size is not a whole number"},
    {"\"size\":4194304", "\"size\":\"4194304\"", "flash.size is not a whole number"},
    {"\"size\":4194304", "\"size\":true", "flash.size is not a whole number"},
    {"\"size\":4194304", "\"size\":8192", "regions[1] reaches past the end"},
    {"c84016", "C84016", "flash.jedec_id"},
    {"c84016", "c8401", "flash.jedec_id"},
    {"\"unique_id\":\"0011\"", "\"unique_id\":\"001\"", "flash.unique_id"},
    {"\"unique_id\":\"0011\"", "\"unique_id\":\"\"", "flash.unique_id"},
    {"\"unique_id\":\"0011\"", "\"unique_id\":\"001122334455667788\"", "flash.unique_id"},
    {"[0,2,0]", "[0,2]", "flash.status_registers"},
    {"[0,2,0]", "[0,256,0]", "flash.status_registers"},
    {"[0,2,0]", "{}", "flash.status_registers"},
    {"\"flash_encryption\":false", "\"flash_encryption\":0", "security.flash_encryption is neither"},
    {"\"flags\":5", "\"flags\":4294967296", "security.raw.flags"},
    {"[0,0,0,0,0,0,0]", "[0,0,0,0,0,0,0,0]", "security.raw.key_purposes"},
    {"\"raw\":{", "\"raw\":[],\"cooked\":{", "security.raw.flags"},
    {"\"block\":0", "\"block\":32", "efuses.blocks[0].block is not a whole number"},
    {"\"block\":0,", "", "efuses.blocks[0].block is missing"},
    {"00000000 0123abcd", "", "efuses.blocks[0].words is not words of eight"},
    {"00000000 0123abcd", "0000000", "efuses.blocks[0].words"},
    {"00000000 0123abcd", "00000000 ", "efuses.blocks[0].words"},
    {"00000000 0123abcd", "00000000-0123abcd", "efuses.blocks[0].words"},
    {"00000000 0123abcd", "00000000 0123ABCD", "efuses.blocks[0].words"},
    {"00000000 0123abcd", "00000000 0123abcg", "efuses.blocks[0].words"},
    {"00000000 0123abcd", "00000000 0123abcd ", "efuses.blocks[0].words"},
    {"\"00000000 0123abcd\"", "[0]", "efuses.blocks[0].words"},
    {"00000000 0123abcd", "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000",
     "efuses.blocks[0].words"},
    {"[{\"block\":0", "[{},{},{},{},{},{\"block\":0", "efuses.blocks is not an array of at most 5"},
    {"\"blocks\":[", "\"blocks\":7,\"b\":[", "efuses.blocks is not an array"},
    {"\"efuses\":{", "\"efuses\":[],\"e\":{", "efuses"},
    {"\"value\":\"x\"", "\"value\":1", "efuses.fields[0].value is not a string"},
    {"\"regions\":[", "\"regions\":3,\"old\":[", "regions is not an array"},
    {"\"regions\":[", "\"regions\":[],\"old\":[", "regions is empty"},
    {"\"regions\":[", "\"regions\":[7,", "regions[0].name is missing"},
    {"\"name\":\"a\"", "\"name\":\"\"", "regions[0].name is empty"},
    {"\"name\":\"a\"", "\"name\":\"12345678901234567890123456789012\"", "regions[0].name is too long"},
    {"\"offset\":0", "\"offset\":-4096", "regions[0].offset"},
    {"\"offset\":0", "\"offset\":4097", "overlap"},
    {"\"offset\":0", "\"offset\":4194304", "regions[0] reaches past the end"},
    {"\"offset\":0", "\"offset\":9007199254740991", "regions[0] reaches past the end"},
    {"\"size\":4096", "\"size\":4097", "regions a and b overlap"},
    {"\"size\":4096", "\"size\":0", "regions[0].size is 0"},
    {"\"size\":4096", "\"size\":4194305", "regions[0] reaches past the end"},
    {"a.bin", "../a.bin", "regions[0].file"},
    {"a.bin", "/a.bin", "regions[0].file"},
    {"a.bin", "..", "regions[0].file"},
    {"a.bin", ".", "regions[0].file"},
    {"a.bin", "", "regions[0].file"},
    {"a.bin", ".a.bin", "regions[0].file"},
    {"a.bin", "x\\\\a.bin", "regions[0].file"},
    {"a.bin", "C:a.bin", "regions[0].file"},
    {"a.bin", "a.bin\\n", "regions[0].file"},
    {"a.bin", "a.bin ", "regions[0].file"},
    {"a.bin", "manifest.json", "regions[0].file"},
    {"a.bin", "Manifest.JSON", "regions[0].file"},
    {"a.bin", "SHA256SUMS", "regions[0].file"},
    {"a.bin", "journal.json", "regions[0].file"},
    {"a.bin", "NUL.bin", "regions[0].file"},
    {"a.bin", "com7", "regions[0].file"},
    {"a.bin", "-a.bin", "regions[0].file"},
    {"a.bin", "a\\u0000.bin", "zero byte"},
    {"a.bin", "a\\u202e.bin", "regions[0].file"},
    {"a.bin", "B.BIN", "same file"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "0", "regions[0].sha256"},
    {"1111111111111111111111111111111111111111111111111111111111111111",
     "111111111111111111111111111111111111111111111111111111111111111A", "regions[1].sha256"},
    {"\"00000000000000000000000000000000\"", "\"0000000000000000000000000000000g\"", "regions[0].md5"},
    {"\"00000000000000000000000000000000\"", "0", "regions[0].md5"},
    {"[]}", "[{\"offset\":0,\"size\":1}]}", "state does not agree"},
    {"[]}", "{}}", "regions[0].unreadable is not an array"},
    {"[]}", "[1]}", "regions[0].unreadable[0]"},
    {"[]}", "[{\"offset\":4095,\"size\":2}]}", "regions[0].unreadable[0] does not lie inside"},
    {"[]}", "[{\"offset\":0,\"size\":0}]}", "regions[0].unreadable[0] does not lie inside"},
    {"[]}", "[{\"offset\":0,\"size\":9007199254740991}]}", "regions[0].unreadable[0] does not lie inside"},
    {"[]}", "[{\"offset\":0,\"size\":8},{\"offset\":7,\"size\":1}]}", "overlaps the hole before"},
    {"\"version\":1", "\"version\":1,\"x\":\"a\tb\"", "control character"},
    {"\"version\":1", "\"version\":1,\"note\":\"a\xff\"", "not UTF-8"},
    {"\"version\":1", "\"version\":1,\"note\":\"a\xc0\xaf\"", "not UTF-8"},
    {"\"version\":1", "\"version\":1,\"x\xe2\x82\":1", "not UTF-8"},
    {"\"version\":1", "\"version\":1,\"note\":\"\xed\xa0\x80\"", "not UTF-8"},
    {"\"}]}", "\"}]}\xc3", "not UTF-8"},
    {"\"version\":1", "\"version\":1,\"x\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "too many levels"},
    {"\"version\":1", "\"version\":1,", "not JSON"},
    {"{\"format\"", "[\"format\"", "not JSON"},
    {"\"}]}", "\"}]}}", "something follows"},
    {"\"}]}", "\"}]", "not JSON"},
};

static void every_kind_of_damage_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        espbak_manifest manifest;
        espbak_error err = {0};
        char *json = edit(small, damages[i].from, damages[i].to);
        const espbak_status status = espbak_manifest_parse(&manifest, json, strlen(json), &err);
        if (status != ESPBAK_E_FILE || strstr(err.message, damages[i].says) == NULL)
            fail_msg("%s -> %s: %s, \"%s\"", damages[i].from, damages[i].to, espbak_status_name(status), err.message);
        assert_int_equal(manifest.region_count, 0);
        free(json);
    }
}

static void small_manifest_itself_is_good(void **state)
{
    (void)state;
    espbak_manifest manifest;
    espbak_error err = {0};
    if (espbak_manifest_parse(&manifest, small, strlen(small), &err) != ESPBAK_OK)
        fail_msg("%s", err.message);
    espbak_manifest_free(&manifest);
}

static void unknown_fields_are_ignored(void **state)
{
    (void)state;
    espbak_manifest manifest;
    espbak_error err = {0};
    char *json = edit(small, "\"version\":1", "\"version\":1,\"later\":{\"deep\":[1,2,{\"x\":null}]},\"link\":{}");
    assert_int_equal(espbak_manifest_parse(&manifest, json, strlen(json), &err), ESPBAK_OK);
    espbak_manifest_free(&manifest);
    free(json);
}

static void cut_text_is_refused_at_every_length(void **state)
{
    (void)state;
    for (size_t size = 0; size < strlen(small); size++) {
        espbak_manifest manifest;
        espbak_error err = {0};
        /* a block of its own, so that a read past the end is seen by the sanitizer */
        char *copy = malloc(size + 1);
        memcpy(copy, small, size);
        assert_int_equal(espbak_manifest_parse(&manifest, copy, size, &err), ESPBAK_E_FILE);
        free(copy);
    }
}

static char *repeated(const char *head, const char *item, size_t count, const char *tail)
{
    const size_t step = strlen(item);
    const size_t capacity = strlen(head) + count * step + strlen(tail) + 1;
    char *text = malloc(capacity);
    char *at = text + snprintf(text, capacity, "%s", head);
    for (size_t i = 0; i < count; i++, at += step)
        memcpy(at, item, step);
    snprintf(at, capacity - (size_t)(at - text), "%s", tail);
    return text;
}

static void huge_texts_are_refused_cheaply(void **state)
{
    (void)state;
    static const struct {
        const char *head, *item;
        size_t count;
        const char *tail, *says;
    } rows[] = {
        {"{\"x\":", "[", 1000000, "", "too many levels"},
        {"[", "0,", 1000000, "0]", "too many values"},
        {"{\"x\":\"", "y", ESPBAK_MANIFEST_SIZE_MAX, "\"}", "larger than"},
        {"{\"x\":[", "{},", 60000, "{}]}", "too many values"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_manifest manifest;
        espbak_error err = {0};
        char *json = repeated(rows[i].head, rows[i].item, rows[i].count, rows[i].tail);
        assert_int_equal(espbak_manifest_parse(&manifest, json, strlen(json), &err), ESPBAK_E_FILE);
        if (strstr(err.message, rows[i].says) == NULL)
            fail_msg("\"%s\" instead of \"%s\"", err.message, rows[i].says);
        free(json);
    }
}

static void counts_are_limited(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_manifest manifest = {0};
    espbak_region region = app_region;
    region.unreadable = calloc(ESPBAK_HOLES_MAX + 1, sizeof(*region.unreadable));
    region.unreadable_count = ESPBAK_HOLES_MAX + 1;
    assert_int_equal(espbak_manifest_add_region(&manifest, &region, &err), ESPBAK_E_FILE);
    region.unreadable_count = ESPBAK_HOLES_MAX;
    assert_int_equal(espbak_manifest_add_region(&manifest, &region, &err), ESPBAK_OK);
    region.unreadable_count = 1;
    assert_int_equal(espbak_manifest_add_region(&manifest, &region, &err), ESPBAK_E_FILE);
    free(region.unreadable);
    while (manifest.region_count < ESPBAK_REGIONS_MAX)
        assert_int_equal(espbak_manifest_add_region(&manifest, &app_region, &err), ESPBAK_OK);
    assert_int_equal(espbak_manifest_add_region(&manifest, &app_region, &err), ESPBAK_E_FILE);
    espbak_manifest_free(&manifest);
    espbak_manifest_free(&manifest);
    espbak_manifest_free(NULL);
}

TEST_GROUP(manifest_damage)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_manifest_itself_is_good),  cmocka_unit_test(every_kind_of_damage_is_refused),
        cmocka_unit_test(unknown_fields_are_ignored),     cmocka_unit_test(cut_text_is_refused_at_every_length),
        cmocka_unit_test(huge_texts_are_refused_cheaply), cmocka_unit_test(counts_are_limited),
    };
    return RUN_GROUP(tests);
}
