/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_OTADATA_H
#define ESPBAK_OTADATA_H

/*
 * The otadata partition: two sectors, each with one entry, that tell the bootloader which slot to
 * start. It is judged as ESP-IDF's bootloader does, rollback included.
 */

#include "espbak/api.h"
#include "espbak/partition.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ESPBAK_OTADATA_SECTOR = 0x1000,
    ESPBAK_OTADATA_SIZE = 2 * ESPBAK_OTADATA_SECTOR,
    ESPBAK_OTADATA_ENTRY_SIZE = 32,
};

/** States as they stand in flash; anything else has no name. */
enum {
    ESPBAK_OTA_NEW = 0,            /**< to be started for the first time */
    ESPBAK_OTA_PENDING_VERIFY = 1, /**< started, has not yet said that it works */
    ESPBAK_OTA_VALID = 2,
    ESPBAK_OTA_INVALID = 3,
    ESPBAK_OTA_ABORTED = 4,
};
#define ESPBAK_OTA_UNDEFINED UINT32_MAX /**< no state was kept */

typedef struct espbak_ota_entry {
    uint32_t seq; /**< UINT32_MAX in an erased entry */
    uint32_t state;
    uint32_t crc;
    bool empty;  /**< seq is UINT32_MAX */
    bool crc_ok; /**< of the sequence number */
    bool valid;  /**< the bootloader would follow it */
} espbak_ota_entry;

typedef struct espbak_otadata {
    espbak_ota_entry entries[2];
    int active; /**< index of the entry that is followed, -1 when none is */
} espbak_otadata;

/** Judge the first ESPBAK_OTADATA_ENTRY_SIZE bytes of either sector. */
ESPBAK_API void espbak_otadata_parse(espbak_otadata *otadata, const uint8_t first[ESPBAK_OTADATA_ENTRY_SIZE],
                                     const uint8_t second[ESPBAK_OTADATA_ENTRY_SIZE]);

/** The same from the start of the partition, with what is wrong as findings. Errors are the reader's. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_otadata_read(const espbak_image_reader *reader, uint64_t offset,
                                                             espbak_otadata *otadata, espbak_findings *findings,
                                                             espbak_error *err);

/** "new", "pending-verify", "valid", "invalid", "aborted", "undefined", "unknown". Never NULL. */
ESPBAK_API const char *espbak_ota_state_name(uint32_t state);

/** What stands for other than numbered slots. */
enum { ESPBAK_SLOT_FACTORY = -1, ESPBAK_SLOT_TEST = -2, ESPBAK_SLOT_NONE = -3 };

/** The slots of a table, as ESP-IDF's bootloader counts them: ota_0 to ota_<count-1>. */
ESPBAK_API unsigned espbak_ota_slot_count(const espbak_partition_table *table);
/** The partition of a slot, NULL when the table has none. */
ESPBAK_API const espbak_partition *espbak_ota_slot_partition(const espbak_partition_table *table, int slot);
/** Where a bootloader finds otadata: the last such row that it sees; NULL when there is none. */
ESPBAK_API const espbak_partition *espbak_otadata_partition(const espbak_partition_table *table);
/** The slot a partition is, ESPBAK_SLOT_NONE for what does not boot. */
ESPBAK_API int espbak_ota_slot_of(const espbak_partition *partition);

/**
 * The slot that the bootloader tries first. `otadata` is NULL for a table without such a partition.
 * ESPBAK_SLOT_FACTORY also where there is no factory partition: then all slots are tried.
 */
ESPBAK_API int espbak_otadata_first_slot(const espbak_partition_table *table, const espbak_otadata *otadata);

/**
 * All slots in the order in which the bootloader tries them when the one before does not load.
 * Returns how many there are.
 */
enum { ESPBAK_SLOTS_MAX = 18 };
ESPBAK_API size_t espbak_ota_boot_order(const espbak_partition_table *table, int first, int slots[ESPBAK_SLOTS_MAX]);

/**
 * Change the contents of an otadata partition so that `slot` of `slot_count` boots next, as an update
 * over the air would: the entry not in use is rewritten with a higher number and no state, so that
 * nothing is rolled back. ESPBAK_SLOT_FACTORY erases both entries. changed[] tells which sectors
 * differ. Where no higher number is left it begins anew, and the other entry is erased. ESPBAK_E_USAGE for a slot that
 * is none.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_otadata_select(uint8_t contents[ESPBAK_OTADATA_SIZE], int slot,
                                                               unsigned slot_count, bool changed[2], espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
