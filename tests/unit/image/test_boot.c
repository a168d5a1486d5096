/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "image/table/entries.h"
#include "support/group.h"
#include "support/image_fixture.h"

enum {
    FLASH = 0x100000,
    CHIP = 9,
    TABLE = 0x8000,
    OTADATA = 0xE000,
    FACTORY = 0x10000,
    OTA0 = 0x40000,
    OTA1 = 0x80000
};

static const fixture_row rows[] = {
    {"nvs", 1, 2, 0x9000, 0x5000},     {"otadata", 1, 0, OTADATA, 0x2000}, {"factory", 0, 0, FACTORY, 0x30000},
    {"ota_0", 0, 0x10, OTA0, 0x40000}, {"ota_1", 0, 0x11, OTA1, 0x40000},
};

static espbak_boot_report report; /* of the question that was asked last */

/* A flash that boots ota_1. */
static espbak_boot_question good(fixture *f)
{
    fixture_open(f, FLASH);
    fixture_image(f, 0, CHIP, FIXTURE_BOOTLOADER, NULL);
    f->bytes[3] = 0x0F; /* 1 MB */
    fixture_seal(f, 0, 0);
    fixture_table(f, TABLE, rows, 5);
    fixture_image(f, FACTORY, CHIP, FIXTURE_APP, "1.0");
    fixture_image(f, OTA0, CHIP, FIXTURE_APP, "1.1");
    fixture_image(f, OTA1, CHIP, FIXTURE_APP, "1.2");
    fixture_otadata(f->bytes + OTADATA, 1, 2);
    fixture_otadata(f->bytes + OTADATA + 0x1000, 2, 2);
    return (espbak_boot_question){
        .reader = f->reader,
        .table_offset = ESPBAK_PARTITION_TABLE_ANYWHERE,
        .chip_id = CHIP,
        .chip_known = true,
        .revision_known = true,
        .revision = 1,
        .encryption_known = true,
    };
}

static void assert_answer(const espbak_boot_question *question, espbak_boot_verdict verdict, const char *says)
{
    espbak_error err = {0};
    espbak_boot_report_free(&report);
    assert_int_equal(espbak_boot_examine(question, &report, &err), ESPBAK_OK);
    if (report.verdict != verdict || strstr(report.reason, says) == NULL)
        fail_msg("%s: %s", espbak_boot_verdict_name(report.verdict), report.reason);
}

static void whole_flash_boots(void **state)
{
    (void)state;
    fixture f;
    const espbak_boot_question q = good(&f);
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 starts: its checksum and SHA-256 are right");
    assert_int_equal(report.findings.count, 0);
    assert_true(report.bootloader_found && report.table_found && report.otadata_found);
    assert_int_equal(report.table.offset, TABLE);
    assert_int_equal(report.selected_slot, 1);
    assert_int_equal(report.app_count, 3);
    const espbak_boot_app *active = espbak_boot_active(&report);
    assert_string_equal(active->partition->label, "ota_1");
    assert_string_equal(active->image.app.version, "1.2");
    assert_int_equal(active->slot, 1);
    assert_true(report.apps[0].bootable && !report.apps[0].active);
    fixture_close(&f);
}

static bool reads_from(const void *user, uint64_t offset)
{
    const uint64_t *from = user;
    return offset >= *from;
}

/* Where reading takes time headers decide, and the answer says so. */
static void headers_alone_can_answer(void **state)
{
    (void)state;
    static const uint64_t nothing = FLASH, last = OTA1, all = 0;
    fixture f;
    espbak_boot_question q = good(&f);
    q.reads = reads_from;
    q.reads_user = &nothing;
    f.bytes[OTA1 + 0x130] ^= 1; /* nobody reads it */
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 starts: its headers are right");
    assert_string_equal(report.condition, "as far as the headers tell");
    assert_true(report.apps[2].bootable && !report.apps[2].image.checked);
    q.reads_user = &last;
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 is selected but cannot start (its checksum is wrong), so ota_0 starts");
    assert_string_equal(report.condition, "as far as the headers tell");
    q.reads_user = &all;
    assert_answer(&q, ESPBAK_BOOT_YES, "so ota_0 starts");
    assert_string_equal(report.condition, "");
    fixture_close(&f);
}

static void damaged_slot_gives_way(void **state)
{
    (void)state;
    fixture f;
    const espbak_boot_question q = good(&f);
    f.bytes[OTA1 + 3000] ^= 1;
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 is selected but cannot start (its checksum is wrong), so ota_0 starts");
    memset(f.bytes + OTA0, 0xFF, 0x1000);
    assert_answer(&q, ESPBAK_BOOT_YES, "so factory starts in its place");
    f.bytes[FACTORY + 12] = CHIP + 1;
    assert_answer(&q, ESPBAK_BOOT_NO, "the application in ota_1 cannot start: its checksum is wrong, and no other");
    assert_null(espbak_boot_active(&report));
    assert_string_equal(report.apps[0].why_not, "it is for another chip");
    assert_string_equal(report.apps[1].why_not, "there is no image");
    fixture_close(&f);
}

static void bootloader_must_fit(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    q.chip_id = 5;
    assert_answer(&q, ESPBAK_BOOT_NO, "the bootloader at 0x0 is for another chip");
    q.chip_id = CHIP;
    bytes_put_le16(f.bytes + 15, 2);
    assert_answer(&q, ESPBAK_BOOT_NO, "needs a newer revision of the chip (v0.2)");
    bytes_put_le16(f.bytes + 15, 0);
    f.bytes[600] ^= 1;
    assert_answer(&q, ESPBAK_BOOT_NO, "the checksum of the bootloader at 0x0 is wrong");
    bytes_put_le32(f.bytes + 28, 0x7FFFFFFC);
    assert_answer(&q, ESPBAK_BOOT_NO, "the bootloader at 0x0 is cut short or damaged");
    fixture_close(&f);
}

/* Tools patch flash mode and size in the header; ROMs do not mind that its SHA-256 is wrong then. */
static void patched_bootloader_still_boots(void **state)
{
    (void)state;
    fixture f;
    const espbak_boot_question q = good(&f);
    f.bytes[2] ^= 1;
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 starts");
    assert_finding(&report.findings, "the SHA-256 of the image at 0x0 is wrong");
    fixture_close(&f);
}

static void missing_bootloader_is_no_or_unknown(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    uint32_t random = 1;
    for (size_t i = 0; i < 4096; i++) {
        random = random * 1664525 + 1013904223;
        f.bytes[i] = (uint8_t)(random >> 24);
    }
    assert_answer(&q, ESPBAK_BOOT_NO, "what stands at 0x0 is no bootloader");
    q.encryption_known = false;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "looks encrypted");
    memset(f.bytes, 'x', 4096);
    assert_answer(&q, ESPBAK_BOOT_NO, "what stands at 0x0 is no bootloader");
    memset(f.bytes, 0xFF, 4096);
    assert_answer(&q, ESPBAK_BOOT_NO, "there is no bootloader: the flash is erased at 0x0");
    q.chip_known = false;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "the chip is not known");
    fixture_close(&f);
}

static void table_must_be_whole(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    f.bytes[TABLE + 12] ^= 1;
    assert_answer(&q, ESPBAK_BOOT_NO, "the MD5 of the partition table is wrong");
    assert_true(report.table_found && report.app_count == 3);
    memset(f.bytes + TABLE, 0xFF, 0x1000);
    assert_answer(&q, ESPBAK_BOOT_NO, "there is no partition table");
    q.table_offset = 0x9000;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "there is no partition table at 0x9000");
    q.table_offset = ESPBAK_PARTITION_TABLE_ANYWHERE;
    f.bytes[32] = 0; /* no description: whose bootloader it is, is not known */
    fixture_seal(&f, 0, 0);
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "the bootloader may not be ESP-IDF's");
    fixture_table(&f, TABLE, rows, 2);
    assert_answer(&q, ESPBAK_BOOT_NO, "no place for an application");
    const fixture_row far[] = {{"factory", 0, 0, 0x10000, 0x10000}, {"far", 1, 2, 0xFF000, 0x2000}};
    fixture_table(&f, TABLE, far, 2);
    assert_answer(&q, ESPBAK_BOOT_NO, "partition far ends beyond 1 MB, which is the flash by the bootloader's header");
    const fixture_row small[] = {{"otadata", 1, 0, 0xE000, 0x1000}, {"factory", 0, 0, 0x10000, 0x10000}};
    fixture_table(&f, TABLE, small, 2);
    assert_answer(&q, ESPBAK_BOOT_NO, "partition otadata is too small");
    fixture_close(&f);
}

/* Where it looks is built into a bootloader, and this one's code does not say. */
static void table_elsewhere_is_a_condition(void **state)
{
    (void)state;
    fixture f;
    const espbak_boot_question q = good(&f);
    memset(f.bytes + TABLE, 0xFF, 0x1000);
    fixture_table(&f, 0xD000, rows, 5);
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 starts");
    assert_string_equal(report.condition, "if this bootloader was built for a table at 0xd000");
    assert_int_equal(report.table.offset, 0xD000);
    assert_finding(&report.findings, "the partition table stands at 0xd000");
    fixture_table(&f, TABLE, rows, 5);
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 starts");
    assert_string_equal(report.condition, "");
    assert_finding(&report.findings, "there are more partition tables, at 0xd000: the one at 0x8000 was taken");
    fixture_close(&f);
}

static void secure_boot_needs_signatures(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    q.secure_boot = true;
    assert_answer(&q, ESPBAK_BOOT_NO, "secure boot is on and the bootloader is not signed");
    q.secure_boot_digest = true;
    assert_answer(&q, ESPBAK_BOOT_NO, "the application in ota_1 cannot start: it is not signed");
    q.secure_boot_digest = false;
    fixture_image(&f, 0, CHIP, FIXTURE_BOOTLOADER | FIXTURE_SIGNED_V2, NULL);
    assert_answer(&q, ESPBAK_BOOT_NO, "the application in ota_1 cannot start: it is not signed");
    fixture_image(&f, OTA1, CHIP, FIXTURE_APP | FIXTURE_SIGNED_V2, "1.2");
    assert_answer(&q, ESPBAK_BOOT_YES, "signatures are there but were not checked");
    fixture_close(&f);
}

static void unknown_stays_unknown(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    q.outline = true;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "were not read");
    assert_string_equal(espbak_boot_active(&report)->image.app.version, "1.2");
    q.outline = false;
    espbak_error err = {0};
    espbak_partition_table table;
    assert_int_equal(entries_copy(&table, &report.table, &err), ESPBAK_OK);
    q.table = &table;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "came from a file");
    q.encrypted = true;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "the flash is encrypted");
    assert_int_equal(report.app_count, 3);
    assert_false(report.apps[0].present || report.bootloader_found);
    espbak_partition_table_free(&table);
    fixture_close(&f);
}

static void esp8266_is_proven_no_or_unknown(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    q.chip_id = ESPBAK_IMAGE_NO_CHIP_ID;
    q.esp8266_layouts = true;
    memset(f.bytes, 0xFF, 0x8000);
    assert_answer(&q, ESPBAK_BOOT_NO, "what stands at 0x0 is no image");
    memcpy(f.bytes, "\xE9\x01\x02\x40\x00\x00\x10\x40\x00\x00\x10\x40\x04\x00\x00\x00\x01\x02\x03\x04", 20);
    memset(f.bytes + 20, 0, 12);
    assert_answer(&q, ESPBAK_BOOT_NO, "the checksum of the image at 0x0 is wrong");
    f.bytes[31] = 0xEF ^ 1 ^ 2 ^ 3 ^ 4;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "RTOS SDK");
    assert_true(report.table_found && report.app_count == 3);
    memcpy(f.bytes + OTA1, f.bytes, 32);
    assert_answer(&q, ESPBAK_BOOT_YES, "the loader at 0x0 is right, and so is ota_1 (RTOS SDK)");
    fixture_close(&f);
}

/* A loader starts nothing by itself, and is known by what it prints or where it runs. */
static void esp8266_loader_alone_starts_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *prints;
        uint32_t entry;
        espbak_boot_verdict verdict;
        const char *says;
    } loaders[] = {
        {"2nd boot version : 1.7", 0x40100000, ESPBAK_BOOT_NO, "nothing it could start is whole (two slots"},
        {"rBoot v1.4.2", 0x40100000, ESPBAK_BOOT_NO, "nothing it could start is whole (rBoot)"},
        {"", 0x4010F000, ESPBAK_BOOT_NO, "nothing it could start is whole (Arduino core)"},
        {"load partition table error!", 0x40100000, ESPBAK_BOOT_NO, "there is no partition table"},
        {"hello", 0x40100000, ESPBAK_BOOT_YES, "the image at 0x0 starts"},
    };
    fixture f;
    espbak_boot_question q = good(&f);
    q.chip_id = ESPBAK_IMAGE_NO_CHIP_ID;
    q.esp8266_layouts = true;
    for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
        enum { DATA = 32 };
        memset(f.bytes, 0xFF, FLASH);
        memcpy(f.bytes, "\xE9\x01\x02\x40\x00\x00\x10\x40\x00\x00\x10\x40\x20\x00\x00\x00", 16);
        bytes_put_le32(f.bytes + 4, loaders[i].entry);
        memset(f.bytes + 16, 0, DATA + 16);
        memcpy(f.bytes + 16, loaders[i].prints, strlen(loaders[i].prints));
        f.bytes[16 + DATA + 15] = 0xEF;
        for (size_t k = 0; k < DATA; k++)
            f.bytes[16 + DATA + 15] ^= f.bytes[16 + k];
        assert_answer(&q, loaders[i].verdict, loaders[i].says);
        memcpy(f.bytes + 0x1000, "\xE1\x01\x00\x00\x00\x01\x00\x00\x00\x20\x00\x00", 12);
        if (i + 1 == sizeof(loaders) / sizeof(loaders[0]))
            assert_answer(&q, ESPBAK_BOOT_NO, "nothing it could start is whole (rBoot)");
    }
    fixture_close(&f);
}

static void header_of_a_smaller_flash_is_told(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    const fixture_row large[] = {{"factory", 0, 0, FACTORY, 0x200000}};
    fixture_table(&f, TABLE, large, 1);
    memset(f.bytes + OTADATA, 0xFF, 0x2000);
    q.reader.size = FLASH;
    assert_answer(&q, ESPBAK_BOOT_NO, "partition factory ends beyond 1 MB");
    fixture_close(&f);
    q = good(&f);
    f.bytes = realloc(f.bytes, 4 * FLASH);
    assert_non_null(f.bytes);
    f.size = q.reader.size = 4 * FLASH;
    fixture_table(&f, TABLE, large, 1);
    assert_answer(&q, ESPBAK_BOOT_NO, "partition factory ends beyond 1 MB");
    f.bytes[3] = 0x2F; /* 4 MB */
    assert_answer(&q, ESPBAK_BOOT_YES, "factory starts");
    q.whole = true;
    f.bytes[3] = 0x3F; /* 8 MB */
    assert_answer(&q, ESPBAK_BOOT_YES, "factory starts");
    assert_finding(&report.findings, "the bootloader's header names a flash of 8 MB, and this one has 4096 KB");
    fixture_close(&f);
}

static void second_bootloader_may_take_over(void **state)
{
    (void)state;
    fixture f;
    const espbak_boot_question q = good(&f);
    const fixture_row two[] = {{"factory", 0, 0, FACTORY, 0x30000}, {"second", 2, 2, 0xF0000, 0x8000}};
    fixture_table(&f, TABLE, two, 2);
    f.bytes[600] ^= 1;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "the checksum of the bootloader at 0x0 is wrong, but the one in second may");
    memset(f.bytes, 0xFF, 0x1000);
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "erased at 0x0, but the one in second may take its place");
    fixture_close(&f);
}

static void revisions_of_applications(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    bytes_put_le16(f.bytes + OTA1 + 15, 2);
    fixture_seal(&f, OTA1, 0);
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 is selected but cannot start (it needs a newer revision of the chip)");
    q.revision = 300; /* above what all images name */
    assert_answer(&q, ESPBAK_BOOT_NO, "ota_1 cannot start: it is for revisions of the chip up to v1.99");
    q.revision_known = false;
    assert_answer(&q, ESPBAK_BOOT_YES, "ota_1 starts");
    assert_string_equal(report.condition, "on a chip of at least v0.2");
    assert_int_equal(report.findings.count, 0);
    fixture_close(&f);
}

static espbak_status fail_late(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    fixture *f = ctx;
    if (f->reads-- == 0)
        return espbak_fail(err, ESPBAK_E_LINK, "gone");
    memcpy(buffer, f->bytes + offset, size);
    return ESPBAK_OK;
}

/* Whichever read fails, its error is what comes out. */
static void errors_of_the_own_come_out(void **state)
{
    (void)state;
    fixture f;
    espbak_boot_question q = good(&f);
    espbak_error err = {0};
    assert_answer(&q, ESPBAK_BOOT_YES, "");
    const size_t reads = f.reads;
    q.reader.read = fail_late;
    for (size_t i = 0; i < reads; i++) {
        f.reads = i;
        espbak_boot_report_free(&report);
        assert_int_equal(espbak_boot_examine(&q, &report, &err), ESPBAK_E_LINK);
    }
    fixture_close(&f);
}

TEST_GROUP(boot)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_flash_boots),
        cmocka_unit_test(headers_alone_can_answer),
        cmocka_unit_test(damaged_slot_gives_way),
        cmocka_unit_test(bootloader_must_fit),
        cmocka_unit_test(patched_bootloader_still_boots),
        cmocka_unit_test(missing_bootloader_is_no_or_unknown),
        cmocka_unit_test(table_must_be_whole),
        cmocka_unit_test(table_elsewhere_is_a_condition),
        cmocka_unit_test(secure_boot_needs_signatures),
        cmocka_unit_test(unknown_stays_unknown),
        cmocka_unit_test(esp8266_is_proven_no_or_unknown),
        cmocka_unit_test(esp8266_loader_alone_starts_nothing),
        cmocka_unit_test(header_of_a_smaller_flash_is_told),
        cmocka_unit_test(second_bootloader_may_take_over),
        cmocka_unit_test(revisions_of_applications),
        cmocka_unit_test(errors_of_the_own_come_out),
    };
    return RUN_GROUP(tests);
}
