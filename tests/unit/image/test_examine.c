/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "support/group.h"
#include "support/image_fixture.h"

enum { AT = 0x10000, FLASH = 0x40000, CHIP = 9 };

static espbak_image examine(fixture *f, uint64_t limit, bool *found, espbak_findings *findings)
{
    espbak_error err = {0};
    espbak_image image;
    espbak_findings_free(findings);
    assert_int_equal(espbak_image_examine(&f->reader, AT, limit, ESPBAK_IMAGE_CONTENTS, &image, found, findings, &err),
                     ESPBAK_OK);
    return image;
}

static void application_says_what_it_is(void **state)
{
    (void)state;
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    const size_t size = fixture_image(&f, AT, CHIP, FIXTURE_APP, "1.2.3");
    const espbak_image image = examine(&f, 0x20000, &found, &findings);
    assert_true(found && image.whole && image.checked && image.checksum_ok && image.sha256_ok);
    assert_true(espbak_image_sound(&image));
    assert_int_equal(findings.count, 0);
    assert_int_equal(image.size, size);
    assert_int_equal(image.segment_count, 2);
    assert_int_equal(image.segments[0].address, 0x3C000020);
    assert_int_equal(image.segments[0].size, FIXTURE_SEGMENT);
    assert_int_equal(image.segments[0].offset, AT + 32);
    assert_int_equal(image.segments[1].size, FIXTURE_SECOND);
    assert_true(image.app_described && !image.bootloader_described);
    assert_string_equal(image.app.project, "fixture");
    assert_string_equal(image.app.version, "1.2.3");
    assert_string_equal(image.app.idf, "v5.5");
    assert_string_equal(image.app.date, "Feb  2 2026");
    assert_string_equal(image.app.time, "12:34:56");
    assert_int_equal(image.app.secure_version, 7);
    assert_int_equal(image.app.elf_sha256[0], 0xE1);
    assert_int_equal(image.signature, ESPBAK_SIGNATURE_NONE);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void bootloader_says_what_it_is(void **state)
{
    (void)state;
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    fixture_image(&f, AT, CHIP, FIXTURE_BOOTLOADER, NULL);
    const espbak_image image = examine(&f, 0x20000, &found, &findings);
    assert_true(image.bootloader_described && image.esp_idf && !image.app_described);
    assert_string_equal(image.bootloader.idf, "v5.4.1");
    assert_string_equal(image.bootloader.compiled, "Jan  1 2026 12:00:00");
    assert_int_equal(image.bootloader.version, 1);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

/* Old bootloaders have no description; the words stand across the end of a 4096-byte piece. */
static void old_bootloader_is_known_by_its_words(void **state)
{
    (void)state;
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    fixture_image(&f, AT, CHIP, FIXTURE_BOOTLOADER, NULL);
    f.bytes[AT + 32] = 0;
    fixture_seal(&f, AT, 0);
    assert_false(examine(&f, 0x20000, &found, &findings).esp_idf);
    memcpy(f.bytes + AT + 4090, "2nd stage bootloader", 20);
    fixture_seal(&f, AT, 0);
    assert_true(examine(&f, 0x20000, &found, &findings).esp_idf);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void outline_reads_little(void **state)
{
    (void)state;
    fixture f;
    espbak_error err = {0};
    espbak_image image;
    bool found = false;
    fixture_open(&f, FLASH);
    fixture_image(&f, AT, CHIP, FIXTURE_APP, "1.2.3");
    assert_int_equal(espbak_image_examine(&f.reader, AT, 0x20000, ESPBAK_IMAGE_OUTLINE, &image, &found, NULL, &err),
                     ESPBAK_OK);
    assert_true(found && image.whole && image.app_described && !image.checked);
    assert_false(espbak_image_sound(&image));
    assert_true(f.bytes_read < 2048);
    fixture_close(&f);
}

static void any_changed_byte_is_noticed(void **state)
{
    (void)state;
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    const size_t size = fixture_image(&f, AT, CHIP, FIXTURE_APP, "1");
    f.bytes[AT + 5000] ^= 1;
    espbak_image image = examine(&f, 0x20000, &found, &findings);
    assert_true(image.whole && !image.checksum_ok && !image.sha256_ok && !espbak_image_sound(&image));
    assert_finding(&findings, "the checksum of the image at 0x10000 is wrong");
    f.bytes[AT + 5000] ^= 1;
    f.bytes[AT + size - 1] ^= 1;
    image = examine(&f, 0x20000, &found, &findings);
    assert_true(image.checksum_ok && !image.sha256_ok && !espbak_image_sound(&image));
    assert_finding(&findings, "the SHA-256 of the image at 0x10000 is wrong");
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void image_without_hash_is_sound(void **state)
{
    (void)state;
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    fixture_image(&f, AT, CHIP, FIXTURE_APP | FIXTURE_NO_HASH, "1");
    const espbak_image image = examine(&f, 0x20000, &found, &findings);
    assert_true(espbak_image_sound(&image) && !image.sha256_ok);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void impossible_sizes_are_findings(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0xFFFFFFFF, 0xFFFFFFFC, 0x1000000, 0x20000, 1002};
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    const size_t size = fixture_image(&f, AT, CHIP, FIXTURE_APP, "1");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        bytes_put_le32(f.bytes + AT + 28, sizes[i]);
        const espbak_image image = examine(&f, 0x20000, &found, &findings);
        assert_true(found && !image.whole && image.size == 0 && !espbak_image_sound(&image));
        assert_finding(&findings, "segment 1 of the image at 0x10000 is cut short or has an impossible size");
    }
    bytes_put_le32(f.bytes + AT + 28, FIXTURE_SEGMENT);
    assert_false(examine(&f, size - 1, &found, &findings).whole);
    assert_finding(&findings, "is cut short");
    assert_true(examine(&f, size, &found, &findings).whole);
    assert_true(examine(&f, UINT64_MAX, &found, &findings).whole);
    (void)examine(&f, 23, &found, &findings);
    assert_false(found);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void signatures_are_seen(void **state)
{
    (void)state;
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    const size_t size = fixture_image(&f, AT, CHIP, FIXTURE_APP | FIXTURE_SIGNED_V2, "1");
    assert_int_equal(examine(&f, 0x20000, &found, &findings).signature, ESPBAK_SIGNATURE_V2);
    f.bytes[AT + 0x2000 + 100] ^= 1;
    assert_int_equal(examine(&f, 0x20000, &found, &findings).signature, ESPBAK_SIGNATURE_NONE);
    assert_finding(&findings, "the signature block at 0x12000 is damaged");
    memset(f.bytes + AT + size, 0, 4);
    memset(f.bytes + AT + size + 4, 0x33, 64);
    assert_int_equal(examine(&f, 0x20000, &found, &findings).signature, ESPBAK_SIGNATURE_V1);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void fit_8266(fixture *f, size_t at, bool v2)
{
    uint8_t *p = f->bytes + at, sum = 0xEF;
    if (v2) {
        memcpy(p, "\xEA\x04\x02\x40\x00\x00\x10\x40\x00\x00\x00\x00\x20\x00\x00\x00", 16);
        memset(p + 16, 0x77, 32); /* code that stays in flash, outside the checksum */
        p += 48;
    }
    memcpy(p, "\xE9\x01\x02\x40\x00\x00\x10\x40\x00\x00\x10\x40\x10\x00\x00\x00", 16);
    for (size_t i = 0; i < 16; i++)
        sum ^= p[16 + i] = (uint8_t)(i * 3);
    memset(p + 32, 0, 16);
    p[47] = sum;
    if (v2) {
        const uint32_t crc = crc32_update(0, f->bytes + at, 96);
        bytes_put_le32(p + 48, (crc & 0x80000000) != 0 ? ~crc : crc + 1);
    }
}

static void esp8266_images_of_both_kinds(void **state)
{
    (void)state;
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    fit_8266(&f, AT, false);
    espbak_image image = examine(&f, 0x20000, &found, &findings);
    assert_true(found && image.format == 1 && espbak_image_sound(&image));
    assert_int_equal(image.header.chip_id, ESPBAK_IMAGE_NO_CHIP_ID);
    assert_int_equal(image.size, 48);
    fit_8266(&f, AT, true);
    image = examine(&f, 0x20000, &found, &findings);
    assert_true(found && image.format == 2 && espbak_image_sound(&image));
    assert_int_equal(image.segment_count, 2);
    assert_int_equal(image.segments[0].size, 32);
    assert_int_equal(image.size, 100);
    assert_int_equal(findings.count, 0);
    f.bytes[AT + 20] ^= 1; /* seen by the CRC only */
    image = examine(&f, 0x20000, &found, &findings);
    assert_true(image.checksum_ok);
    assert_finding(&findings, "the CRC of the image");
    fixture_close(&f);
    espbak_findings_free(&findings);
}

/* Images for rBoot have no CRC, and some have the code that stays in flash in their checksum. */
static void esp8266_images_for_rboot(void **state)
{
    (void)state;
    fixture f;
    bool found = false;
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    fit_8266(&f, AT, true);
    f.reader.size = AT + 96; /* it ends with its checksum */
    espbak_image image = examine(&f, 0x20000, &found, &findings);
    assert_true(found && espbak_image_sound(&image));
    assert_int_equal(image.size, 96);
    assert_int_equal(findings.count, 0);
    f.bytes[AT + 16] ^= 0x21;
    f.bytes[AT + 95] ^= 0x21;
    image = examine(&f, 0x20000, &found, &findings);
    assert_true(image.checksum_ok);
    f.bytes[AT + 95] ^= 1;
    image = examine(&f, 0x20000, &found, &findings);
    assert_false(image.checksum_ok);
    fixture_close(&f);
    espbak_findings_free(&findings);
}

static void esp8266_layouts_are_told_apart(void **state)
{
    (void)state;
    fixture f;
    espbak_error err = {0};
    espbak_esp8266_report report;
    fixture_open(&f, 0x100000);
    fit_8266(&f, 0, false);
    assert_int_equal(espbak_esp8266_examine(&f.reader, ESPBAK_IMAGE_CONTENTS, &report, NULL, &err), ESPBAK_OK);
    assert_int_equal(report.layout, ESPBAK_ESP8266_NON_OTA);
    fit_8266(&f, 0x1000, true);
    fit_8266(&f, 0x81000, true);
    assert_int_equal(espbak_esp8266_examine(&f.reader, ESPBAK_IMAGE_CONTENTS, &report, NULL, &err), ESPBAK_OK);
    assert_int_equal(report.layout, ESPBAK_ESP8266_TWO_SLOT);
    assert_true(report.slot_found[0] && report.slot_found[1]);
    assert_int_equal(report.slots[1].offset, 0x81000);
    assert_true(espbak_image_sound(&report.slots[0]) && espbak_image_sound(&report.slots[1]));
    memset(f.bytes + 0x1000, 0xFF, 0xFF000);
    fit_8266(&f, 0x1000, false);
    bytes_put_le32(f.bytes + 4, 0x4010F000);
    memset(f.bytes + 0x1000, 0xFF, 0x1000);
    fit_8266(&f, 0x2000, true);
    assert_int_equal(espbak_esp8266_examine(&f.reader, ESPBAK_IMAGE_OUTLINE, &report, NULL, &err), ESPBAK_OK);
    assert_int_equal(report.layout, ESPBAK_ESP8266_RBOOT);
    memcpy(f.bytes + 0x1000, "\xE1\x01\x00\x01\x00\x02\x00\x00\x00\x20\x00\x00\x00\x20\x08\x00", 16);
    fit_8266(&f, 0x82000, true);
    assert_int_equal(espbak_esp8266_examine(&f.reader, ESPBAK_IMAGE_OUTLINE, &report, NULL, &err), ESPBAK_OK);
    assert_int_equal(report.layout, ESPBAK_ESP8266_RBOOT);
    assert_true(report.slot_found[1] && report.slots[1].offset == 0x82000);
    memset(f.bytes + 0x1000, 0xFF, 0xFF000);
    fit_8266(&f, 0x1000, false);
    assert_int_equal(espbak_esp8266_examine(&f.reader, ESPBAK_IMAGE_OUTLINE, &report, NULL, &err), ESPBAK_OK);
    assert_int_equal(report.layout, ESPBAK_ESP8266_ARDUINO);
    static const fixture_row rows[] = {{"nvs", 1, 2, 0x9000, 0x6000}, {"factory", 0, 0, 0x10000, 0xF0000}};
    fixture_table(&f, 0x8000, rows, 2);
    assert_int_equal(espbak_esp8266_examine(&f.reader, ESPBAK_IMAGE_OUTLINE, &report, NULL, &err), ESPBAK_OK);
    assert_int_equal(report.layout, ESPBAK_ESP8266_RTOS);
    memset(f.bytes, 0xFF, f.size);
    assert_int_equal(espbak_esp8266_examine(&f.reader, ESPBAK_IMAGE_OUTLINE, &report, NULL, &err), ESPBAK_OK);
    assert_int_equal(report.layout, ESPBAK_ESP8266_UNKNOWN);
    fixture_close(&f);
}

TEST_GROUP(examine)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(application_says_what_it_is),          cmocka_unit_test(bootloader_says_what_it_is),
        cmocka_unit_test(old_bootloader_is_known_by_its_words), cmocka_unit_test(outline_reads_little),
        cmocka_unit_test(any_changed_byte_is_noticed),          cmocka_unit_test(image_without_hash_is_sound),
        cmocka_unit_test(impossible_sizes_are_findings),        cmocka_unit_test(signatures_are_seen),
        cmocka_unit_test(esp8266_images_of_both_kinds),         cmocka_unit_test(esp8266_images_for_rboot),
        cmocka_unit_test(esp8266_layouts_are_told_apart),
    };
    return RUN_GROUP(tests);
}
