/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small made-up flashes, each row for each of three chips, and what is said of them. Where a row says what the device
 * does, an image with the same change was tried on its mask ROM, with ESP-IDF's own bootloader (v5.1); not these bytes.
 */
#include <stdio.h>
#include <string.h>

#include "espbak/boot.h"
#include "espbak/chip.h"
#include "support/image_fixture.h"

enum { FLASH = 1 << 20, TABLE = 0x8000, OTADATA = 0xE000, FACTORY = 0x20000, OTA0 = 0x40000, OTA1 = 0x60000 };
enum { SLOT = 0x20000, FIRST = 512, SECOND = 64, THIRD = 32, BEHIND = 24 + 8 + FIRST + 8 + SECOND + 8 + THIRD };
enum { ENTRY_AT = 4, FIRST_AT = 24, SECOND_AT = 32 + FIRST, THIRD_AT = 40 + FIRST + SECOND, WORDS_AT = 232 };

/* Values that differ between chips. */
enum { STACK = 1 << 30, DATA, LOADER, CACHE, NOWHERE, OTHER_CHIP, IN_RAM, IN_IRAM, MAPPED_TOO };

typedef struct corpus_chip {
    const char *name;
    uint32_t cache, code, ram, stack, data, loader;
    uint32_t entry; /* where the bootloader's smaller code is, which an application may overwrite, as here */
} corpus_chip;

static const corpus_chip corpus_chips[] = {
    {"esp32", 0x3F400020, 0x400D0000, 0x3FFB0000, 0x3FFE0000, 0x3FFF0030, 0x40078000, 0x40080400},
    {"esp32c3", 0x3C000020, 0x42000000, 0x3FC90000, 0x3FCDE000, 0x3FCD5820, 0x403CE710, 0x403CC710},
    {"esp32s3", 0x3C000020, 0x42000000, 0x3FC98000, 0x3FCEB000, 0x3FCE3818, 0x403CC700, 0x403C9704},
};

typedef enum target { BOOT = 1, IN_FACTORY, IN_OTA0, IN_OTA1, ROWS, ENTRIES } target;

/* `size` bytes of `value` at `at` of a target; images are sealed again unless it is done late. */
typedef struct patch {
    target where;
    unsigned at, size;
    uint32_t value;
    bool late;
} patch;

typedef struct corpus_row {
    const char *name;
    patch patches[3];
    const char *idf; /* of the bootloader; NULL: v5.1 */
    espbak_boot_verdict verdict;
    const char *cause, *starts, *condition;
    const char *device; /* what it did, where it was tried */
} corpus_row;

#define YES    ESPBAK_BOOT_YES
#define NO     ESPBAK_BOOT_NO
#define MAY    ESPBAK_BOOT_UNKNOWN
#define ROW(n) (32 * (n)) /* nvs, otadata, factory, ota_0, ota_1, data */

static const corpus_row corpus[] = {
    {"sound", {{0, 0, 0, 0, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"flash mode 5", {{BOOT, 2, 1, 5, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"flash mode 15", {{BOOT, 2, 1, 15, false}}, NULL, NO, "bootloader-mode", NULL, "", "invalid header"},
    {"flash mode 255", {{BOOT, 2, 1, 255, false}}, NULL, NO, "bootloader-mode", NULL, "", "invalid header"},
    {"flash speed 2", {{BOOT, 3, 1, 0x02, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"hash flag 0", {{BOOT, 23, 1, 0, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"hash flag 2", {{BOOT, 23, 1, 2, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"hash flag 255", {{BOOT, 23, 1, 255, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"17 segments", {{BOOT, 1, 1, 17, false}}, NULL, NO, "bootloader-none", NULL, "", "Invalid image block count: 17"},
    {"bootloader's checksum",
     {{BOOT, 64, 1, 0x77, true}},
     NULL,
     NO,
     "bootloader-checksum",
     NULL,
     "",
     "Checksum failure"},
    {"bootloader's chip",
     {{BOOT, 12, 2, OTHER_CHIP, false}},
     NULL,
     NO,
     "bootloader-other-chip",
     NULL,
     "",
     "Invalid chip id"},
    {"bootloader's revision", {{BOOT, 15, 2, 900, false}}, NULL, NO, "bootloader-revision", NULL, "", "resets"},
    {"bootloader's old revision", {{BOOT, 14, 1, 9, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"bootloader's highest revision", {{BOOT, 17, 2, 1, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"bootloader's entry", {{BOOT, 4, 4, 0, false}}, NULL, NO, "bootloader-entry", NULL, "", "crashes"},
    {"application in its place",
     {{BOOT, FIRST_AT, 4, CACHE, false}},
     NULL,
     NO,
     "bootloader-is-application",
     NULL,
     "",
     "crashes"},
    {"row that ends with the header",
     {{ROWS, ROW(5) + 8, 4, 0x80000, false}},
     NULL,
     YES,
     "starts",
     "ota_1",
     "",
     "starts"},
    {"data row beyond the header",
     {{ROWS, ROW(5) + 4, 4, 0x200000, false}},
     NULL,
     NO,
     "table-beyond-header",
     NULL,
     "",
     "resets"},
    {"header of 2 MB",
     {{ROWS, ROW(5) + 4, 4, 0x180000, false}, {BOOT, 3, 1, 0x1F, false}},
     NULL,
     YES,
     "starts",
     "ota_1",
     "",
     NULL},
    {"header of unknown size",
     {{ROWS, ROW(5) + 4, 4, 0x200000, false}, {BOOT, 3, 1, 0x8F, false}},
     NULL,
     NO,
     "table-beyond-header",
     NULL,
     "",
     "resets"},
    {"row that wraps", {{ROWS, ROW(5) + 8, 4, 0xFFFFF000, false}}, NULL, YES, "starts", "ota_1", "", NULL},
    {"row that wraps, v6.0", {{ROWS, ROW(5) + 8, 4, 0xFFFFF000, false}}, "v6.0.2", YES, "starts", "ota_1", "", NULL},
    {"row that wraps, v6.1", {{ROWS, ROW(5) + 8, 4, 0xFFFFF000, false}}, "v6.1", NO, "table-wraps", NULL, "", NULL},
    {"row that wraps, unknown",
     {{ROWS, ROW(5) + 8, 4, 0xFFFFF000, false}},
     "main",
     MAY,
     "table-wraps-by-version",
     NULL,
     "",
     NULL},
    {"wrong MD5", {{ROWS, ROW(1) + 12, 1, 'x', true}}, NULL, NO, "table-md5", NULL, "", NULL},
    {"small otadata", {{ROWS, ROW(1) + 8, 4, 0x1000, false}}, NULL, NO, "otadata-small", NULL, "", NULL},
    {"second otadata counts", {{ROWS, ROW(5) + 3, 1, 0, false}}, NULL, YES, "starts", "factory", "", NULL},
    {"otadata erased",
     {{ENTRIES, 0, 4, 0xFFFFFFFF, false}, {ENTRIES, 0x1000, 4, 0xFFFFFFFF, false}},
     NULL,
     YES,
     "starts",
     "factory",
     "",
     NULL},
    {"otadata damaged",
     {{ENTRIES, 28, 4, 1, false}, {ENTRIES, 0x101C, 4, 1, false}},
     NULL,
     YES,
     "starts",
     "factory",
     "",
     NULL},
    {"otadata of the lower slot", {{ENTRIES, 0x101C, 4, 1, false}}, NULL, YES, "starts", "ota_0", "", NULL},
    {"slot without bytes", {{ROWS, ROW(4) + 8, 4, 0, false}}, NULL, YES, "starts-instead", "ota_0", "", NULL},
    {"empty slot", {{IN_OTA1, 0, 4, 0xFFFFFFFF, true}}, NULL, YES, "starts-instead", "ota_0", "", NULL},
    {"slot's checksum", {{IN_OTA1, 100, 1, 0x77, true}}, NULL, YES, "starts-instead", "ota_0", "", NULL},
    {"slot's chip", {{IN_OTA1, 12, 2, OTHER_CHIP, false}}, NULL, YES, "starts-instead", "ota_0", "", NULL},
    {"slot's revision", {{IN_OTA1, 15, 2, 900, false}}, NULL, YES, "starts-instead", "ota_0", "", "resets if alone"},
    {"slot's old revision", {{IN_OTA1, 14, 1, 9, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"slot's old revision, v5.0", {{IN_OTA1, 14, 1, 255, false}}, "v5.0", YES, "starts-instead", "ota_0", "", NULL},
    {"slot's highest revision",
     {{IN_OTA1, 17, 2, 1, false}},
     NULL,
     YES,
     "starts-instead",
     "ota_0",
     "",
     "resets if alone"},
    {"slot's highest revision 0", {{IN_OTA1, 17, 2, 0, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"slot's hash flag 2", {{IN_OTA1, 23, 1, 2, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"slot's hash flag 2, wrong",
     {{IN_OTA1, 23, 1, 2, true}},
     NULL,
     YES,
     "starts-instead",
     "ota_0",
     "",
     "resets if alone"},
    {"slot's hash flag 0", {{IN_OTA1, 23, 1, 0, false}}, NULL, YES, "starts-without-sha256", "ota_1", "", "starts"},
    {"mapped segment elsewhere",
     {{IN_OTA1, FIRST_AT, 4, 0x3C0C8020, false}},
     NULL,
     YES,
     "starts-instead",
     "ota_0",
     "",
     "resets if alone"},
    {"padding", {{IN_OTA1, SECOND_AT, 4, 0, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"segment nowhere",
     {{IN_OTA1, SECOND_AT, 4, NOWHERE, false}},
     NULL,
     YES,
     "starts-instead",
     "ota_0",
     "",
     "resets if alone"},
    {"segment on the stack",
     {{IN_OTA1, SECOND_AT, 4, STACK, false}},
     NULL,
     YES,
     "starts-instead",
     "ota_0",
     "",
     "resets if alone"},
    {"segment on the data",
     {{IN_OTA1, SECOND_AT, 4, DATA, false}},
     NULL,
     YES,
     "starts-instead",
     "ota_0",
     "",
     "resets if alone"},
    {"segment on the loader",
     {{IN_OTA1, SECOND_AT, 4, LOADER, false}},
     NULL,
     YES,
     "starts-instead",
     "ota_0",
     "",
     "resets if alone"},
    {"only the factory is left",
     {{IN_OTA1, FIRST_AT, 4, 0x3C0C8020, false}, {IN_OTA0, FIRST_AT, 4, 0x3C0C8020, false}},
     NULL,
     YES,
     "starts-instead",
     "factory",
     "",
     NULL},
    {"nothing is left",
     {{IN_OTA1, FIRST_AT, 4, 0x3C0C8020, false},
      {IN_OTA0, FIRST_AT, 4, 0x3C0C8020, false},
      {IN_FACTORY, FIRST_AT, 4, 0x3C0C8020, false}},
     NULL,
     NO,
     "no-slot-of-several",
     NULL,
     "",
     "resets"},
    {"no mapped code", {{IN_OTA1, THIRD_AT, 4, IN_IRAM, false}}, NULL, NO, "slot-stops", NULL, "", "aborts"},
    {"no mapped code, v5.0", {{IN_OTA1, THIRD_AT, 4, IN_IRAM, false}}, "v5.0", NO, "slot-stops", NULL, "", "aborts"},
    {"no mapped code, v4.4",
     {{IN_OTA1, THIRD_AT, 4, IN_IRAM, false}, {IN_OTA1, ENTRY_AT, 4, IN_IRAM, false}},
     "v4.4",
     YES,
     "starts",
     "ota_1",
     "",
     "starts"},
    {"no mapped code, unknown version",
     {{IN_OTA1, THIRD_AT, 4, IN_IRAM, false}, {IN_OTA1, ENTRY_AT, 4, IN_IRAM, false}},
     "main",
     YES,
     "starts",
     "ota_1",
     "if this bootloader is older than ESP-IDF v5.0",
     NULL},
    {"no mapped code, no words of assertions",
     {{IN_OTA1, THIRD_AT, 4, IN_IRAM, false}, {IN_OTA1, ENTRY_AT, 4, IN_IRAM, false}, {BOOT, WORDS_AT, 1, 'a', false}},
     NULL,
     YES,
     "starts",
     "ota_1",
     "if this bootloader was built without assertions",
     NULL},
    {"no mapped data", {{IN_OTA1, FIRST_AT, 4, IN_RAM, false}}, NULL, NO, "slot-stops", NULL, "", "aborts"},
    {"neither",
     {{IN_OTA1, FIRST_AT, 4, IN_RAM, false}, {IN_OTA1, THIRD_AT, 4, IN_IRAM, false}},
     NULL,
     NO,
     "slot-stops",
     NULL,
     "",
     "aborts"},
    {"nothing mapped of another slot", {{IN_OTA0, FIRST_AT, 4, IN_RAM, false}}, NULL, YES, "starts", "ota_1", "", NULL},
    {"two segments of code", {{IN_OTA1, SECOND_AT, 4, MAPPED_TOO, false}}, NULL, YES, "starts", "ota_1", "", "starts"},
    {"two segments of code, begins in the first",
     {{IN_OTA1, SECOND_AT, 4, MAPPED_TOO, false}, {IN_OTA1, ENTRY_AT, 4, MAPPED_TOO, false}},
     NULL,
     NO,
     "slot-stops",
     NULL,
     "",
     "crashes"},
    {"begins nowhere", {{IN_OTA1, ENTRY_AT, 4, NOWHERE, false}}, NULL, NO, "slot-stops", NULL, "", "crashes"},
    {"begins at 0x100", {{IN_OTA1, ENTRY_AT, 4, 0x100, false}}, NULL, NO, "slot-stops", NULL, "", "crashes"},
};

static uint32_t value_for(const corpus_chip *chip, uint32_t value)
{
    switch (value) {
    case STACK:
        return chip->stack;
    case DATA:
        return chip->data;
    case LOADER:
        return chip->loader;
    case CACHE:
        return chip->cache;
    case NOWHERE:
        return 0x20000000;
    case OTHER_CHIP:
        return 99;
    case IN_RAM:
        return chip->ram + 0x1000;
    case IN_IRAM:
        return chip->entry;
    case MAPPED_TOO:
        return chip->code + 0x10000 + SECOND_AT + 8;
    default:
        return value;
    }
}

static const size_t places[] = {
    [IN_FACTORY] = FACTORY, [IN_OTA0] = OTA0, [IN_OTA1] = OTA1, [ROWS] = TABLE, [ENTRIES] = OTADATA};

static void apply(fixture *f, const corpus_chip *chip, size_t boot, const corpus_row *row, bool late)
{
    for (size_t i = 0; i < sizeof(row->patches) / sizeof(row->patches[0]); i++) {
        const patch *p = &row->patches[i];
        if (p->where == 0 || p->late != late)
            continue;
        uint8_t *at = f->bytes + (p->where == BOOT ? boot : places[p->where]) + p->at;
        const uint32_t value = value_for(chip, p->value);
        for (unsigned k = 0; k < p->size; k++)
            at[k] = (uint8_t)(value >> 8 * k);
    }
}

static void put_image(uint8_t *at, const espbak_chip *chip, uint32_t entry, const uint32_t addresses[3])
{
    memset(at, 0, BEHIND);
    at[0] = 0xE9;
    at[1] = 3;
    at[2] = 2;
    at[3] = 0x0F;
    bytes_put_le32(at + ENTRY_AT, entry);
    bytes_put_le16(at + 12, chip->image_chip_id);
    bytes_put_le16(at + 17, 65535);
    at[23] = 1;
    bytes_put_le32(at + FIRST_AT, addresses[0]);
    bytes_put_le32(at + FIRST_AT + 4, FIRST);
    bytes_put_le32(at + SECOND_AT, addresses[1]);
    bytes_put_le32(at + SECOND_AT + 4, SECOND);
    bytes_put_le32(at + THIRD_AT, addresses[2]);
    bytes_put_le32(at + THIRD_AT + 4, THIRD);
}

static void seal(uint8_t *at)
{
    const size_t padded = (BEHIND + 16) / 16 * 16;
    uint8_t sum = 0xEF;
    for (size_t i = 0; i < FIRST; i++)
        sum ^= at[32 + i];
    for (size_t i = 0; i < SECOND; i++)
        sum ^= at[40 + FIRST + i];
    for (size_t i = 0; i < THIRD; i++)
        sum ^= at[48 + FIRST + SECOND + i];
    memset(at + BEHIND, 0, padded - BEHIND);
    at[padded - 1] = sum;
    assert_int_equal(digest_of(DIGEST_SHA256, at, padded, at + padded, NULL), ESPBAK_OK);
}

static void put_app(uint8_t *at, const espbak_chip *chip, const corpus_chip *facts, const char *version)
{
    const uint32_t addresses[] = {facts->cache, facts->ram, facts->code + THIRD_AT + 8};
    put_image(at, chip, addresses[2], addresses);
    bytes_put_le32(at + 32, 0xABCD5432);
    strcpy((char *)at + 48, version);
    strcpy((char *)at + 80, "corpus");
}

static void put_table(fixture *f)
{
    static const fixture_row rows[] = {
        {"nvs", 1, 2, 0x9000, 0x5000},  {"otadata", 1, 0, OTADATA, 0x2000}, {"factory", 0, 0, FACTORY, SLOT},
        {"ota_0", 0, 0x10, OTA0, SLOT}, {"ota_1", 0, 0x11, OTA1, SLOT},     {"data", 1, 0x82, 0x80000, 0x10000},
    };
    fixture_table(f, TABLE, rows, 6);
}

static void build(fixture *f, const espbak_chip *chip, const corpus_chip *facts, const corpus_row *row)
{
    const size_t boot = chip->bootloader_offset, md5 = TABLE + ROW(6);
    fixture_open(f, FLASH);
    const uint32_t addresses[] = {facts->data, facts->loader, facts->entry};
    put_image(f->bytes + boot, chip, facts->loader, addresses);
    strcpy((char *)f->bytes + boot + WORDS_AT, "Assert failed in %s, %s:%d (%s)");
    f->bytes[boot + 32] = 80;
    strcpy((char *)f->bytes + boot + 40, row->idf != NULL ? row->idf : "v5.1");
    strcpy((char *)f->bytes + boot + 72, "Jan  1 2026 12:00:00");
    put_app(f->bytes + FACTORY, chip, facts, "1.0");
    put_app(f->bytes + OTA0, chip, facts, "1.1");
    put_app(f->bytes + OTA1, chip, facts, "1.2");
    put_table(f);
    fixture_otadata(f->bytes + OTADATA, 1, 2);
    fixture_otadata(f->bytes + OTADATA + 0x1000, 2, 2);
    apply(f, facts, boot, row, false);
    seal(f->bytes + boot);
    seal(f->bytes + FACTORY);
    seal(f->bytes + OTA0);
    seal(f->bytes + OTA1);
    assert_int_equal(digest_of(DIGEST_MD5, f->bytes + TABLE, ROW(6), f->bytes + md5 + 16, NULL), ESPBAK_OK);
    apply(f, facts, boot, row, true);
}

static bool as_the_row_says(const corpus_row *row, const espbak_boot_report *report)
{
    const espbak_boot_app *active = espbak_boot_active(report);
    const char *starts = report->verdict == YES && active != NULL ? active->partition->label : NULL;
    return report->verdict == row->verdict && strcmp(report->cause, row->cause) == 0 &&
           strcmp(report->condition, row->condition) == 0 &&
           (row->starts == NULL ? starts == NULL : starts != NULL && strcmp(starts, row->starts) == 0);
}

static void ask(const corpus_chip *facts, const corpus_row *row, bool revision_known, espbak_boot_report *report)
{
    fixture f;
    espbak_error err = {0};
    const espbak_chip *chip = espbak_chip_by_name(facts->name);
    build(&f, chip, facts, row);
    const espbak_boot_question question = {
        .reader = f.reader,
        .bootloader_offset = chip->bootloader_offset,
        .table_offset = ESPBAK_PARTITION_TABLE_ANYWHERE,
        .chip_id = chip->image_chip_id,
        .chip_known = true,
        .memory = chip->boot_memory,
        .revision_known = revision_known,
        .revision = 3,
        .encryption_known = true,
    };
    assert_int_equal(espbak_boot_examine(&question, report, &err), ESPBAK_OK);
    fixture_close(&f);
}

static void each_is_judged_as_the_device_does(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t c = 0; c < sizeof(corpus_chips) / sizeof(corpus_chips[0]); c++) {
        for (size_t i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++) {
            espbak_boot_report report;
            ask(&corpus_chips[c], &corpus[i], true, &report);
            if (!as_the_row_says(&corpus[i], &report)) {
                print_error("%s, %s: %s, %s (%s) %s\n", corpus_chips[c].name, corpus[i].name,
                            espbak_boot_verdict_name(report.verdict), report.cause, report.reason, report.condition);
                wrong++;
            }
            espbak_boot_report_free(&report);
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(sizeof(corpus) / sizeof(corpus[0]) * 3 >= 120);
}

/* What a file does not say of its chip becomes a condition. */
static void unknown_revisions_are_conditions(void **state)
{
    (void)state;
    static const struct {
        patch what;
        const char *idf, *condition;
    } rows[] = {
        {{IN_OTA1, 15, 2, 300, false}, NULL, "on a chip of at least v3.0"},
        {{IN_OTA1, 17, 2, 2, false}, NULL, "on a chip of at most v0.2"},
        {{IN_OTA1, 32 + 176, 2, 103, false}, "v5.4", "on a chip with eFuse block of at least v1.3"},
        {{IN_OTA1, 32 + 176, 2, 103, false}, "v5.1", ""},
        {{BOOT, 15, 2, 100, false}, NULL, "on a chip of at least v1.0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_boot_report report;
        const corpus_row row = {.patches = {rows[i].what}, .idf = rows[i].idf};
        ask(&corpus_chips[1], &row, false, &report);
        assert_int_equal(report.verdict, YES);
        assert_string_equal(report.condition, rows[i].condition);
        espbak_boot_report_free(&report);
    }
}

TEST_GROUP(verdict_corpus)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_judged_as_the_device_does),
        cmocka_unit_test(unknown_revisions_are_conditions),
    };
    return RUN_GROUP(tests);
}
