/* SPDX-License-Identifier: Apache-2.0 */
/* Text from anywhere as a partition table in CSV, and as an sdkconfig. */
#include "espbak/partition.h"
#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    espbak_partition_table table;
    espbak_error err = {0};
    espbak_findings findings = {.count = 0};
    uint64_t offset = 0;
    const espbak_partition_layout layout = {.bootloader_offset = 0x1000, .flash_size = 1 << 22};
    const espbak_status status = espbak_partition_table_from_file_text(&table, data, size, &layout, &findings, &err);
    check_findings(&findings);
    FUZZ_CHECK(status == ESPBAK_OK || (status == ESPBAK_E_FILE && err.message[0] != '\0' && table.count == 0));
    FUZZ_CHECK(table.count <= ESPBAK_PARTITIONS_MAX);
    for (size_t i = 0; i < table.count; i++) {
        const espbak_partition *p = &table.entries[i];
        FUZZ_CHECK(p->outside || bytes_range_within(p->offset, p->size, 1 << 22));
        FUZZ_CHECK(memchr(p->label, '\0', sizeof(p->label)) != NULL);
    }
    if (espbak_sdkconfig_table_offset((const char *)data, size, &offset))
        FUZZ_CHECK(offset > 0 && offset <= UINT32_MAX);
    espbak_partition_table_free(&table);
    espbak_findings_free(&findings);
    return 0;
}
