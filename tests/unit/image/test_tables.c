/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged tables, tables elsewhere, and tables in files. */
#include <stddef.h>
#include <stdint.h>

#include "support/group.h"
#include "support/image_fixture.h"

enum { FLASH = 0x400000 };

static const fixture_row good[] = {{"nvs", 1, 2, 0x9000, 0x6000}, {"factory", 0, 0, 0x10000, 0x100000}};

static bool find(fixture *f, uint64_t offset, espbak_partition_table *table, espbak_findings *findings)
{
    espbak_error err = {0};
    bool found = false;
    espbak_findings_free(findings);
    espbak_partition_table_free(table);
    assert_int_equal(espbak_partition_table_find(&f->reader, offset, table, &found, findings, &err), ESPBAK_OK);
    return found;
}

static void good_table_has_no_findings(void **state)
{
    (void)state;
    fixture f;
    espbak_partition_table table = {0};
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    fixture_table(&f, 0x8000, good, 2);
    assert_true(find(&f, 0x8000, &table, &findings));
    assert_true(table.bootable && table.md5_ok && table.count == 2);
    assert_int_equal(findings.count, 0);
    assert_ptr_equal(espbak_partition_find_kind(&table, 1, 2), &table.entries[0]);
    assert_null(espbak_partition_find_kind(&table, 1, 3));
    fixture_close(&f);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
}

static void damage_is_found_and_the_rest_is_used(void **state)
{
    (void)state;
    fixture f;
    espbak_partition_table table = {0};
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    static const fixture_row bad[] = {
        {"nvs", 1, 2, 0x9000, 0x6000},        {"nvs", 1, 2, 0xA000, 0x1000},          {"far", 1, 2, 0x3FF000, 0x2000},
        {"wrap", 1, 2, 0xFFFFF000, 0x2000},   {"odd", 0, 0x10, 0x18000, 0x1000},      {"low", 1, 2, 0x8000, 0x1000},
        {"../etc", 1, 0x81, 0x30000, 0x1000}, {"strange", 0x20, 0, 0x40000, 0x1000},  {"", 0, 0x77, 0x50000, 0},
        {"ota", 1, 0, 0x60000, 0x1000},       {"evil\x1b[2J", 1, 2, 0x70000, 0x1000},
    };
    fixture_table(&f, 0x8000, bad, 11);
    assert_true(find(&f, 0x8000, &table, &findings));
    assert_int_equal(table.count, 11);
    assert_true(table.bootable); /* what leaves the flash is judged elsewhere */
    assert_true(table.md5_ok && table.entries[2].outside && table.entries[3].outside && !table.entries[0].outside);
    static const char *const texts[] = {
        "far at 0x3ff000 with 0x2000 bytes leaves the flash",
        "wrap at 0xfffff000",
        "two partitions are called nvs",
        "nvs (0xa000 to 0xafff) overlaps nvs (0x9000 to 0xefff)",
        "odd at 0x18000 is not aligned to 0x10000",
        "low at 0x8000 stands before the end of the table",
        "the label of partition 7 cannot name a file: ../etc",
        "strange has the unknown type 0x20",
        "partition 9 has no label",
        "of the unknown subtype 0x77",
        "ota has 0x1000 bytes instead of 0x2000",
        "the label of partition 11 is not text: evil?[2J",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_finding(&findings, texts[i]);
    fixture_close(&f);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
}

static void damaged_rows_are_stepped_over(void **state)
{
    (void)state;
    fixture f;
    espbak_partition_table table = {0};
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    static const fixture_row three[] = {
        {"nvs", 1, 2, 0x9000, 0x6000}, {"a", 0, 0, 0x10000, 0x10000}, {"b", 1, 2, 0x30000, 0x1000}};
    fixture_table(&f, 0x8000, three, 3);
    f.bytes[0x8000] = 0;
    assert_true(find(&f, 0x8000, &table, &findings));
    assert_int_equal(table.count, 2);
    assert_finding(&findings, "row 1 of the partition table is damaged");
    assert_finding(&findings, "the MD5 of the partition table is wrong");
    f.bytes[0x8020] = 0; /* one row left behind a damaged first may be chance */
    assert_false(find(&f, 0x8000, &table, &findings));
    fixture_close(&f);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
}

static void endless_table_is_bounded(void **state)
{
    (void)state;
    fixture f;
    espbak_partition_table table = {0};
    espbak_findings findings = {0};
    fixture_row rows[97];
    fixture_open(&f, FLASH);
    for (uint32_t i = 0; i < 97; i++)
        rows[i] = (fixture_row){"x", 1, 2, 0x9000, 0x1000};
    fixture_table(&f, 0x8000, rows, 97);
    assert_true(find(&f, 0x8000, &table, &findings));
    assert_int_equal(table.count, ESPBAK_PARTITIONS_MAX);
    assert_false(table.bootable);
    assert_int_equal(findings.count, ESPBAK_FINDINGS_MAX);
    assert_true(findings.left_out > 1000);
    assert_finding(&findings, "the partition table has no end");
    fixture_close(&f);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
}

static void tables_elsewhere_are_found(void **state)
{
    (void)state;
    fixture f;
    espbak_partition_table table = {0};
    espbak_findings findings = {0};
    fixture_open(&f, FLASH);
    assert_false(find(&f, ESPBAK_PARTITION_TABLE_ANYWHERE, &table, &findings));
    fixture_table(&f, 0x3000, good, 2);
    f.bytes[0x300C] ^= 1; /* a wrong MD5 is no proof */
    assert_false(find(&f, ESPBAK_PARTITION_TABLE_ANYWHERE, &table, &findings));
    static const fixture_row high[] = {{"factory", 0, 0, 0x10000, 0x10000}};
    memset(fixture_table(&f, 0x5000, high, 1) - 32, 0xFF, 32); /* a table without MD5 counts for less… */
    fixture_table(&f, 0x30000, high, 1);                       /* …than one with a right one */
    assert_true(find(&f, ESPBAK_PARTITION_TABLE_ANYWHERE, &table, &findings));
    assert_int_equal(table.offset, 0x30000);
    assert_finding(&findings, "the partition table stands at 0x30000");
    memset(f.bytes + 0x30000, 0xFF, 0x1000);
    assert_true(find(&f, ESPBAK_PARTITION_TABLE_ANYWHERE, &table, &findings));
    assert_int_equal(table.offset, 0x5000);
    assert_true(find(&f, 0x3000, &table, &findings));
    assert_false(find(&f, 0x2000, &table, &findings));
    assert_false(find(&f, FLASH, &table, &findings));
    f.reader.size = 0x30010; /* the end is not read past, wherever it is */
    assert_true(find(&f, ESPBAK_PARTITION_TABLE_ANYWHERE, &table, &findings));
    fixture_close(&f);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
}

static void sdkconfig_names_the_offset(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t offset;
    } rows[] = {
        {"CONFIG_PARTITION_TABLE_OFFSET=0x9000\n", true, 0x9000},
        {"# x\nCONFIG_A=y\r\nCONFIG_PARTITION_TABLE_OFFSET=0x10000\r\nCONFIG_B=n", true, 0x10000},
        {"CONFIG_PARTITION_TABLE_OFFSET=32768", true, 0x8000},
        {"# CONFIG_PARTITION_TABLE_OFFSET=0x9000\n", false, 0},
        {"XCONFIG_PARTITION_TABLE_OFFSET=0x9000\n", false, 0},
        {"CONFIG_PARTITION_TABLE_OFFSET=\n", false, 0},
        {"CONFIG_PARTITION_TABLE_OFFSET=0x\n", false, 0},
        {"CONFIG_PARTITION_TABLE_OFFSET=-0x1000\n", false, 0},
        {"CONFIG_PARTITION_TABLE_OFFSET=0x100000000\n", false, 0},
        {"CONFIG_PARTITION_TABLE_OFFSET=99999999999999999999999999999999999999\n", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t offset = 0;
        const bool ok = espbak_sdkconfig_table_offset(rows[i].text, strlen(rows[i].text), &offset);
        if (ok != rows[i].ok || offset != rows[i].offset)
            fail_msg("row %zu: %d 0x%llx", i, ok, (unsigned long long)offset);
    }
}

static espbak_status csv(const char *text, espbak_partition_table *table, espbak_findings *findings, espbak_error *err)
{
    const espbak_partition_layout layout = {.bootloader_offset = 0x1000, .flash_size = FLASH};
    espbak_findings_free(findings);
    espbak_partition_table_free(table);
    return espbak_partition_table_from_file_text(table, text, strlen(text), &layout, findings, err);
}

/* partitions_two_ota.csv of ESP-IDF and what its documentation says it becomes; the rest exercises every rule. */
static void csv_arithmetic_is_that_of_esp_idf(void **state)
{
    (void)state;
    espbak_partition_table table = {0};
    espbak_findings findings = {0};
    espbak_error err = {0};
    assert_int_equal(csv("\xEF\xBB\xBF# Name, Type, SubType, Offset, Size, Flags\n"
                         "boot, bootloader, primary, N/A, N/A,\r\n"
                         "table, partition_table, primary, , ,\n"
                         "nvs,data,nvs,,0x4000,\n"
                         "\n"
                         "  otadata , data , ota , , 8K , \n"
                         "phy_init, data, phy, , 0x1000,,\n"
                         "factory, app, factory, , 1M, encrypted\n"
                         "ota_0, 0, 0x10, , 1M,\n"
                         "ota_15, APP, OTA_15, 0x220000, -0x300000,\n"
                         "mine, 0x40, 7, , 1024, readonly:encrypted\n"
                         "last, data, , , 0o10000\n",
                         &table, &findings, &err),
                     ESPBAK_OK);
    static const struct {
        const char *label;
        uint8_t type, subtype;
        uint32_t offset, size;
        bool encrypted, read_only;
    } rows[] = {
        {"boot", 2, 0, 0x1000, 0x7000, false, false},         {"table", 3, 0, 0x8000, 0x1000, false, false},
        {"nvs", 1, 2, 0x9000, 0x4000, false, false},          {"otadata", 1, 0, 0xD000, 0x2000, false, false},
        {"phy_init", 1, 1, 0xF000, 0x1000, false, false},     {"factory", 0, 0, 0x10000, 0x100000, true, false},
        {"ota_0", 0, 0x10, 0x110000, 0x100000, false, false}, {"ota_15", 0, 0x1F, 0x220000, 0xE0000, false, false},
        {"mine", 0x40, 7, 0x300000, 0x400, true, true},       {"last", 1, 6, 0x301000, 0x1000, false, false},
    };
    assert_int_equal(table.count, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < table.count; i++) {
        const espbak_partition *p = &table.entries[i];
        assert_string_equal(p->label, rows[i].label);
        assert_int_equal(p->type, rows[i].type);
        assert_int_equal(p->subtype, rows[i].subtype);
        assert_int_equal(p->offset, rows[i].offset);
        assert_int_equal(p->size, rows[i].size);
        assert_int_equal(p->encrypted, rows[i].encrypted);
        assert_int_equal(p->read_only, rows[i].read_only);
    }
    assert_int_equal(findings.count, 0);
    assert_true(table.bootable);
    assert_int_equal(table.offset, 0x8000);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
}

static void csv_that_cannot_be_meant_names_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "there is no partition in it"},
        {"# only words\n", "there is no partition in it"},
        {"hello world", "line 1: \"\" is no partition type"},
        {"#\na,b,nvs,,1K", "line 2: \"b\" is no partition type"},
        {"a,data,nvz,,1K", "line 1: \"nvz\" is no subtype of this type"},
        {"a,app,,,1K", "line 1: \"\" is no subtype of this type"},
        {"a,data,256,,1K", "line 1: \"256\" is no subtype"},
        {"a,data,nvs,x,1K", "line 1: \"x\" is no offset"},
        {"a,data,nvs,,", "line 1: \"\" is no size"},
        {"a,data,nvs,,1G", "line 1: \"1G\" is no size"},
        {"a,data,nvs,,0x99999999999999999999", "is no size"},
        {"a,data,nvs,,0xFFFFFFFFFF", "line 1: a has no place at 0x9000"},
        {"a,data,nvs,0x20000,-0x10000", "line 1: a has no place at 0x20000"},
        {"a,data,nvs,,1K,secret", "line 1: \"secret\" is no flag"},
        {"a,data,nvs,0x8000,1K", "line 1: a begins at 0x8000, before the end of what precedes it (0x9000)"},
        {"a,data,nvs,,8K\nb,data,nvs,0xA000,4K", "line 2: b begins at 0xa000, before the end"},
        {"a,data,nvs,-4K,4K", "before the end of what precedes it"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_partition_table table = {0};
        espbak_findings findings = {0};
        espbak_error err = {0};
        assert_int_equal(csv(rows[i].text, &table, &findings, &err), ESPBAK_E_FILE);
        assert_int_equal(table.count, 0);
        if (strstr(err.message, rows[i].says) == NULL)
            fail_msg("row %zu: %s", i, err.message);
        espbak_partition_table_free(&table);
        espbak_findings_free(&findings);
    }
}

static void csv_findings(void **state)
{
    (void)state;
    espbak_partition_table table = {0};
    espbak_findings findings = {0};
    espbak_error err = {0};
    assert_int_equal(csv("a_label_of_more_than_16,data,nvs,,4K\nbig,app,ota_0,,16M\n", &table, &findings, &err),
                     ESPBAK_OK);
    assert_string_equal(table.entries[0].label, "a_label_of_more_");
    assert_finding(&findings, "line 1: the label is cut to a_label_of_more_");
    assert_finding(&findings, "line 2: big leaves the flash");
    assert_true(table.entries[1].outside && !table.bootable);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
}

static void binary_files_are_taken_too(void **state)
{
    (void)state;
    fixture f;
    espbak_partition_table table = {0};
    espbak_findings findings = {.count = 0};
    espbak_error err = {0};
    const espbak_partition_layout layout = {.table_offset = 0x7000, .flash_size = FLASH};
    fixture_open(&f, ESPBAK_PARTITION_TABLE_SIZE);
    fixture_table(&f, 0, good, 2);
    assert_int_equal(espbak_partition_table_from_file_text(&table, f.bytes, f.size, &layout, &findings, &err),
                     ESPBAK_OK);
    assert_true(table.count == 2 && table.md5_ok && table.bootable);
    assert_int_equal(table.offset, 0x7000);
    assert_int_equal(findings.count, 0);
    fixture_close(&f);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= 4; type++) {
        for (unsigned subtype = 0; subtype < 255; subtype++) {
            char text[ESPBAK_PARTITION_TEXT_MAX];
            uint8_t back = 0;
            espbak_partition_subtype_text((uint8_t)type, (uint8_t)subtype, text);
            assert_true(espbak_partition_subtype_from_text((uint8_t)type, text, &back));
            assert_int_equal(back, subtype);
        }
    }
    uint8_t type = 0;
    assert_true(espbak_partition_type_from_text("partition_table", &type));
    assert_int_equal(type, ESPBAK_PARTITION_TABLE);
    assert_true(espbak_partition_type_from_text("0x42", &type));
    assert_int_equal(type, 0x42);
    assert_false(espbak_partition_type_from_text("255", &type));
    assert_false(espbak_partition_type_from_text("-1", &type));
    assert_false(espbak_partition_type_from_text("", &type));
}

TEST_GROUP(tables)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_table_has_no_findings),
        cmocka_unit_test(damage_is_found_and_the_rest_is_used),
        cmocka_unit_test(damaged_rows_are_stepped_over),
        cmocka_unit_test(endless_table_is_bounded),
        cmocka_unit_test(tables_elsewhere_are_found),
        cmocka_unit_test(sdkconfig_names_the_offset),
        cmocka_unit_test(csv_arithmetic_is_that_of_esp_idf),
        cmocka_unit_test(csv_that_cannot_be_meant_names_its_line),
        cmocka_unit_test(csv_findings),
        cmocka_unit_test(binary_files_are_taken_too),
        cmocka_unit_test(names_go_both_ways),
    };
    return RUN_GROUP(tests);
}
