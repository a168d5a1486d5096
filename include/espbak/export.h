/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_EXPORT_H
#define ESPBAK_EXPORT_H

/* A job that writes a backup, or a file that stands for a flash, as other programs take it; as in espbak/ops.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/contents.h"
#include "espbak/error.h"
#include "espbak/events.h"
#include "espbak/files.h"
#include "espbak/manifest.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum espbak_export_format {
    ESPBAK_EXPORT_BIN,          /**< the whole flash, byte for byte */
    ESPBAK_EXPORT_GZ,           /**< the same, packed; the same flash gives the same bytes */
    ESPBAK_EXPORT_HEX,          /**< Intel HEX */
    ESPBAK_EXPORT_UF2,          /**< with the family of the chip */
    ESPBAK_EXPORT_ESPTOOL_ARGS, /**< a folder with a file a partition, and flash_args for esptool write-flash */
    ESPBAK_EXPORT_WEB_TOOLS,    /**< such a folder with manifest.json for ESP Web Tools */
    ESPBAK_EXPORT_PARTITIONS,   /**< such a folder with partitions.csv for gen_esp32part */
    ESPBAK_EXPORT_FORMATS
} espbak_export_format;

/** "bin", "gz", "hex", "uf2", "esptool-args", "web-tools", "partitions". Never NULL. */
ESPBAK_API const char *espbak_export_format_name(espbak_export_format format);

/** What the name of such a file ends in, ".bin.gz", or of such a folder, "-esptool". Never NULL. */
ESPBAK_API const char *espbak_export_format_ending(espbak_export_format format);

/** Whether it is a folder of files. */
ESPBAK_API bool espbak_export_format_is_folder(espbak_export_format format);

typedef struct espbak_export_options {
    const char *path;        /**< a backup, a dump of a flash, a merged image */
    const espbak_chip *chip; /**< of a file without a bootloader; NULL: by it */
    espbak_table_source table;
    espbak_export_format format;
    const char *target; /**< the file, or the folder, which must not be there; NULL: named after the source, unless */
    bool overwrite;     /**< replace the file */
    bool redact;        /**< blank what is secret; what was is told in the result, and in a file beside it */
    /** With `redact`: \"PARTITION:/PATH\", as in espbak_extract_files_options; files whose contents are blanked too. */
    const char *const *redact_files;
    size_t redact_file_count;
    bool force;            /**< bytes that are not there become 0xFF where that would be refused */
    espbak_file_sink sink; /**< this gets the bytes of the file; NULL: nothing does */
    void *user;
    const espbak_events *events;
    const espbak_cancel *cancel;
} espbak_export_options;

/** A file in a folder. */
typedef struct espbak_exported_part {
    char name[ESPBAK_REGION_NAME_MAX], file[64];
    uint64_t offset, size; /**< bytes in the flash */
} espbak_exported_part;

/** What was blanked in a part of the flash. */
typedef struct espbak_redacted {
    char name[ESPBAK_REGION_NAME_MAX]; /**< of the partition */
    uint64_t offset, size;             /**< bytes in the flash */
    const char *what;                  /**< "values of NVS"… */
    size_t count;                      /**< how many; 0 where nothing is counted */
} espbak_redacted;

typedef struct espbak_export_result {
    espbak_export_format format;
    char *target;            /**< where it is now; NULL for the sink */
    const espbak_chip *chip; /**< NULL where it is not known */
    uint64_t size;           /**< bytes of flash that are in it */
    uint64_t missing_bytes;  /**< of these, 0xFF because the source does not have them */
    uint64_t hole_bytes;     /**< of these, 0xFF because they could not be read when the backup was made */
    uint64_t left_out_bytes; /**< erased, and in no partition: they have no file in the folder */
    espbak_exported_part *parts;
    size_t part_count;
    espbak_redacted *redacted;
    size_t redacted_count;
    char *notice;                /**< the file that lists what was blanked; NULL for none */
    uint8_t sha256[32], md5[16]; /**< of the file */
} espbak_export_result;

/** All zero is valid to free. */
ESPBAK_API void espbak_export_result_free(espbak_export_result *result);

/**
 * Write it, after the files of a backup were checked. ESPBAK_E_REFUSED without `force` for a backup with holes, and
 * where the whole flash is asked for and more than its end is missing. ESPBAK_E_USAGE where a format needs what is not
 * known: the chip, a partition table, or where the bytes belong.
 *
 * With `redact` values of NVS are blanked so that every CRC is right again, with what its erased entries still hold;
 * keys of NVS, core dumps, emulated eFuses, esp_secure_cert and what no partition has become 0xFF; PEM and DER in
 * partitions without a format are blanked in place. Contents of files and programs stay: ESPBAK_E_REFUSED without
 * `force` where they hold a private key in PEM, and where there is no partition table that tells what is secret. What
 * was redacted is refused by espbak_write_run and espbak_restore_run.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_export_run(const espbak_export_options *options,
                                                           espbak_export_result *result, espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
