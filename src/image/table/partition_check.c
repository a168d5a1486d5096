/* SPDX-License-Identifier: Apache-2.0 */
/* What a table says that cannot be meant, or that ESP-IDF's own tools would refuse. */
#include <string.h>

#include "espbak/partition.h"

enum {
    TABLE_SECTOR = 0x1000,
    APP_ALIGNMENT = 0x10000, /* one page of the flash cache */
    DATA_ALIGNMENT = 0x1000,
    OTADATA_SIZE = 0x2000,
    SECURE_CERT_TYPE = 0x3F,  /* of esp_secure_cert_mgr */
    CUSTOM_TYPE_FIRST = 0x40, /* ESP-IDF leaves 0x40 to 0xFE to projects */
};

static unsigned long end_of(const espbak_partition *p)
{
    return (unsigned long)p->offset + p->size - 1;
}

static bool overlap(const espbak_partition *a, const espbak_partition *b)
{
    return a->offset < (uint64_t)b->offset + b->size && b->offset < (uint64_t)a->offset + a->size;
}

static void check_pairs(const espbak_partition_table *table, size_t index, espbak_findings *findings)
{
    const espbak_partition *a = &table->entries[index];
    for (size_t i = 0; i < index; i++) {
        const espbak_partition *b = &table->entries[i];
        if (strcmp(a->label, b->label) == 0)
            espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "two partitions are called %s", a->label);
        if (overlap(a, b))
            espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "%s (0x%lx to 0x%lx) overlaps %s (0x%lx to 0x%lx)",
                                a->label, (unsigned long)a->offset, end_of(a), b->label, (unsigned long)b->offset,
                                end_of(b));
    }
}

static void check_label(const espbak_partition *p, size_t index, espbak_findings *findings)
{
    if (p->label[0] == '\0')
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "partition %zu has no label", index + 1);
    if (strpbrk(p->label, "/\\:") != NULL || strcmp(p->label, ".") == 0 || strcmp(p->label, "..") == 0)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "the label of partition %zu cannot name a file: %s",
                            index + 1, p->label);
}

static void check_kind(const espbak_partition *p, espbak_findings *findings)
{
    if (p->type > ESPBAK_PARTITION_TABLE && p->type < CUSTOM_TYPE_FIRST && p->type != SECURE_CERT_TYPE)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "%s has the unknown type 0x%02x", p->label, p->type);
    char subtype[ESPBAK_PARTITION_TEXT_MAX];
    espbak_partition_subtype_text(p->type, p->subtype, subtype);
    if (p->type == ESPBAK_PARTITION_APP && subtype[0] == '0')
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "%s is an application of the unknown subtype %s",
                            p->label, subtype);
    if (p->type == ESPBAK_PARTITION_DATA && p->subtype == ESPBAK_DATA_OTA && p->size != OTADATA_SIZE)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "%s has 0x%lx bytes instead of 0x%x", p->label,
                            (unsigned long)p->size, OTADATA_SIZE);
}

static void check_place(const espbak_partition_table *table, const espbak_partition *p, espbak_findings *findings)
{
    const uint32_t alignment = p->type == ESPBAK_PARTITION_APP ? APP_ALIGNMENT : DATA_ALIGNMENT;
    if (p->size == 0)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "%s has no bytes", p->label);
    if (p->offset % alignment != 0)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "%s at 0x%lx is not aligned to 0x%lx", p->label,
                            (unsigned long)p->offset, (unsigned long)alignment);
    if (p->type != ESPBAK_PARTITION_BOOTLOADER && p->type != ESPBAK_PARTITION_TABLE && table->offset != 0 &&
        p->offset < table->offset + TABLE_SECTOR)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "%s at 0x%lx stands before the end of the table (0x%llx)",
                            p->label, (unsigned long)p->offset, (unsigned long long)table->offset + TABLE_SECTOR);
}

void espbak_partition_table_check(const espbak_partition_table *table, espbak_findings *findings)
{
    size_t otadata = 0;
    if (table->count == 0)
        espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "the partition table has no partitions");
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *p = &table->entries[i];
        check_label(p, i, findings);
        check_kind(p, findings);
        check_place(table, p, findings);
        check_pairs(table, i, findings);
        otadata += p->type == ESPBAK_PARTITION_DATA && p->subtype == ESPBAK_DATA_OTA;
    }
    if (otadata > 1)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "there are %zu partitions for otadata", otadata);
}
