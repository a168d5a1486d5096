/* SPDX-License-Identifier: Apache-2.0 */
/* Where a bootloader's code looks for the table: as compilers of both kinds of chip write the call. */
#include "image/verdict/table_place.h"
#include "support/group.h"
#include "support/image_fixture.h"

enum { FLASH = 0x40000, CHIP = 9, OWN_TABLE = 0xD000, CODE = 32 + FIXTURE_SEGMENT + 8, IRAM = 0x40380000 };

static const espbak_boot_memory riscv = {
    .iram = {IRAM, IRAM + 0x10000},
    .mapped = {{0x42000000, 0x43000000}},
    .dram = {0x3C000000, 0x3D000000},
    .loader = {IRAM + 0x8000, IRAM + 0x10000},
};
static const espbak_boot_memory xtensa = {.iram = {IRAM, IRAM + 0x10000}, .xtensa = true};

typedef struct code_row {
    const char *name;
    const espbak_boot_memory *chip;
    uint64_t place;
    size_t size;
    uint8_t bytes[40];
} code_row;

static const code_row codes[] = {
    {"lui", &riscv, 0x8000, 12, {0x85, 0x65, 0x93, 0x85, 0x05, 0xC0, 0x21, 0x65, 0xEF, 0xF0, 0xDF, 0x96}},
    {"lui, auipc and jalr",
     &riscv,
     0xC000,
     16,
     {0x05, 0x64, 0x93, 0x05, 0x04, 0xC0, 0x31, 0x65, 0x97, 0x00, 0x00, 0x00, 0xE7, 0x80, 0x00, 0x00}},
    {"long lui, and a move",
     &riscv,
     0x23000,
     16,
     {0x37, 0x34, 0x02, 0x00, 0x85, 0x65, 0x93, 0x85, 0x05, 0xC0, 0x22, 0x85, 0xEF, 0x00, 0x40, 0x00}},
    {"shifted",
     &riscv,
     0x9000,
     14,
     {0x25, 0x45, 0x32, 0x05, 0x85, 0x65, 0x93, 0x85, 0x05, 0xC0, 0xEF, 0x00, 0x40, 0x00}},
    {"another size", &riscv, 0, 12, {0x85, 0x65, 0x93, 0x85, 0x05, 0xB0, 0x21, 0x65, 0xEF, 0xF0, 0xDF, 0x96}},
    {"lost by a call before",
     &riscv,
     0,
     16,
     {0x85, 0x65, 0x93, 0x85, 0x05, 0xC0, 0xEF, 0xF0, 0xDF, 0x96, 0x21, 0x65, 0xEF, 0xF0, 0xDF, 0x96}},
    {"two places", &riscv, 0, 24, {0x85, 0x65, 0x93, 0x85, 0x05, 0xC0, 0x21, 0x65, 0xEF, 0xF0, 0xDF, 0x96,
                                   0x85, 0x65, 0x93, 0x85, 0x05, 0xC0, 0x25, 0x65, 0xEF, 0xF0, 0xDF, 0x96}},
    {"slli",
     &xtensa,
     0x8000,
     16,
     {0x36, 0x61, 0x00, 0x0C, 0x3B, 0x0C, 0x1A, 0x60, 0xBB, 0x11, 0x10, 0xAA, 0x11, 0x65, 0x9D, 0xFF}},
    {"slli of 12",
     &xtensa,
     0x9000,
     16,
     {0x36, 0x61, 0x00, 0x0C, 0x3B, 0x0C, 0x9A, 0x60, 0xBB, 0x11, 0x40, 0xAA, 0x11, 0x65, 0x9D, 0xFF}},
    {"literals", &xtensa, 0x18000, 20, {0x00, 0x80, 0x01, 0x00, 0x00, 0x0C, 0x00, 0x00, 0x36, 0x61,
                                        0x00, 0xA1, 0xFD, 0xFF, 0xB1, 0xFD, 0xFF, 0x65, 0x9D, 0xFF}},
    {"no function", &xtensa, 0, 13, {0x0C, 0x3B, 0x0C, 0x1A, 0x60, 0xBB, 0x11, 0x10, 0xAA, 0x11, 0x65, 0x9D, 0xFF}},
};

/* A bootloader with these bytes at the beginning of its code. */
static espbak_image bootloader_of(fixture *f, const uint8_t *code, size_t size)
{
    espbak_image image;
    bool found = false;
    fixture_image(f, 0, CHIP, FIXTURE_BOOTLOADER, NULL);
    memset(f->bytes + CODE, 0, FIXTURE_SECOND);
    memcpy(f->bytes + CODE, code, size);
    fixture_seal(f, 0, 0);
    assert_int_equal(espbak_image_examine(&f->reader, 0, f->size, ESPBAK_IMAGE_OUTLINE, &image, &found, NULL, NULL),
                     ESPBAK_OK);
    assert_true(found);
    return image;
}

static void code_says_the_place(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, FLASH);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        uint64_t place = 1;
        const espbak_image image = bootloader_of(&f, codes[i].bytes, codes[i].size);
        assert_int_equal(table_place_find(&f.reader, &image, codes[i].chip, &place, NULL), ESPBAK_OK);
        if (place != codes[i].place)
            fail_msg("%s: 0x%llx", codes[i].name, (unsigned long long)place);
    }
    fixture_close(&f);
}

/* Bytes that are no code, in every length, and code that ends in the middle of an instruction. */
static void no_code_is_no_trouble(void **state)
{
    (void)state;
    fixture f;
    uint64_t place;
    uint8_t noise[FIXTURE_SECOND];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
    fixture_open(&f, FLASH);
    espbak_image image = bootloader_of(&f, noise, sizeof(noise));
    for (uint32_t size = 0; size <= 256; size++) {
        image.segments[1].size = size;
        assert_int_equal(table_place_find(&f.reader, &image, &riscv, &place, NULL), ESPBAK_OK);
        assert_int_equal(table_place_find(&f.reader, &image, &xtensa, &place, NULL), ESPBAK_OK);
    }
    fixture_close(&f);
}

static void assert_answer(const espbak_boot_question *q, espbak_boot_verdict verdict, const char *cause, uint64_t table,
                          const char *finding)
{
    espbak_boot_report report;
    assert_int_equal(espbak_boot_examine(q, &report, NULL), ESPBAK_OK);
    assert_string_equal(report.cause, cause);
    assert_int_equal(report.verdict, verdict);
    assert_int_equal(report.table.offset, table);
    if (finding != NULL)
        assert_finding(&report.findings, finding);
    espbak_boot_report_free(&report);
}

/* A bootloader that was built for 0xD000, with the older table still at 0x8000. */
static void the_bootloaders_own_table_counts(void **state)
{
    (void)state;
    fixture f;
    static const uint8_t code[] = {0x85, 0x65, 0x93, 0x85, 0x05, 0xC0, 0x35, 0x65, 0xEF, 0xF0, 0xDF, 0x96};
    const fixture_row old[] = {{"old", 0, 0, 0x20000, 0x8000}}, rows[] = {{"factory", 0, 0, 0x10000, 0x8000}};
    fixture_open(&f, FLASH);
    bootloader_of(&f, code, sizeof(code));
    fixture_image(&f, 0x10000, CHIP, FIXTURE_APP, "1.0");
    fixture_table(&f, 0x8000, old, 1);
    fixture_table(&f, OWN_TABLE, rows, 1);
    espbak_boot_question q = {.reader = f.reader,
                              .table_offset = ESPBAK_PARTITION_TABLE_ANYWHERE,
                              .chip_id = CHIP,
                              .chip_known = true,
                              .revision_known = true,
                              .memory = &riscv};
    assert_answer(&q, ESPBAK_BOOT_YES, "starts", OWN_TABLE, "more partition tables, at 0x8000: this bootloader reads");
    q.table_offset = 0x8000;
    assert_answer(&q, ESPBAK_BOOT_UNKNOWN, "table-not-its", 0x8000, NULL);
    q.table_offset = ESPBAK_PARTITION_TABLE_ANYWHERE;
    memset(f.bytes + OWN_TABLE, 0xFF, 0x1000);
    assert_answer(&q, ESPBAK_BOOT_NO, "table-elsewhere", 0x8000, NULL);
    fixture_close(&f);
}

TEST_GROUP(table_place)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_says_the_place),
        cmocka_unit_test(no_code_is_no_trouble),
        cmocka_unit_test(the_bootloaders_own_table_counts),
    };
    return RUN_GROUP(tests);
}
