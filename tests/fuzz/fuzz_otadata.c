/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from anywhere as the two entries of otadata, one behind the other to keep inputs small: what
 * is followed, and that any slot can be made the next.
 */
#include "espbak/partition.h"
#include "reader.h"

static void try_select(const uint8_t *sectors, int slot, unsigned count)
{
    static uint8_t partition[ESPBAK_OTADATA_SIZE];
    espbak_error err = {0};
    espbak_otadata after;
    bool changed[2];
    memcpy(partition, sectors, sizeof(partition));
    const espbak_status status = espbak_otadata_select(partition, slot, count, changed, &err);
    for (size_t i = 0; i < 2; i++) {
        const size_t at = i * ESPBAK_OTADATA_SECTOR;
        FUZZ_CHECK(changed[i] || memcmp(partition + at, sectors + at, ESPBAK_OTADATA_SECTOR) == 0);
    }
    if (status != ESPBAK_OK) {
        FUZZ_CHECK(status == ESPBAK_E_FILE && !changed[0] && !changed[1]);
        return;
    }
    espbak_otadata_parse(&after, partition, partition + ESPBAK_OTADATA_SECTOR);
    FUZZ_CHECK(after.active >= 0 && (after.entries[after.active].seq - 1) % count == (unsigned)slot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t sectors[ESPBAK_OTADATA_SIZE];
    contents c = {.bytes = sectors, .size = sizeof(sectors)};
    const espbak_image_reader reader = reader_of(&c);
    espbak_otadata otadata;
    espbak_error err = {0};
    espbak_findings findings = {.count = 0};
    memset(sectors, 0xFF, sizeof(sectors));
    for (size_t i = 0; i < size && i < 2 * ESPBAK_OTADATA_ENTRY_SIZE; i++)
        sectors[i / ESPBAK_OTADATA_ENTRY_SIZE * ESPBAK_OTADATA_SECTOR + i % ESPBAK_OTADATA_ENTRY_SIZE] = data[i];
    FUZZ_CHECK(espbak_otadata_read(&reader, 0, &otadata, &findings, &err) == ESPBAK_OK);
    check_findings(&findings);
    FUZZ_CHECK(otadata.active >= -1 && otadata.active <= 1);
    FUZZ_CHECK(otadata.active < 0 || otadata.entries[otadata.active].valid);
    for (unsigned count = 1; count <= 16; count++) {
        try_select(sectors, 0, count);
        try_select(sectors, (int)count - 1, count);
    }
    espbak_findings_free(&findings);
    return 0;
}
