/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "espbak/chip.h"
#include "espbak/manifest.h"
#include "store/manifest_check.h"

static const espbak_region app_region = {
    .name = "ota_0",
    .type = "app",
    .subtype = "ota_0",
    .offset = 0x20000,
    .size = 0x10000,
    .file = "ota_0.bin",
    .sha256 = {1, 2, 0xff},
    .md5 = {3, 4, 0xfe},
};

/* Every field set to something that is not its default. */
static espbak_manifest full_manifest(void)
{
    espbak_manifest manifest = {
        .created = "2026-11-22T10:15:00Z",
        .tool_name = "espbak",
        .tool_version = "0.1.0",
        .note = "caf\xc3\xa9 \"quoted\" \\ before the update",
        .state = ESPBAK_STATE_HOLES,
        .verify_method = "device-md5",
        .chip = "esp32s3",
        .chip_description = "ESP32-S3 (QFN56)",
        .revision = 2,
        .revision_known = true,
        .features = "Wi-Fi, BT 5 (LE), Dual Core + LP Core, 240MHz",
        .crystal_mhz = 40,
        .mac = {0xa0, 0xb1, 0xc2, 0xd3, 0xe4, 0xf5},
        .mac_known = true,
        .flash = {.size = 16777216,
                  .size_source = ESPBAK_SIZE_SFDP,
                  .jedec_id = 0xc84018,
                  .manufacturer = "GigaDevice",
                  .unique_id_known = true,
                  .unique_id = {0xde, 0xad, 0, 1, 2, 3, 4, 0xff},
                  .unique_id_size = 8,
                  .status_known = true,
                  .status_registers = 0x600204,
                  .octal = true,
                  .voltage = "3.3V"},
        .security = {.flash_encryption = ESPBAK_YES,
                     .secure_boot = ESPBAK_NO,
                     .secure_boot_version = 2,
                     .secure_download = ESPBAK_NO,
                     .key_manager_flash = ESPBAK_YES,
                     .raw_known = true,
                     .raw_flags = 0xffffffff,
                     .flash_crypt_count = 7,
                     .key_purposes = {0, 1, 2, 3, 4, 5, 255}},
        .link = {.port = "/dev/ttyUSB0",
                 .baud = 921600,
                 .native_usb = true,
                 .loader = ESPBAK_LOADER_STUB_LEGACY,
                 .stub_source = "built in"},
        .retries = 3,
        .repairs = {11, 12, 13, 14, 15},
        .reconnects = 2,
        .reread_bytes = 8192,
        .line_bytes = 4096,
        .erased_bytes = 12288,
        .base_bytes = 65536,
        .base = "esp32s3-before",
        .bytes_on_wire = 9007199254740991,
        .seconds = 187.25,
        .table = {.known = true,
                  .offset = 0x8000,
                  .md5_ok = ESPBAK_YES,
                  .entries = {{.name = "nvs",
                               .type = "data",
                               .subtype = "nvs",
                               .offset = 0x9000,
                               .size = 0x6000,
                               .encrypted = true,
                               .read_only = true},
                              {.name = "ota_0", .type = "app", .subtype = "ota_0", .offset = 0x20000, .size = 0x10000}},
                  .count = 2},
        .bootloader = {.idf = "v5.4.1", .compiled = "Jan  1 2026 12:00:00", .sha256_ok = ESPBAK_YES},
        .apps = {{.slot = "ota_0",
                  .active = true,
                  .project = "weather",
                  .version = "1.2.3",
                  .idf = "v5.4.1",
                  .compiled = "Jan  1 2026 12:00:00",
                  .sha256_ok = ESPBAK_NO}},
        .app_count = 1,
        .ota = {.active_slot = "ota_0", .seq_known = true, .seq = 5, .state = "valid"},
    };
    espbak_error err = {0};
    espbak_hole holes[] = {{0x28000, 0x1000}, {0x21000, 0x1000}};
    espbak_region region = app_region;
    region.unreadable = holes;
    region.unreadable_count = 2;
    assert_int_equal(espbak_manifest_add_region(&manifest, &region, &err), ESPBAK_OK);
    espbak_region nvs = {.name = "nvs", .offset = 0x9000, .size = 0x6000, .file = "nvs.bin"};
    assert_int_equal(espbak_manifest_add_region(&manifest, &nvs, &err), ESPBAK_OK);
    return manifest;
}

static char *format(const espbak_manifest *manifest)
{
    char *json = NULL;
    espbak_error err = {0};
    assert_int_equal(espbak_manifest_format(manifest, &json, &err), ESPBAK_OK);
    return json;
}

static void assert_same_region(const espbak_region *a, const espbak_region *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->type, b->type);
    assert_string_equal(a->subtype, b->subtype);
    assert_string_equal(a->file, b->file);
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->sha256, b->sha256, 32);
    assert_memory_equal(a->md5, b->md5, 16);
    assert_int_equal(a->unreadable_count, b->unreadable_count);
    for (size_t i = 0; i < a->unreadable_count; i++) {
        assert_int_equal(a->unreadable[i].offset, b->unreadable[i].offset);
        assert_int_equal(a->unreadable[i].size, b->unreadable[i].size);
    }
}

static void assert_same_contents(const espbak_manifest *a, const espbak_manifest *b)
{
    assert_int_equal(a->table.offset, b->table.offset);
    assert_int_equal(a->table.md5_ok, b->table.md5_ok);
    assert_int_equal(a->table.count, b->table.count);
    for (size_t i = 0; i < a->table.count; i++)
        assert_memory_equal(&a->table.entries[i], &b->table.entries[i], sizeof(a->table.entries[i]));
    assert_memory_equal(&a->bootloader, &b->bootloader, sizeof(a->bootloader));
    assert_int_equal(a->app_count, b->app_count);
    assert_memory_equal(&a->apps[0], &b->apps[0], sizeof(a->apps[0]));
    assert_string_equal(a->ota.active_slot, b->ota.active_slot);
    assert_true(a->ota.seq_known);
    assert_int_equal(a->ota.seq, b->ota.seq);
    assert_string_equal(a->ota.state, b->ota.state);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_manifest before = full_manifest();
    espbak_manifest after;
    char *json = format(&before);
    if (espbak_manifest_parse(&after, json, strlen(json), &err) != ESPBAK_OK)
        fail_msg("%s", err.message);

    assert_same_contents(&after, &before);
    assert_string_equal(after.created, before.created);
    assert_string_equal(after.tool_name, before.tool_name);
    assert_string_equal(after.tool_version, before.tool_version);
    assert_string_equal(after.note, before.note);
    assert_int_equal(after.state, before.state);
    assert_string_equal(after.verify_method, before.verify_method);
    assert_string_equal(after.chip, before.chip);
    assert_string_equal(after.chip_description, before.chip_description);
    assert_int_equal(after.revision, before.revision);
    assert_true(after.revision_known);
    assert_string_equal(after.features, before.features);
    assert_int_equal(after.crystal_mhz, before.crystal_mhz);
    assert_memory_equal(after.mac, before.mac, 6);
    assert_true(after.mac_known);
    assert_int_equal(after.flash.size, before.flash.size);
    assert_int_equal(after.flash.size_source, before.flash.size_source);
    assert_int_equal(after.flash.jedec_id, before.flash.jedec_id);
    assert_string_equal(after.flash.manufacturer, before.flash.manufacturer);
    assert_true(after.flash.unique_id_known);
    assert_int_equal(after.flash.unique_id_size, 8);
    assert_memory_equal(after.flash.unique_id, before.flash.unique_id, 8);
    assert_true(after.flash.status_known);
    assert_int_equal(after.flash.status_registers, before.flash.status_registers);
    assert_true(after.flash.octal);
    assert_string_equal(after.flash.voltage, before.flash.voltage);
    assert_int_equal(after.security.flash_encryption, ESPBAK_YES);
    assert_int_equal(after.security.secure_boot, ESPBAK_NO);
    assert_int_equal(after.security.secure_boot_version, 2);
    assert_int_equal(after.security.secure_download, ESPBAK_NO);
    assert_int_equal(after.security.key_manager_flash, ESPBAK_YES);
    assert_true(after.security.raw_known);
    assert_int_equal(after.security.raw_flags, 0xffffffff);
    assert_int_equal(after.security.flash_crypt_count, 7);
    assert_memory_equal(after.security.key_purposes, before.security.key_purposes, 7);
    assert_string_equal(after.link.port, before.link.port);
    assert_int_equal(after.link.baud, before.link.baud);
    assert_true(after.link.native_usb);
    assert_int_equal(after.link.loader, before.link.loader);
    assert_string_equal(after.link.stub_source, before.link.stub_source);
    assert_int_equal(after.retries, 3);
    assert_memory_equal(&after.repairs, &before.repairs, sizeof(before.repairs));
    assert_int_equal(after.reconnects, 2);
    assert_true(after.reread_bytes == 8192);
    assert_true(after.line_bytes == 4096);
    assert_true(after.erased_bytes == 12288);
    assert_true(after.base_bytes == 65536);
    assert_string_equal(after.base, "esp32s3-before");
    assert_true(after.bytes_on_wire == before.bytes_on_wire);
    assert_true(after.seconds == before.seconds);
    assert_int_equal(after.region_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_same_region(&after.regions[i], &before.regions[i]);

    /* And once more: nothing is lost on the way through. */
    char *again = format(&after);
    assert_string_equal(again, json);
    free(again);
    free(json);
    espbak_manifest_free(&before);
    espbak_manifest_free(&after);
}

static espbak_manifest bare_manifest(void)
{
    espbak_error err = {0};
    espbak_manifest manifest = {
        .created = "2026-11-22T10:15:00Z", .state = ESPBAK_STATE_UNVERIFIED, .flash = {.size = 0x40000}};
    assert_int_equal(espbak_manifest_add_region(&manifest, &app_region, &err), ESPBAK_OK);
    return manifest;
}

static void unknown_is_left_out(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_manifest before = bare_manifest();
    espbak_manifest after;
    char *json = format(&before);
    static const char *const absent[] = {"chip", "mac",  "link", "security", "jedec", "unique_id",
                                         "tool", "mode", "raw",  "crystal",  "null"};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        if (strstr(json, absent[i]) != NULL)
            fail_msg("%s is in %s", absent[i], json);
    }
    assert_int_equal(espbak_manifest_parse(&after, json, strlen(json), &err), ESPBAK_OK);
    assert_false(after.mac_known || after.revision_known || after.flash.status_known || after.security.raw_known);
    assert_int_equal(after.security.flash_encryption, ESPBAK_UNKNOWN);
    assert_int_equal(after.security.secure_boot, ESPBAK_UNKNOWN);
    free(json);
    espbak_manifest_free(&before);
    espbak_manifest_free(&after);
}

static void text_from_outside_becomes_clean(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_manifest before = bare_manifest();
    espbak_manifest after;
    snprintf(before.note, sizeof(before.note), "%s", "two\nlines, \033[31mred\033[0m, latin \xe9");
    char *json = format(&before);
    assert_int_equal(espbak_manifest_parse(&after, json, strlen(json), &err), ESPBAK_OK);
    assert_string_equal(after.note, "two lines, ?[31mred?[0m, latin ?");
    free(json);
    espbak_manifest_free(&before);
    espbak_manifest_free(&after);
}

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

static void device_fills_the_manifest(void **state)
{
    (void)state;
    const espbak_chip chip = {.name = "esp32c3"};
    const espbak_device_info device = {.chip = &chip,
                                       .revision = 4,
                                       .revision_known = true,
                                       .name = "ESP32-C3 (QFN32)",
                                       .features = "Wi-Fi",
                                       .crystal_mhz = 40,
                                       .mac = {1, 2, 3, 4, 5, 6},
                                       .mac_known = true,
                                       .flash = {.size = 4194304},
                                       .security = {.flash_encryption = ESPBAK_YES},
                                       .link = {.port = "COM3", .baud = 115200}};
    espbak_manifest manifest = {0};
    espbak_manifest_set_device(&manifest, &device);
    assert_string_equal(manifest.chip, "esp32c3");
    assert_string_equal(manifest.chip_description, "ESP32-C3 (QFN32)");
    assert_int_equal(manifest.revision, 4);
    assert_memory_equal(manifest.mac, device.mac, 6);
    assert_int_equal(manifest.flash.size, 4194304);
    assert_int_equal(manifest.security.flash_encryption, ESPBAK_YES);
    assert_string_equal(manifest.link.port, "COM3");
}

static cJSON *load_schema(void)
{
    char *text = NULL;
    size_t size = 0;
    espbak_error err = {0};
    assert_int_equal(file_load(ESPBAK_SOURCE_DIR "/docs/manifest.schema.json", 1 << 20, &text, &size, &err), ESPBAK_OK);
    cJSON *schema = cJSON_ParseWithLength(text, size);
    assert_non_null(schema);
    free(text);
    return schema;
}

static const char *type_of(const cJSON *value)
{
    if (cJSON_IsObject(value))
        return "object";
    if (cJSON_IsArray(value))
        return "array";
    if (cJSON_IsString(value))
        return "string";
    if (cJSON_IsBool(value))
        return "boolean";
    return "number";
}

/* Every key that is written is described, with the type it is written as. Returns the keys seen. */
static size_t compare_with_schema(const cJSON *value, const cJSON *schema, const char *name)
{
    size_t seen = 0;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(schema, "type");
    if (type != NULL) {
        const char *expected = strcmp(type->valuestring, "integer") == 0 ? "number" : type->valuestring;
        if (strcmp(expected, type_of(value)) != 0)
            fail_msg("%s is a %s, the schema says %s", name, type_of(value), type->valuestring);
    } else if (!cJSON_HasObjectItem(schema, "enum") && !cJSON_HasObjectItem(schema, "const")) {
        fail_msg("the schema says nothing of %s", name);
    }
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items");
    for (const cJSON *item = value->child; item != NULL; item = item->next) {
        const cJSON *inner = items;
        if (cJSON_IsObject(value)) {
            inner = cJSON_GetObjectItemCaseSensitive(properties, item->string);
            seen++;
            if (inner == NULL || !cJSON_HasObjectItem(inner, "description"))
                fail_msg("the schema does not describe %s in %s", item->string, name);
        }
        const size_t below = compare_with_schema(item, inner, item->string != NULL ? item->string : name);
        if (cJSON_IsObject(value) || item == value->child)
            seen += below; /* of an array the first element speaks for all */
    }
    return seen;
}

static size_t count_properties(const cJSON *schema)
{
    size_t count = 0;
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items");
    if (items != NULL)
        count += count_properties(items);
    for (const cJSON *item = properties == NULL ? NULL : properties->child; item != NULL; item = item->next)
        count += 1 + count_properties(item);
    return count;
}

static void schema_describes_what_is_written(void **state)
{
    (void)state;
    espbak_manifest manifest = full_manifest();
    char *json = format(&manifest);
    cJSON *value = cJSON_Parse(json);
    cJSON *schema = load_schema();
    /* The full manifest has every field, so the schema describes nothing that does not exist either. */
    assert_int_equal(compare_with_schema(value, schema, "the manifest"), count_properties(schema));
    cJSON_Delete(schema);
    cJSON_Delete(value);
    free(json);
    espbak_manifest_free(&manifest);
}

static void example_of_the_documentation_is_good(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    espbak_error err = {0};
    espbak_manifest manifest;
    assert_int_equal(file_load(ESPBAK_SOURCE_DIR "/docs/manifest-format.md", 1 << 20, &text, &size, &err), ESPBAK_OK);
    const char *begin = strstr(text, "```json\n");
    assert_non_null(begin);
    begin += strlen("```json\n");
    const char *end = strstr(begin, "```");
    assert_non_null(end);
    if (espbak_manifest_parse(&manifest, begin, (size_t)(end - begin), &err) != ESPBAK_OK)
        fail_msg("%s", err.message);
    char *json = format(&manifest);
    assert_int_equal(strlen(json), end - begin);
    assert_memory_equal(json, begin, strlen(json));
    free(json);
    free(text);
    espbak_manifest_free(&manifest);
}

static void file_names_are_plain(void **state)
{
    (void)state;
    static const char *const good[] = {"flash.bin", "nvs.bin", "ota_0.bin", "A-1+2.x", "console.bin", "com10", "nulls"};
    static const char *const bad[] = {"",         "a/b", "a\\b", "..", "a b", "a:b",  "aux", "PRN.txt",
                                      "lpt1.bin", "a.",  ".a",   "-a", "a\n", "a\"b", "a*",  "~\x7f"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(manifest_file_name_ok(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(manifest_file_name_ok(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(unknown_is_left_out),
        cmocka_unit_test(text_from_outside_becomes_clean),
        cmocka_unit_test(small_manifest_itself_is_good),
        cmocka_unit_test(every_kind_of_damage_is_refused),
        cmocka_unit_test(unknown_fields_are_ignored),
        cmocka_unit_test(cut_text_is_refused_at_every_length),
        cmocka_unit_test(huge_texts_are_refused_cheaply),
        cmocka_unit_test(counts_are_limited),
        cmocka_unit_test(device_fills_the_manifest),
        cmocka_unit_test(schema_describes_what_is_written),
        cmocka_unit_test(example_of_the_documentation_is_good),
        cmocka_unit_test(file_names_are_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
