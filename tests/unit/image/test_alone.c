/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are one part of a flash. */
#include <string.h>

#include "base/bytes.h"
#include "espbak/boot.h"
#include "espbak/chip.h"
#include "image/files/volume.h"
#include "support/group.h"
#include "support/image_fixture.h"

enum { CHIP = 9, SIZE = 0x40000 };

static const espbak_boot_memory memory = {.mapped = {{0x42000000, 0x44000000}, {0x3C000000, 0x3E000000}}};
static const espbak_chip chip = {.name = "esp32s3", .title = "ESP32-S3", .boot_memory = &memory};
static const fixture_row rows[] = {{"nvs", 1, 2, 0x9000, 0x5000}, {"factory", 0, 0, 0x10000, 0x20000}};

static espbak_boot_report report;

static void assert_alone(const fixture *f, uint64_t size, const char *says)
{
    espbak_error err = {0};
    espbak_image_reader reader = f->reader;
    bool alone = false;
    reader.size = size;
    espbak_boot_report_free(&report);
    assert_int_equal(espbak_boot_examine_alone(&reader, &chip, &report, &alone, &err), ESPBAK_OK);
    if (alone != (says != NULL))
        fail_msg("%s: %d", says != NULL ? says : "nothing", alone);
    if (says != NULL && strstr(report.reason, says) == NULL)
        fail_msg("%s", report.reason);
}

static void parts_are_known(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, SIZE);
    fixture_image(&f, 0, CHIP, FIXTURE_BOOTLOADER, NULL);
    assert_alone(&f, 0x2000, "an application alone, without a description"); /* something goes into the cache */
    bytes_put_le32(f.bytes + 24, 0x3FC90000);
    fixture_seal(&f, 0, 0);
    assert_alone(&f, 0x2000, "a bootloader alone, of ESP32-S3, ESP-IDF v5.4.1, sound: it belongs at 0x0");
    assert_alone(&f, 0x8000, "a bootloader alone"); /* as a backup of parts has it */
    f.bytes[0x7000] = 0;
    assert_alone(&f, 0x8000, NULL); /* that is a flash, and so are the next two */
    assert_alone(&f, SIZE, NULL);
    fixture_table(&f, 0x8000, rows, 2);
    assert_alone(&f, 0x9000, NULL);
    memset(f.bytes, 0xFF, SIZE);
    fixture_image(&f, 0, CHIP, FIXTURE_APP, "1.0");
    assert_alone(&f, 0x4000, "an application alone");
    memset(f.bytes, 0xFF, SIZE);
    assert_alone(&f, 0x2000, NULL);
    fixture_table(&f, 0, rows, 2);
    assert_alone(&f, 0xC00, "a partition table alone, of 2 partitions");
    assert_true(report.table_found && report.table.count == 2);
    assert_alone(&f, SIZE, NULL);
    memset(f.bytes, 0xFF, SIZE);
    fixture_otadata(f.bytes, 7, 2);
    assert_alone(&f, 0x2000, "otadata alone, with the number 7");
    assert_alone(&f, 0x4000, NULL);
    espbak_boot_report_free(&report);
    fixture_close(&f);
}

static const char *find(const fixture *f, uint64_t offset, uint64_t size)
{
    espbak_error err = {0};
    const char *name;
    assert_int_equal(volume_find(&f->reader, offset, size, &name, &err), ESPBAK_OK);
    return name;
}

static void file_systems_are_named(void **state)
{
    (void)state;
    enum { AT = 0x10000, VOLUME = 0x20000 };
    fixture f;
    fixture_open(&f, SIZE);
    assert_null(find(&f, AT, VOLUME));
    memcpy(f.bytes + AT + 0x1008, "littlefs", 8);
    assert_string_equal(find(&f, AT, VOLUME), "LittleFS");
    memset(f.bytes + AT, 0xFF, VOLUME);
    memcpy(f.bytes + AT, "\xEB\xFE\x90MSDOS5.0\x00\x10\x01\x01\x00\x01", 17);
    bytes_put_le16(f.bytes + AT + 510, 0xAA55);
    assert_string_equal(find(&f, AT, VOLUME), "FAT");
    memset(f.bytes + AT, 0xFF, VOLUME);
    for (unsigned i = 0; i < VOLUME / 0x1000; i++)
        bytes_put_le16(f.bytes + AT + i * 0x1000 + 252, (uint16_t)(0x0529 ^ 256 ^ (VOLUME / 0x1000 - i)));
    assert_string_equal(find(&f, AT, VOLUME), "SPIFFS");
    assert_null(find(&f, AT, VOLUME - 0x1000)); /* its size is in its magic */
    assert_alone(&f, SIZE, NULL);
    memmove(f.bytes, f.bytes + AT, VOLUME);
    assert_alone(&f, VOLUME, "a file system alone, SPIFFS");
    espbak_boot_report_free(&report);
    /* The end of what there is. */
    assert_null(find(&f, SIZE - 0x800, 0x2000));
    assert_null(find(&f, SIZE, 0x2000));
    fixture_close(&f);
}

TEST_GROUP(alone)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_known),
        cmocka_unit_test(file_systems_are_named),
    };
    return RUN_GROUP(tests);
}
