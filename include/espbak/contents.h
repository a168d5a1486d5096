/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_CONTENTS_H
#define ESPBAK_CONTENTS_H

/*
 * What is on a flash, put together: bootloader, partition table, applications, which of them boots,
 * and whether it will. The same for a device, a backup and a dump.
 */

#include "espbak/api.h"
#include "espbak/boot.h"
#include "espbak/device.h"
#include "espbak/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where the partition table is to be taken from. All zero: from where it usually stands, or found. */
typedef struct espbak_table_source {
    const char *file; /**< a table as CSV or binary, or an sdkconfig that says where it stands; NULL for none */
    uint64_t offset;  /**< where it stands in the flash; 0 when that is not known */
    const espbak_partition *places; /**< known anyway: used for names that the table does not have */
    size_t place_count;
    const espbak_profile *boards; /**< whose factory data is known as such, where one seems to be the device's */
    size_t board_count;
} espbak_table_source;

/** Owns what it points to. All zero is valid to free. */
typedef struct espbak_contents {
    const espbak_chip *chip;    /**< NULL when it is not known */
    uint64_t flash_size;        /**< bytes */
    espbak_tristate ciphertext; /**< yes: only a table from a file tells anything */
    bool table_from_file;       /**< named by the caller, not read from the flash */
    bool table_from_manifest;   /**< the backup does not hold the table itself */
    espbak_boot_report boot;
    espbak_esp8266_report *esp8266;             /**< how the flash of an ESP8266 is laid out; NULL for other chips */
    bool missing[ESPBAK_PARTITIONS_MAX];        /**< entries that the backup does not hold: nothing is known of them */
    const char *volumes[ESPBAK_PARTITIONS_MAX]; /**< "LittleFS", "SPIFFS" or "FAT" in such an entry; NULL: none seen */
} espbak_contents;

/** Frees what the contents own; all zero then. */
ESPBAK_API void espbak_contents_free(espbak_contents *contents);

/** False when an entry of the table could not be looked at. */
ESPBAK_API bool espbak_contents_holds(const espbak_contents *contents, const espbak_partition *entry);

/** The app of an entry of the table, NULL when it has none. */
ESPBAK_API const espbak_boot_app *espbak_contents_app(const espbak_contents *contents, const espbak_partition *entry);

/**
 * Whether a partition of these contents holds what a maker put on one single device: by its label or type, or because
 * `source` says so, by the place of a profile that is used or by the board that this seems to be.
 */
ESPBAK_API bool espbak_contents_is_factory(const espbak_contents *contents, const espbak_table_source *source,
                                           const espbak_partition *entry);

/** The profile whose board this seems to be, by chip, flash size and places; NULL for none. */
ESPBAK_API const espbak_profile *espbak_contents_board(const espbak_contents *contents, const espbak_profile *profiles,
                                                       size_t count);

#ifdef __cplusplus
}
#endif

#endif
