/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "support/image_fixture.h"

typedef struct builder {
    uint8_t bytes[ESPBAK_PARTITION_TABLE_SIZE];
    size_t size;
} builder;

static builder empty_table(void)
{
    builder b = {.size = 0};
    memset(b.bytes, 0xFF, sizeof(b.bytes));
    return b;
}

static uint8_t *add(builder *b, const char *label, uint8_t type, uint8_t subtype, uint32_t offset, uint32_t size)
{
    uint8_t *row = b->bytes + b->size;
    memset(row, 0, ESPBAK_PARTITION_ROW_SIZE);
    row[0] = 0xAA;
    row[1] = 0x50;
    row[2] = type;
    row[3] = subtype;
    bytes_put_le32(row + 4, offset);
    bytes_put_le32(row + 8, size);
    for (size_t i = 0; label[i] != '\0'; i++)
        row[12 + i] = (uint8_t)label[i];
    b->size += ESPBAK_PARTITION_ROW_SIZE;
    return row;
}

static uint8_t *add_md5(builder *b)
{
    espbak_error err = {0};
    uint8_t *row = b->bytes + b->size;
    memset(row, 0xFF, ESPBAK_PARTITION_ROW_SIZE);
    row[0] = row[1] = 0xEB;
    assert_int_equal(digest_of(DIGEST_MD5, b->bytes, b->size, row + 16, &err), ESPBAK_OK);
    b->size += ESPBAK_PARTITION_ROW_SIZE;
    return row;
}

static builder good_table(void)
{
    builder b = empty_table();
    add(&b, "nvs", 1, 2, 0x9000, 0x6000);
    add(&b, "0123456789abcdef", 0, 0x10, 0x10000, 0x180000);
    add(&b, "mine", 0x40, 7, 0x190000, 0x1000)[28] = 3;
    return b;
}

/* A block of its own, so that a read past the end is seen by the sanitizer. */
static bool examine(espbak_partition_table *table, const builder *b, size_t size, uint64_t flash_size,
                    espbak_findings *findings)
{
    espbak_error err = {0};
    bool found = false;
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, b->bytes, size);
    espbak_findings_free(findings);
    espbak_partition_table_free(table);
    assert_int_equal(espbak_partition_table_examine(table, copy, size, flash_size, &found, findings, &err), ESPBAK_OK);
    free(copy);
    return found;
}

static void rows_become_partitions(void **state)
{
    (void)state;
    espbak_findings findings = {0};
    espbak_partition_table table = {0};
    builder b = good_table();
    add_md5(&b);
    assert_true(examine(&table, &b, sizeof(b.bytes), 0x400000, &findings));
    assert_int_equal(findings.count, 0);
    assert_int_equal(table.count, 3);
    assert_true(table.md5_present && table.md5_ok && table.bootable);
    assert_string_equal(table.entries[0].label, "nvs");
    assert_int_equal(table.entries[0].type, ESPBAK_PARTITION_DATA);
    assert_int_equal(table.entries[0].subtype, 2);
    assert_int_equal(table.entries[0].offset, 0x9000);
    assert_int_equal(table.entries[0].size, 0x6000);
    assert_string_equal(table.entries[1].label, "0123456789abcdef");
    assert_false(table.entries[1].encrypted || table.entries[1].read_only);
    assert_true(table.entries[2].encrypted && table.entries[2].read_only);
    assert_ptr_equal(espbak_partition_find(&table, "mine"), &table.entries[2]);
    assert_null(espbak_partition_find(&table, "yours"));
    espbak_findings_free(&findings);
    espbak_partition_table_free(&table);
}

static void wrong_or_missing_md5_is_told(void **state)
{
    (void)state;
    espbak_findings findings = {0};
    espbak_partition_table table = {0};
    builder b = good_table();
    assert_true(examine(&table, &b, sizeof(b.bytes), 0x400000, &findings));
    assert_false(table.md5_present || table.md5_ok);
    add_md5(&b);
    b.bytes[12] ^= 1;
    assert_true(examine(&table, &b, sizeof(b.bytes), 0x400000, &findings));
    assert_true(table.md5_present && !table.md5_ok && !table.bootable);
    assert_int_equal(table.count, 3);
    espbak_findings_free(&findings);
    espbak_partition_table_free(&table);
}

static void what_is_no_table_is_none(void **state)
{
    (void)state;
    espbak_findings findings = {0};
    espbak_partition_table table = {0};
    builder b = empty_table();
    assert_false(examine(&table, &b, sizeof(b.bytes), 0x400000, &findings));
    assert_false(examine(&table, &b, 0, 0x400000, &findings));
    b = good_table();
    assert_false(examine(&table, &b, 31, 0x400000, &findings));
    assert_int_equal(table.count, 0);
    espbak_findings_free(&findings);
    espbak_partition_table_free(&table);
}

static void rows_that_are_wrong_are_told(void **state)
{
    (void)state;
    espbak_findings findings = {0};
    espbak_partition_table table = {0};
    builder b = good_table();
    b.bytes[64] = 0;
    assert_true(examine(&table, &b, sizeof(b.bytes), 0x400000, &findings));
    assert_finding(&findings, "row 3 of the partition table is damaged");
    b = good_table();
    add_md5(&b);
    add(&b, "late", 1, 2, 0x200000, 0x1000);
    assert_true(examine(&table, &b, sizeof(b.bytes), 0x400000, &findings));
    assert_finding(&findings, "late stands behind the MD5 of the partition table");
    espbak_findings_free(&findings);
    espbak_partition_table_free(&table);
}

static void partitions_past_the_flash_are_told(void **state)
{
    (void)state;
    espbak_findings findings = {0};
    espbak_partition_table table = {0};
    builder b = good_table();
    assert_true(examine(&table, &b, sizeof(b.bytes), 0x190fff, &findings));
    assert_true(table.entries[2].outside);
    assert_finding(&findings, "mine at 0x190000 with 0x1000 bytes leaves the flash");
    b = empty_table();
    add(&b, "far", 1, 2, 0xFFFFF000, 0x2000);
    assert_true(examine(&table, &b, sizeof(b.bytes), 0, &findings));
    assert_true(table.entries[0].outside && table.bootable);
    espbak_findings_free(&findings);
    espbak_partition_table_free(&table);
}

static void full_and_cut_tables_are_taken(void **state)
{
    (void)state;
    espbak_findings findings = {0};
    espbak_partition_table table = {0};
    builder b = empty_table();
    for (uint32_t i = 0; i < ESPBAK_PARTITIONS_MAX; i++)
        add(&b, "x", 1, 6, i * 0x1000, 0x1000);
    assert_true(examine(&table, &b, sizeof(b.bytes), 0x400000, &findings));
    assert_int_equal(table.count, ESPBAK_PARTITIONS_MAX);
    assert_true(table.bootable);
    add(&b, "x", 1, 6, 0, 0x1000);
    assert_true(examine(&table, &b, sizeof(b.bytes), 0x400000, &findings));
    assert_finding(&findings, "has no end");
    assert_true(examine(&table, &b, 70, 0x400000, &findings));
    assert_int_equal(table.count, 2);
    espbak_findings_free(&findings);
    espbak_partition_table_free(&table);
}

static void types_have_names(void **state)
{
    (void)state;
    static const struct {
        uint8_t type, subtype;
        const char *type_text, *subtype_text;
    } rows[] = {
        {0, 0x00, "app", "factory"},     {0, 0x10, "app", "ota_0"},
        {0, 0x1F, "app", "ota_15"},      {0, 0x20, "app", "test"},
        {1, 0x02, "data", "nvs"},        {1, 0x82, "data", "spiffs"},
        {1, 0x10, "data", "0x10"},       {0x40, 0x00, "0x40", "0x00"},
        {2, 0, "bootloader", "primary"}, {3, 0x77, "partition_table", "0x77"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[ESPBAK_PARTITION_TEXT_MAX];
        espbak_partition_type_text(rows[i].type, text);
        assert_string_equal(text, rows[i].type_text);
        espbak_partition_subtype_text(rows[i].type, rows[i].subtype, text);
        assert_string_equal(text, rows[i].subtype_text);
    }
}

static void factory_data_is_known(void **state)
{
    (void)state;
    static const struct {
        espbak_partition entry;
        bool factory;
    } rows[] = {
        {{.label = "FCTRY", .type = 1, .subtype = 2, .size = 4096}, true},
        {{.label = "nvs-factory", .type = 1, .subtype = 2, .size = 4096}, true},
        {{.label = "Factory_Data", .type = 1, .subtype = 6, .size = 4096}, true},
        {{.label = "factory", .type = 1, .subtype = 2, .size = 4096}, true},
        {{.label = "factory", .type = 0, .subtype = 0, .size = 4096}, false},
        {{.label = "secret", .type = 1, .subtype = 4, .size = 4096}, true},
        {{.label = "secret", .type = 1, .subtype = 2, .size = 4096}, false},
        {{.label = "secret", .type = 0x3F, .subtype = 2, .size = 4096}, true},
        {{.label = "zb_fct", .type = 0x40, .subtype = 2, .size = 4096}, true},
        {{.label = "mfg", .type = 1, .subtype = 2, .size = 0}, false},
        {{.label = "nvs", .type = 1, .subtype = 2, .size = 4096}, false},
        {{.label = "_", .type = 1, .subtype = 2, .size = 4096}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(espbak_partition_is_factory(&rows[i].entry), rows[i].factory);
}

TEST_GROUP(partition_table)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_partitions),
        cmocka_unit_test(wrong_or_missing_md5_is_told),
        cmocka_unit_test(what_is_no_table_is_none),
        cmocka_unit_test(rows_that_are_wrong_are_told),
        cmocka_unit_test(partitions_past_the_flash_are_told),
        cmocka_unit_test(full_and_cut_tables_are_taken),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(factory_data_is_known),
    };
    return RUN_GROUP(tests);
}
