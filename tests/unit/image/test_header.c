/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "espbak/image.h"
#include "support/group.h"

/* An ESP32-S3 bootloader as current ESP-IDF writes it: DIO, 80 MHz, 16 MB, from v0.0 to v0.99. */
static const uint8_t s3[ESPBAK_IMAGE_HEADER_SIZE] = {
    0xE9, 0x03, 0x02, 0x4F, 0x18, 0x89, 0x3C, 0x40, /* magic, segments, mode, speed and size, entry */
    0xEE, 0x00, 0x00, 0x00,                         /* write-protect pin, drive strengths */
    0x09, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00,       /* chip id, old minimum, minimum, maximum */
    0x00, 0x00, 0x00, 0x00, 0x01,
};

/* The start of an ESP8266 image: two segments, entry and first segment in IRAM. */
static const uint8_t esp8266[ESPBAK_IMAGE_HEADER_SIZE] = {
    0xE9, 0x02, 0x02, 0x40, 0x90, 0xF1, 0x10, 0x40, 0x00, 0xF0, 0x10, 0x40,
    0x60, 0x0E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04,
};

static void fields_are_taken(void **state)
{
    (void)state;
    espbak_image_header header;
    assert_true(espbak_image_header_parse(&header, s3));
    assert_int_equal(header.chip_id, 9);
    assert_int_equal(header.segment_count, 3);
    assert_int_equal(header.flash_mode, 2);
    assert_int_equal(header.flash_speed, 15);
    assert_int_equal(header.flash_size, 4);
    assert_int_equal(header.entry, 0x403C8918);
    assert_int_equal(header.min_revision, 0);
    assert_int_equal(header.max_revision, 99);
    assert_true(header.hash_appended);
}

static void esp8266_has_no_chip_id(void **state)
{
    (void)state;
    espbak_image_header header;
    assert_true(espbak_image_header_parse(&header, esp8266));
    assert_int_equal(header.chip_id, ESPBAK_IMAGE_NO_CHIP_ID);
    assert_int_equal(header.min_revision, 0);
    assert_int_equal(header.max_revision, ESPBAK_IMAGE_ANY_REVISION);
    assert_false(header.hash_appended);
}

static void what_is_no_header_is_refused(void **state)
{
    (void)state;
    espbak_image_header header;
    uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE];
    static const uint8_t segments[] = {0, 17, 0xFF};
    memset(bytes, 0xFF, sizeof(bytes));
    assert_false(espbak_image_header_parse(&header, bytes));
    memset(bytes, 0, sizeof(bytes));
    assert_false(espbak_image_header_parse(&header, bytes));
    for (size_t i = 0; i < sizeof(segments); i++) {
        memcpy(bytes, s3, sizeof(bytes));
        bytes[1] = segments[i];
        assert_false(espbak_image_header_parse(&header, bytes));
    }
}

static void old_revision_byte_counts_as_each_chip_meant_it(void **state)
{
    (void)state;
    static const struct {
        uint8_t chip, old;
        uint16_t min, max;
        unsigned expected_min, expected_max;
    } rows[] = {
        {0, 3, 0, 0, 300, ESPBAK_IMAGE_ANY_REVISION},       /* ESP32: majors */
        {2, 1, 0, 0, 100, ESPBAK_IMAGE_ANY_REVISION},       /* ESP32-S2: majors */
        {5, 3, 0, 0, 3, ESPBAK_IMAGE_ANY_REVISION},         /* ESP32-C3: minors */
        {5, 3, 4, 199, 4, 199},                             /* the full fields win */
        {0, 3, 0, 399, 0, 399},                             /* also where the minimum is v0.0 */
        {18, 0, 301, 65535, 301, ESPBAK_IMAGE_ANY_REVISION} /* ESP32-P4, no maximum */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_image_header header;
        uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE];
        memcpy(bytes, s3, sizeof(bytes));
        bytes[12] = rows[i].chip;
        bytes[14] = rows[i].old;
        bytes[15] = (uint8_t)rows[i].min;
        bytes[16] = (uint8_t)(rows[i].min >> 8);
        bytes[17] = (uint8_t)rows[i].max;
        bytes[18] = (uint8_t)(rows[i].max >> 8);
        assert_true(espbak_image_header_parse(&header, bytes));
        assert_int_equal(header.min_revision, rows[i].expected_min);
        assert_int_equal(header.max_revision, rows[i].expected_max);
    }
}

static void fit_is_chip_and_revision(void **state)
{
    (void)state;
    const espbak_image_header header = {.chip_id = 0, .min_revision = 100, .max_revision = 399};
    assert_int_equal(espbak_image_fits(&header, 9, true, 100), ESPBAK_IMAGE_OTHER_CHIP);
    assert_int_equal(espbak_image_fits(&header, 0, true, 99), ESPBAK_IMAGE_NEEDS_NEWER);
    assert_int_equal(espbak_image_fits(&header, 0, true, 100), ESPBAK_IMAGE_FITS);
    assert_int_equal(espbak_image_fits(&header, 0, true, 399), ESPBAK_IMAGE_FITS);
    assert_int_equal(espbak_image_fits(&header, 0, true, 400), ESPBAK_IMAGE_NEEDS_OLDER);
    assert_int_equal(espbak_image_fits(&header, 0, false, 0), ESPBAK_IMAGE_FITS);
}

static espbak_status read_s3(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    if (ctx != NULL)
        return espbak_fail(err, ESPBAK_E_LINK, "gone");
    memcpy(buffer, s3 + (offset - 0x1000), size);
    return ESPBAK_OK;
}

static void own_is_asked_only_for_what_is_there(void **state)
{
    (void)state;
    espbak_error err = {0};
    espbak_image_header header;
    bool found = false;
    espbak_image_reader reader = {.read = read_s3, .size = 0x1000 + sizeof(s3)};
    assert_int_equal(espbak_image_header_read(&reader, 0x1000, &header, &found, &err), ESPBAK_OK);
    assert_true(found);
    assert_int_equal(espbak_image_header_read(&reader, 0x1001, &header, &found, &err), ESPBAK_OK);
    assert_false(found);
    assert_int_equal(espbak_image_header_read(&reader, UINT64_MAX, &header, &found, &err), ESPBAK_OK);
    assert_false(found);
    reader.ctx = &reader;
    assert_int_equal(espbak_image_header_read(&reader, 0x1000, &header, &found, &err), ESPBAK_E_LINK);
    assert_false(found);
}

TEST_GROUP(header)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_taken),
        cmocka_unit_test(esp8266_has_no_chip_id),
        cmocka_unit_test(what_is_no_header_is_refused),
        cmocka_unit_test(old_revision_byte_counts_as_each_chip_meant_it),
        cmocka_unit_test(fit_is_chip_and_revision),
        cmocka_unit_test(own_is_asked_only_for_what_is_there),
    };
    return RUN_GROUP(tests);
}
