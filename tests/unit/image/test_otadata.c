/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "image/table/entries.h"
#include "support/group.h"
#include "support/image_fixture.h"

static const uint32_t undefined = ESPBAK_OTA_UNDEFINED;

static void add(espbak_partition_table *table, const espbak_partition *entry)
{
    espbak_error err = {0};
    assert_int_equal(entries_add(table, entry, &err), ESPBAK_OK);
}

static espbak_partition_table slots(unsigned count, bool factory, bool test)
{
    espbak_partition_table table = {.bootable = true};
    if (factory)
        add(&table, &(espbak_partition){.label = "factory", .subtype = ESPBAK_APP_FACTORY});
    for (unsigned i = 0; i < count; i++)
        add(&table, &(espbak_partition){.subtype = (uint8_t)(ESPBAK_APP_OTA_FIRST + i)});
    if (test)
        add(&table, &(espbak_partition){.label = "test", .subtype = ESPBAK_APP_TEST});
    return table;
}

/* Every rule of ESP-IDF's bootloader_utility_get_selected_boot_partition, without its rollback. */
static void bootloader_rules(void **state)
{
    (void)state;
    static const struct {
        uint32_t seq[2], state[2];
        unsigned bad_crc; /* bits */
        unsigned count;
        bool factory;
        int active, slot;
    } rows[] = {
        {{UINT32_MAX, UINT32_MAX}, {UINT32_MAX, UINT32_MAX}, 0, 2, true, -1, ESPBAK_SLOT_FACTORY},
        {{UINT32_MAX, UINT32_MAX}, {UINT32_MAX, UINT32_MAX}, 0, 2, false, -1, 0},
        {{1, UINT32_MAX}, {2, UINT32_MAX}, 0, 2, true, 0, 0},
        {{1, 2}, {2, 2}, 0, 2, true, 1, 1},
        {{3, 2}, {2, 2}, 0, 2, true, 0, 0},
        {{2, 2}, {2, 2}, 0, 2, true, 0, 1},
        {{1, 2}, {2, 3}, 0, 2, true, 0, 0},                    /* the newer one is invalid */
        {{1, 2}, {2, 4}, 0, 2, true, 0, 0},                    /* …or was aborted */
        {{1, 2}, {3, 4}, 0, 2, true, -1, ESPBAK_SLOT_FACTORY}, /* both */
        {{1, 2}, {3, 4}, 0, 2, false, -1, 0},
        {{1, 2}, {UINT32_MAX, 0}, 0, 2, true, 1, 1},            /* new */
        {{1, 2}, {2, 1}, 0, 2, true, 1, 1},                     /* pending */
        {{1, 2}, {2, 2}, 2, 2, true, 0, 0},                     /* CRC of the newer one wrong */
        {{1, 2}, {2, 2}, 3, 2, true, -1, ESPBAK_SLOT_FACTORY},  /* of both */
        {{1, 2}, {2, 2}, 3, 2, false, -1, ESPBAK_SLOT_FACTORY}, /* then all slots are tried */
        {{5, 0xFFFFFFFE}, {2, 2}, 0, 3, true, 1, 1},            /* (0xFFFFFFFE - 1) % 3 */
        {{0, UINT32_MAX}, {2, UINT32_MAX}, 0, 2, true, 0, 1},   /* 0 - 1 wraps, as it does there */
        {{1, 2}, {2, 2}, 0, 0, true, 1, ESPBAK_SLOT_FACTORY},   /* no slots at all */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t entries[2][ESPBAK_OTADATA_ENTRY_SIZE];
        espbak_otadata otadata;
        for (size_t k = 0; k < 2; k++) {
            fixture_otadata(entries[k], rows[i].seq[k], rows[i].state[k]);
            entries[k][28] ^= (uint8_t)(rows[i].bad_crc >> k & 1);
        }
        espbak_partition_table table = slots(rows[i].count, rows[i].factory, false);
        espbak_otadata_parse(&otadata, entries[0], entries[1]);
        if (otadata.active != rows[i].active || espbak_otadata_first_slot(&table, &otadata) != rows[i].slot)
            fail_msg("row %zu: entry %d, slot %d", i, otadata.active, espbak_otadata_first_slot(&table, &otadata));
        espbak_partition_table_free(&table);
    }
}

static void table_without_otadata_boots_factory(void **state)
{
    (void)state;
    espbak_partition_table table = slots(2, true, false);
    assert_int_equal(espbak_otadata_first_slot(&table, NULL), ESPBAK_SLOT_FACTORY);
    espbak_partition_table_free(&table);
}

static void assert_order(const espbak_partition_table *table, int first, const int *wanted, size_t count)
{
    int order[ESPBAK_SLOTS_MAX];
    assert_int_equal(espbak_ota_boot_order(table, first, order), count);
    assert_memory_equal(order, wanted, count * sizeof(int));
}

static void slots_are_tried_down_then_up_then_test(void **state)
{
    (void)state;
    espbak_partition_table table = slots(4, true, true);
    assert_order(&table, 2, (const int[]){2, 1, 0, ESPBAK_SLOT_FACTORY, 3, ESPBAK_SLOT_TEST}, 6);
    assert_order(&table, ESPBAK_SLOT_FACTORY, (const int[]){ESPBAK_SLOT_FACTORY, 0, 1, 2, 3, ESPBAK_SLOT_TEST}, 6);
    espbak_partition_table_free(&table);
    table = slots(2, false, false);
    assert_order(&table, 1, (const int[]){1, 0}, 2);
    table.entries[0].subtype = ESPBAK_APP_OTA_FIRST + 5; /* past the count: never tried */
    assert_order(&table, 0, (const int[]){1}, 1);
    espbak_partition_table_free(&table);
    table = slots(16, true, true);
    int order[ESPBAK_SLOTS_MAX];
    assert_int_equal(espbak_ota_boot_order(&table, 15, order), 18);
    espbak_partition_table_free(&table);
}

static int boots(const uint8_t *contents, const espbak_partition_table *table)
{
    espbak_otadata otadata;
    espbak_otadata_parse(&otadata, contents, contents + ESPBAK_OTADATA_SECTOR);
    return espbak_otadata_first_slot(table, &otadata);
}

/* From every state, every slot can be made the one that boots, by one sector at most. */
static void select_activates_any_slot(void **state)
{
    (void)state;
    static const uint32_t seqs[] = {UINT32_MAX, 0, 1, 2, 3, 4, 17, 0xFFFFFF00};
    static const uint32_t states[] = {0, 1, 2, 3, 4, ESPBAK_OTA_UNDEFINED};
    static uint8_t contents[ESPBAK_OTADATA_SIZE];
    espbak_partition_table table = slots(3, true, false);
    for (size_t i = 0; i < 8 * 8 * 6 * 3; i++) {
        const uint32_t a = seqs[i % 8], b = seqs[i / 8 % 8], state_a = states[i / 64 % 6];
        const int slot = (int)(i / 384);
        bool changed[2];
        memset(contents, 0xFF, sizeof(contents));
        fixture_otadata(contents, a, state_a);
        fixture_otadata(contents + ESPBAK_OTADATA_SECTOR, b, 2);
        const int before = boots(contents, &table);
        assert_int_equal(espbak_otadata_select(contents, slot, 3, changed, NULL), ESPBAK_OK);
        assert_int_equal(boots(contents, &table), slot);
        assert_false(changed[0] && changed[1]);
        if (!changed[0] && !changed[1])
            assert_int_equal(before, slot);
    }
    espbak_partition_table_free(&table);
}

static void select_writes_what_an_update_would(void **state)
{
    (void)state;
    static uint8_t contents[ESPBAK_OTADATA_SIZE];
    bool changed[2];
    memset(contents, 0xFF, sizeof(contents));
    fixture_otadata(contents, 1, 2);
    contents[ESPBAK_OTADATA_SECTOR + 100] = 0; /* what else was there goes */
    assert_int_equal(espbak_otadata_select(contents, 1, 2, changed, NULL), ESPBAK_OK);
    assert_true(!changed[0] && changed[1]);
    uint8_t wanted[ESPBAK_OTADATA_SECTOR];
    memset(wanted, 0xFF, sizeof(wanted));
    fixture_otadata(wanted, 2, undefined);
    assert_memory_equal(contents + ESPBAK_OTADATA_SECTOR, wanted, sizeof(wanted));
    assert_int_equal(espbak_otadata_select(contents, ESPBAK_SLOT_FACTORY, 2, changed, NULL), ESPBAK_OK);
    assert_true(changed[0] && changed[1] && bytes_are_all(contents, sizeof(contents), 0xFF));
}

static void select_refuses_what_cannot_be(void **state)
{
    (void)state;
    static uint8_t contents[ESPBAK_OTADATA_SIZE];
    espbak_error err = {0};
    bool changed[2];
    memset(contents, 0xFF, sizeof(contents));
    assert_int_equal(espbak_otadata_select(contents, 2, 2, changed, &err), ESPBAK_E_USAGE);
    assert_int_equal(espbak_otadata_select(contents, ESPBAK_SLOT_TEST, 2, changed, &err), ESPBAK_E_USAGE);
    assert_int_equal(espbak_otadata_select(contents, 0, 0, changed, &err), ESPBAK_E_USAGE);
}

/* With no higher number left, the entry that is in use has to go. */
static void select_begins_anew(void **state)
{
    (void)state;
    static uint8_t contents[ESPBAK_OTADATA_SIZE];
    espbak_error err = {0};
    espbak_otadata now;
    bool changed[2];
    memset(contents, 0xFF, sizeof(contents));
    fixture_otadata(contents, 0xFFFFFFFE, 2);
    assert_int_equal(espbak_otadata_select(contents, 0, 2, changed, &err), ESPBAK_OK);
    assert_true(changed[0] && changed[1]);
    espbak_otadata_parse(&now, contents, contents + ESPBAK_OTADATA_SECTOR);
    assert_int_equal(now.active, 1);
    assert_int_equal(now.entries[1].seq, 1);
    assert_true(now.entries[0].empty);
}

static void damage_is_told(void **state)
{
    (void)state;
    fixture f;
    espbak_error err = {0};
    espbak_otadata otadata;
    espbak_findings findings = {.count = 0};
    fixture_open(&f, 0x4000);
    fixture_otadata(f.bytes + 0x1000, 1, 1);
    fixture_otadata(f.bytes + 0x2000, 2, 9);
    f.bytes[0x2000 + 28] ^= 1;
    assert_int_equal(espbak_otadata_read(&f.reader, 0x1000, &otadata, &findings, &err), ESPBAK_OK);
    assert_int_equal(otadata.active, 0);
    assert_finding(&findings, "the CRC of otadata entry 1 is wrong");
    assert_finding(&findings, "has not confirmed itself");
    espbak_findings_free(&findings);
    assert_int_equal(espbak_otadata_read(&f.reader, 0x3000, &otadata, &findings, &err), ESPBAK_OK);
    assert_finding(&findings, "otadata is cut short");
    assert_int_equal(espbak_otadata_read(&f.reader, UINT64_MAX, &otadata, &findings, &err), ESPBAK_OK);
    assert_string_equal(espbak_ota_state_name(1), "pending-verify");
    assert_string_equal(espbak_ota_state_name(undefined), "undefined");
    assert_string_equal(espbak_ota_state_name(77), "unknown");
    fixture_close(&f);
    espbak_findings_free(&findings);
}

TEST_GROUP(otadata)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bootloader_rules),
        cmocka_unit_test(table_without_otadata_boots_factory),
        cmocka_unit_test(slots_are_tried_down_then_up_then_test),
        cmocka_unit_test(select_activates_any_slot),
        cmocka_unit_test(select_writes_what_an_update_would),
        cmocka_unit_test(select_refuses_what_cannot_be),
        cmocka_unit_test(select_begins_anew),
        cmocka_unit_test(damage_is_told),
    };
    return RUN_GROUP(tests);
}
