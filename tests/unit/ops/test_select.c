/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/chip.h"
#include "image/table/entries.h"
#include "ops/content/select.h"
#include "ops/explain/explain.h"
#include "store/manifest/manifest_check.h"
#include "support/group.h"

enum { FLASH = 4 * 1024 * 1024 };

typedef struct fixture {
    espbak_contents *contents;
    select_list *list;
    espbak_error err;
} fixture;

static const espbak_partition rows[] = {
    {.label = "nvs", .type = 1, .subtype = 2, .offset = 0x9000, .size = 0x4000},
    {.label = "otadata", .type = 1, .subtype = 0, .offset = 0xD000, .size = 0x2000},
    {.label = "keys", .type = 1, .subtype = 4, .offset = 0xF000, .size = 0x1000},
    {.label = "ota_0", .type = 0, .subtype = 0x10, .offset = 0x20000, .size = 0x100000},
    {.label = "ota_1", .type = 0, .subtype = 0x11, .offset = 0x120000, .size = 0x100000},
    {.label = "files", .type = 1, .subtype = 0x82, .offset = 0x220000, .size = 0x100000},
};

static int prepare(void **state)
{
    fixture *fix = calloc(1, sizeof(*fix));
    assert_non_null(fix);
    fix->contents = calloc(1, sizeof(*fix->contents));
    fix->list = calloc(1, sizeof(*fix->list));
    assert_true(fix->contents != NULL && fix->list != NULL);
    espbak_boot_report *boot = &fix->contents->boot;
    fix->contents->chip = espbak_chip_by_name("esp32");
    fix->contents->flash_size = FLASH;
    boot->table_found = true;
    boot->table.offset = 0x8000;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(entries_add(&boot->table, &rows[i], &fix->err), ESPBAK_OK);
    boot->apps = calloc(2, sizeof(boot->apps[0]));
    assert_non_null(boot->apps);
    boot->app_count = 2;
    boot->apps[0] = (espbak_boot_app){.partition = &boot->table.entries[3], .present = true};
    boot->apps[1] = (espbak_boot_app){.partition = &boot->table.entries[4], .present = true, .active = true};
    *state = fix;
    return 0;
}

static int remove_all(void **state)
{
    fixture *fix = *state;
    explain_discard(fix->contents);
    free(fix->list);
    free(fix);
    return 0;
}

static espbak_status choose(fixture *fix, const char *a, const char *b)
{
    const char *names[] = {a, b};
    return select_names(fix->list, fix->contents, FLASH, names, b != NULL ? 2 : 1, &fix->err);
}

/* "nvs otadata": the names that were chosen, in order. */
static void assert_chosen(const fixture *fix, const char *expected)
{
    char names[512] = "";
    for (size_t i = 0; i < fix->list->count; i++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? " " : "", fix->list->parts[i].region.name);
    }
    assert_string_equal(names, expected);
}

static void names_and_kinds(void **state)
{
    fixture *fix = *state;
    assert_int_equal(choose(fix, "files", "nvs"), ESPBAK_OK);
    assert_chosen(fix, "nvs files");
    assert_int_equal(choose(fix, "type=app", NULL), ESPBAK_OK);
    assert_chosen(fix, "ota_0 ota_1");
    assert_int_equal(choose(fix, "subtype=spiffs", "subtype=nvs"), ESPBAK_OK);
    assert_chosen(fix, "nvs files");
    assert_int_equal(choose(fix, "type=0", "ota_0"), ESPBAK_OK);
    assert_chosen(fix, "ota_0 ota_1");
    assert_int_equal(choose(fix, "app", NULL), ESPBAK_OK);
    assert_chosen(fix, "ota_1");
    assert_int_equal(choose(fix, "all", NULL), ESPBAK_OK);
    assert_chosen(fix, "bootloader partition-table nvs otadata keys ota_0 ota_1 files");
}

static void bootloader_and_table_are_where_the_chip_has_them(void **state)
{
    fixture *fix = *state;
    assert_int_equal(choose(fix, "bootloader", "partition-table"), ESPBAK_OK);
    const espbak_region *boot = &fix->list->parts[0].region, *table = &fix->list->parts[1].region;
    assert_int_equal(boot->offset, 0x1000);
    assert_int_equal(boot->size, 0x7000);
    assert_int_equal(table->offset, 0x8000);
    assert_int_equal(table->size, 0x1000);
    assert_string_equal(boot->file, "bootloader.bin");
}

static const espbak_table_source nothing_told = {.file = NULL};

static void critical_is_what_a_device_needs(void **state)
{
    fixture *fix = *state;
    assert_int_equal(select_critical(fix->list, fix->contents, &nothing_told, FLASH, NULL, &fix->err), ESPBAK_OK);
    assert_chosen(fix, "bootloader partition-table nvs otadata keys ota_1");
    fix->contents->boot.apps[1].active = false;
    assert_int_equal(select_critical(fix->list, fix->contents, &nothing_told, FLASH, NULL, &fix->err), ESPBAK_OK);
    assert_chosen(fix, "bootloader partition-table nvs otadata keys ota_0 ota_1");
}

static void what_is_not_there_is_told(void **state)
{
    fixture *fix = *state;
    assert_int_equal(choose(fix, "wifi", NULL), ESPBAK_E_USAGE);
    assert_non_null(strstr(fix->err.hint, "nvs, otadata"));
    assert_int_equal(choose(fix, "type=nothing", NULL), ESPBAK_E_USAGE);
    fix->contents->boot.apps[1].active = false;
    assert_int_equal(choose(fix, "app", NULL), ESPBAK_E_USAGE);
    fix->contents->boot.table_found = false;
    fix->contents->boot.table.count = 0;
    assert_int_equal(choose(fix, "nvs", NULL), ESPBAK_E_FILE);
    assert_non_null(strstr(fix->err.hint, "--partition-table"));
    assert_int_equal(choose(fix, "bootloader", NULL), ESPBAK_OK);
}

static void damaged_tables_are_refused(void **state)
{
    fixture *fix = *state;
    espbak_partition *entries = fix->contents->boot.table.entries;
    entries[1].offset = 0xC000; /* over the end of nvs */
    assert_int_equal(choose(fix, "nvs", "otadata"), ESPBAK_E_FILE);
    assert_int_equal(choose(fix, "nvs", "keys"), ESPBAK_OK);
    entries[5].size = 0xFFFFF000;
    assert_int_equal(choose(fix, "files", NULL), ESPBAK_E_FILE);
    entries[5].size = 0;
    assert_int_equal(choose(fix, "files", NULL), ESPBAK_E_FILE);
}

/* Whatever a label is, its file has a name of its own, in the folder. */
static void labels_become_file_names(void **state)
{
    static const char *const labels[] = {"../../passwd", "NUL", "a b", "a/b", "a:b", ""};
    fixture *fix = *state;
    espbak_partition_table *table = &fix->contents->boot.table;
    for (size_t i = 0; i < 6; i++)
        snprintf(table->entries[i].label, sizeof(table->entries[i].label), "%s", labels[i]);
    assert_int_equal(choose(fix, "type=app", "type=data"), ESPBAK_OK);
    assert_int_equal(fix->list->count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_true(manifest_file_name_ok(fix->list->parts[i].region.file));
        assert_true(fix->list->parts[i].region.name[0] != '\0');
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(fix->list->parts[i].region.file, fix->list->parts[k].region.file);
    }
}

TEST_GROUP(select)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_and_kinds, prepare, remove_all),
        cmocka_unit_test_setup_teardown(bootloader_and_table_are_where_the_chip_has_them, prepare, remove_all),
        cmocka_unit_test_setup_teardown(critical_is_what_a_device_needs, prepare, remove_all),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_told, prepare, remove_all),
        cmocka_unit_test_setup_teardown(damaged_tables_are_refused, prepare, remove_all),
        cmocka_unit_test_setup_teardown(labels_become_file_names, prepare, remove_all),
    };
    return RUN_GROUP(tests);
}
