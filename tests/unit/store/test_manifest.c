/* SPDX-License-Identifier: Apache-2.0 */
#include "support/group.h"
#include "support/manifest_fixture.h"

#include "espbak/chip.h"
#include "store/manifest/manifest_check.h"

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
    assert_memory_equal(&a->efuses, &b->efuses, sizeof(a->efuses));
    assert_int_equal(a->efuse_count, b->efuse_count);
    assert_memory_equal(a->efuse_list, b->efuse_list, sizeof(a->efuse_list[0]));
    assert_string_equal(a->ota.active_slot, b->ota.active_slot);
    assert_string_equal(a->edited.from, b->edited.from);
    assert_string_equal(a->edited.from_created, b->edited.from_created);
    assert_int_equal(a->edited.count, b->edited.count);
    assert_memory_equal(&a->edited.edits[0], &b->edited.edits[0], sizeof(a->edited.edits[0]));
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
    assert_true(after.security.secure_version_known);
    assert_int_equal(after.security.secure_version, 16);
    assert_memory_equal(after.security.boot_keys, before.security.boot_keys, sizeof(before.security.boot_keys));
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

/* The program in the chip was called the reader before it was called our own loader. */
static void a_loader_by_its_former_word(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_manifest before = full_manifest(), after;
    before.link.loader = ESPBAK_LOADER_OWN;
    char *json = format(&before);
    char *word = strstr(json, "\"own\"");
    assert_non_null(word);
    const size_t rest = strlen(word + 5) + 1;
    char *text = calloc(1, strlen(json) + 4);
    assert_non_null(text);
    memcpy(text, json, (size_t)(word - json));
    memcpy(text + (word - json), "\"reader\"", 8);
    memcpy(text + (word - json) + 8, word + 5, rest);
    if (espbak_manifest_parse(&after, text, strlen(text), &err) != ESPBAK_OK)
        fail_msg("%s", err.message);
    assert_int_equal(after.link.loader, ESPBAK_LOADER_OWN);
    espbak_manifest_free(&after);
    espbak_manifest_free(&before);
    free(json);
    free(text);
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

TEST_GROUP(manifest)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again), cmocka_unit_test(a_loader_by_its_former_word),
        cmocka_unit_test(unknown_is_left_out),           cmocka_unit_test(text_from_outside_becomes_clean),
        cmocka_unit_test(device_fills_the_manifest),     cmocka_unit_test(file_names_are_plain),
    };
    return RUN_GROUP(tests);
}
