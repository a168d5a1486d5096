/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from anywhere as a binary partition table. */
#include "espbak/partition.h"
#include "reader.h"

static void check_table(const espbak_partition_table *table, uint64_t flash)
{
    FUZZ_CHECK(table->count <= ESPBAK_PARTITIONS_MAX);
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *p = &table->entries[i];
        char text[ESPBAK_PARTITION_TEXT_MAX];
        uint8_t back = 0;
        FUZZ_CHECK(p->outside || bytes_range_within(p->offset, p->size, flash));
        FUZZ_CHECK(memchr(p->label, '\0', sizeof(p->label)) != NULL);
        espbak_partition_subtype_text(p->type, p->subtype, text);
        FUZZ_CHECK(text[0] != '\0' && memchr(text, '\0', sizeof(text)) != NULL);
        FUZZ_CHECK(p->subtype == 0xFF ||
                   (espbak_partition_subtype_from_text(p->type, text, &back) && back == p->subtype));
    }
}

static void try_boot_order(const espbak_partition_table *table)
{
    int slots[ESPBAK_SLOTS_MAX];
    for (int first = ESPBAK_SLOT_FACTORY; first < 16; first++) {
        const size_t count = espbak_ota_boot_order(table, first, slots);
        FUZZ_CHECK(count <= ESPBAK_SLOTS_MAX);
        for (size_t i = 0; i < count; i++)
            FUZZ_CHECK(espbak_ota_slot_partition(table, slots[i]) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    contents c = {.bytes = data, .size = size};
    const espbak_image_reader reader = reader_of(&c);
    espbak_partition_table table;
    espbak_error err = {0};
    espbak_findings findings = {.count = 0};
    bool found = false;
    FUZZ_CHECK(espbak_partition_table_examine(&table, data, size, 1 << 24, &found, &findings, &err) == ESPBAK_OK);
    FUZZ_CHECK(found || table.count == 0);
    check_table(&table, 1 << 24);
    espbak_partition_table_check(&table, &findings);
    check_findings(&findings);
    try_boot_order(&table);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
    FUZZ_CHECK(espbak_partition_table_find(&reader, 0, &table, &found, NULL, &err) == ESPBAK_OK);
    check_table(&table, size);
    espbak_partition_table_free(&table);
    FUZZ_CHECK(espbak_partition_table_find(&reader, ESPBAK_PARTITION_TABLE_ANYWHERE, &table, &found, NULL, &err) ==
               ESPBAK_OK);
    espbak_partition_table_free(&table);
    return 0;
}
