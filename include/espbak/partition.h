/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_PARTITION_H
#define ESPBAK_PARTITION_H

/*
 * The partition table: from a flash, from its binary file, or from the CSV that ESP-IDF projects
 * keep. Whatever it says is checked before it is believed.
 */

#include "espbak/api.h"
#include "espbak/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ESPBAK_PARTITION_TABLE_OFFSET = 0x8000, /**< where it stands unless a project was told otherwise */
    ESPBAK_PARTITION_TABLE_SIZE = 0xC00,    /**< the rest of its sector is free, or holds a signature */
    ESPBAK_PARTITION_ROW_SIZE = 32,
    ESPBAK_PARTITIONS_MAX = ESPBAK_PARTITION_TABLE_SIZE / ESPBAK_PARTITION_ROW_SIZE - 1,
    ESPBAK_PARTITION_LABEL_MAX = 17, /**< 16 bytes and the end */
};

enum {
    ESPBAK_PARTITION_APP = 0,
    ESPBAK_PARTITION_DATA = 1,
    ESPBAK_PARTITION_BOOTLOADER = 2,
    ESPBAK_PARTITION_TABLE = 3
};

/** Subtypes that decide what boots. */
enum {
    ESPBAK_APP_FACTORY = 0x00,
    ESPBAK_APP_OTA_FIRST = 0x10,
    ESPBAK_APP_OTA_LAST = 0x1F,
    ESPBAK_APP_TEST = 0x20,
    ESPBAK_DATA_OTA = 0x00,
    ESPBAK_DATA_NVS = 0x02,
    ESPBAK_DATA_NVS_KEYS = 0x04,
};

typedef struct espbak_partition {
    char label[ESPBAK_PARTITION_LABEL_MAX]; /**< printable: what is not, became '?' */
    uint8_t type, subtype;
    uint32_t offset, size; /**< bytes in the flash */
    bool encrypted;        /**< flag: encrypted when flash encryption is on, whatever the type */
    bool read_only;        /**< flag */
    bool unseen;           /**< the bootloader does not come to it: the last row, behind the MD5 of the table */
    bool outside;          /**< leaves the flash: to be named, never to be read or written */
} espbak_partition;

/**
 * Owns its entries. Whatever fills a table does not look at what was in it: free it afterwards, also after an
 * error. All zero is an empty table, and valid to free.
 */
typedef struct espbak_partition_table {
    espbak_partition *entries; /**< at most ESPBAK_PARTITIONS_MAX; they stay where they are until they are freed */
    size_t count;
    uint64_t offset;  /**< where it stands, when it was read from a flash */
    bool md5_present; /**< old tables have none */
    bool md5_ok;      /**< present and right */
    bool bootable;    /**< ESP-IDF's bootloader would take it */
} espbak_partition_table;

/** Frees the entries; all zero then. */
ESPBAK_API void espbak_partition_table_free(espbak_partition_table *table);

/** Whether the bytes begin as a table does. */
ESPBAK_API bool espbak_partition_table_begins(const uint8_t *bytes, size_t size);

/**
 * Take apart up to ESPBAK_PARTITION_TABLE_SIZE bytes, of a flash of `flash_size` bytes (0: not known). Every row that
 * can be understood is taken, and what is wrong becomes a finding; a wrong MD5 is md5_ok too. *found is false when the
 * bytes hold no table at all. The error is a digest's only.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_partition_table_examine(espbak_partition_table *table,
                                                                        const uint8_t *bytes, size_t size,
                                                                        uint64_t flash_size, bool *found,
                                                                        espbak_findings *findings, espbak_error *err);

/** What is wrong with the rows of a table taken from a flash or file at table->offset; overlaps and the like. */
ESPBAK_API void espbak_partition_table_check(const espbak_partition_table *table, espbak_findings *findings);

enum {
    ESPBAK_PARTITION_SCAN_END = 1 << 20, /**< no table is looked for past this */
};
/** As `offset` of espbak_partition_table_find: look where it usually stands, then at every sector start. */
#define ESPBAK_PARTITION_TABLE_ANYWHERE UINT64_MAX

/**
 * Find and examine the table of a flash: at `offset`, or anywhere. A scan takes the first table whose
 * MD5 is right, and failing that the first that a bootloader would take. Errors are the reader's.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_partition_table_find(const espbak_image_reader *reader, uint64_t offset,
                                                                     espbak_partition_table *table, bool *found,
                                                                     espbak_findings *findings, espbak_error *err);

/** What CONFIG_PARTITION_TABLE_OFFSET says in the text of an sdkconfig; false when it says nothing usable. */
ESPBAK_API bool espbak_sdkconfig_table_offset(const char *text, size_t size, uint64_t *offset);

/** What a table in a file does not say by itself. */
typedef struct espbak_partition_layout {
    uint64_t table_offset;      /**< 0: ESPBAK_PARTITION_TABLE_OFFSET */
    uint64_t bootloader_offset; /**< for rows of type bootloader */
    uint64_t flash_size;        /**< 0: not known */
} espbak_partition_layout;

/**
 * Parse a file: a binary table, or CSV with ESP-IDF's arithmetic (blank offsets, alignment, K and M,
 * negative sizes). ESPBAK_E_FILE names the line that cannot be understood.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_partition_table_from_file_text(espbak_partition_table *table,
                                                                               const void *bytes, size_t size,
                                                                               const espbak_partition_layout *layout,
                                                                               espbak_findings *findings,
                                                                               espbak_error *err);

/** The entry with this label, NULL when there is none. */
ESPBAK_API const espbak_partition *espbak_partition_find(const espbak_partition_table *table, const char *label);
/** The first entry of a type and subtype, NULL when there is none. */
ESPBAK_API const espbak_partition *espbak_partition_find_kind(const espbak_partition_table *table, uint8_t type,
                                                              uint8_t subtype);

/** Whether it holds what a maker put on one single device: by its label, whatever the case
 * and what stands between the words, or its type. */
ESPBAK_API bool espbak_partition_is_factory(const espbak_partition *entry);

enum { ESPBAK_PARTITION_TEXT_MAX = 16 };

/** "app", "data"…, or the number ("0x40") of one that has no name. */
ESPBAK_API void espbak_partition_type_text(uint8_t type, char out[ESPBAK_PARTITION_TEXT_MAX]);
/** "factory", "ota_0", "nvs"…, or the number. */
ESPBAK_API void espbak_partition_subtype_text(uint8_t type, uint8_t subtype, char out[ESPBAK_PARTITION_TEXT_MAX]);
/** Back from a name, or a number up to 0xFE (decimal, or hex after 0x); false when it is neither. */
ESPBAK_API bool espbak_partition_type_from_text(const char *text, uint8_t *type);
ESPBAK_API bool espbak_partition_subtype_from_text(uint8_t type, const char *text, uint8_t *subtype);

/*
 * The otadata partition: two sectors, each with one entry, that tell the bootloader which slot to
 * start. It is judged as ESP-IDF's bootloader does, rollback included.
 */

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
