/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_INSPECT_H
#define ESPBAK_INSPECT_H

/*
 * Jobs that say what is in a flash, take a part of it out, and say what differs between two; results and errors as in
 * espbak/ops.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/contents.h"
#include "espbak/efuse.h"
#include "espbak/error.h"
#include "espbak/files.h"
#include "espbak/manifest.h"
#include "espbak/nvs.h"
#include "espbak/session.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- info ---- */

typedef struct espbak_info_result {
    espbak_device_info device;
    espbak_contents *contents; /**< NULL: the flash could not be read */
    uint64_t *erased; /**< of each entry of the table how many bytes are proven to be 0xFF; NULL: not measured */
} espbak_info_result;

ESPBAK_API void espbak_info_result_free(espbak_info_result *result);

typedef struct espbak_info_options {
    espbak_session_options session;
    espbak_table_source table;
    bool measure; /**< let the chip hash the partitions, to say how full they are */
} espbak_info_options;

/** Look at the attached device. A size that cannot be proven and Secure Download Mode are no errors here. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_info_run(const espbak_info_options *options, espbak_info_result *result,
                                                         espbak_error *err);

/**
 * What hangs on a port, and nothing else: chip, revision, MAC, crystal, security, flash. By the ROM's loader, or what
 * runs in the chip already. The chip is reset as in every session. Errors as espbak_session_open.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_probe_run(const espbak_session_options *options,
                                                          espbak_device_info *device, espbak_error *err);

/* ---- inspect ---- */

typedef struct espbak_inspect_options {
    const char *path;        /**< a backup, or a dump of a flash */
    const espbak_chip *chip; /**< of a dump; NULL: by its bootloader */
    espbak_table_source table;
    const char *keys; /**< a file with the key of encrypted NVS; NULL: those that the flash holds are tried */
    const espbak_cancel *cancel;
} espbak_inspect_options;

enum {
    ESPBAK_SECTOR_NOT_HELD = 0xFFFF, /**< the backup does not have it */
    ESPBAK_USAGE_SECTOR = 4096,
};

typedef struct espbak_inspected_nvs {
    const espbak_partition *partition;
    const espbak_nvs *nvs;
} espbak_inspected_nvs;

typedef struct espbak_inspection {
    const char *path;
    const char *format;              /**< "UF2", "Intel HEX packed with gzip"…; NULL for plain bytes */
    const espbak_manifest *manifest; /**< NULL for a dump */
    bool alone;                      /**< one part of a flash and nothing else: `sectors` are not looked at */
    uint64_t size;                   /**< bytes of the flash, or of the one part */
    const espbak_contents *contents;
    const uint16_t *sectors; /**< of each: how many bytes are not 0xFF, or ESPBAK_SECTOR_NOT_HELD */
    size_t sector_count;
    const espbak_inspected_nvs *nvs; /**< the NVS partitions that are held */
    size_t nvs_count;
    struct espbak_inspection_state *state; /**< what the pointers above point into */
} espbak_inspection;

/** Explain a backup or a dump without a device. Close it afterwards; after an error that is done already. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_inspect_open(espbak_inspection *out,
                                                             const espbak_inspect_options *options, espbak_error *err);
ESPBAK_API void espbak_inspect_close(espbak_inspection *inspection);

typedef struct espbak_usage {
    uint64_t used_bytes;     /**< bytes that are not 0xFF */
    uint64_t used_sectors;   /**< sectors with at least one such byte */
    uint64_t erased_sectors; /**< the others */
} espbak_usage;

/** How full a range is, counted in the sectors of it that are held; false where these are not all. */
ESPBAK_API bool espbak_inspect_usage(const espbak_inspection *inspection, uint64_t offset, uint64_t size,
                                     espbak_usage *usage);

/* ---- files ---- */

/** Where the files are. */
typedef struct espbak_files_source {
    const char *path;               /**< a backup, a dump, a file system's image alone; NULL: the device */
    espbak_session_options session; /**< of a device; its events and cancel are heeded for all */
    const espbak_chip *chip;        /**< of dumps without a bootloader; NULL for none */
    espbak_table_source table;
    const char *name; /**< one partition, by its label; NULL: all that hold a file system */
    bool placed;      /**< instead: the file system at `offset`, with `size` bytes, or up to the end where that is 0 */
    uint64_t offset, size;
    espbak_volume_options options;
    const char *keys; /**< as in espbak_inspect_options */
} espbak_files_source;

typedef struct espbak_listed_volume {
    char name[ESPBAK_REGION_NAME_MAX]; /**< of the partition; "file" where the image stands alone */
    uint64_t offset, size;             /**< of the partition */
    bool opened;                       /**< false: `findings` say why it cannot be looked into */
    espbak_volume_info info;
    espbak_file_list files;
    espbak_findings findings;
} espbak_listed_volume;

typedef struct espbak_files_result {
    espbak_device_info device; /**< when it was asked */
    espbak_listed_volume *volumes;
    size_t volume_count;
    uint64_t read_bytes; /**< of the device */
} espbak_files_result;

ESPBAK_API void espbak_files_result_free(espbak_files_result *result);

/**
 * The files of each partition of type data that holds a file system, by reading no more than that takes. ESPBAK_E_FILE
 * where the one that is named holds none.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_files_run(const espbak_files_source *source,
                                                          espbak_files_result *result, espbak_error *err);

/* ---- nvs ---- */

/** A partition of NVS, while its values can be read. */
typedef struct espbak_nvs_found {
    const char *name; /**< of the partition */
    const espbak_nvs *nvs;
    const espbak_findings *findings;
    size_t of; /**< how many are found in all */
} espbak_nvs_found;

/** Anything but ESPBAK_OK ends the job with it. */
typedef espbak_status (*espbak_nvs_visit)(void *user, const espbak_nvs_found *found, espbak_error *err);

/** Call `visit` with the partition that the source names, or with each of NVS. ESPBAK_E_FILE where there is none. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_nvs_run(const espbak_files_source *source, espbak_nvs_visit visit,
                                                        void *user, espbak_error *err);

/* ---- nvs set, nvs delete ---- */

typedef struct espbak_nvs_edit_options {
    const char *backup; /**< it stays as it is */
    espbak_table_source table;
    const char *partition;              /**< of NVS, by its label; NULL: the only one, or the one called "nvs" */
    const char *keys;                   /**< as in espbak_inspect_options */
    const espbak_nvs_setting *settings; /**< applied in this order */
    size_t count;
    const char *folder, *name, *note; /**< of the new backup, as in espbak_import_options; `note` NULL: the old one's */
    const espbak_events *events;
    const espbak_cancel *cancel;
} espbak_nvs_edit_options;

struct espbak_backup_result;

/**
 * A new backup that differs from another one in settings alone; its manifest says which, and its state is
 * ESPBAK_STATE_EDITED. The old one's files are checked first, and the new partition is read again before it is written:
 * nothing but the settings differs. Errors as espbak_nvs_edit_apply; ESPBAK_E_USAGE where nothing would change.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_nvs_edit_run(const espbak_nvs_edit_options *options,
                                                             struct espbak_backup_result *result, espbak_error *err);

/* ---- diff ---- */

typedef struct espbak_diff_options {
    const char *a, *b;              /**< backups or dumps; `b` NULL: the device */
    espbak_session_options session; /**< for the device */
    const espbak_chip *chip;        /**< of dumps without a bootloader; NULL for none */
    espbak_table_source table;      /**< of `a` */
    const char *keys;               /**< as in espbak_inspect_options */
} espbak_diff_options;

/** A part of the flash by a's partition table, or what no part has. */
typedef struct espbak_diff_part {
    char name[ESPBAK_REGION_NAME_MAX];
    uint64_t offset, size;
    uint64_t compared; /**< sectors that both sides have */
    uint64_t sectors;  /**< of these, sectors that differ */
    uint64_t bytes;    /**< that differ */
} espbak_diff_part;

typedef struct espbak_diff_key {
    char partition[ESPBAK_PARTITION_LABEL_MAX];
    espbak_nvs_change change;
    espbak_nvs_item item; /**< of b; of a for one that was removed */
} espbak_diff_key;

typedef struct espbak_diff_file {
    char partition[ESPBAK_PARTITION_LABEL_MAX];
    espbak_nvs_change change; /**< a file is added, removed or changed as a key is */
    char *path;               /**< as in espbak_file */
    bool folder;
    uint64_t size_before, size_after; /**< 0 where it is not there */
} espbak_diff_file;

typedef struct espbak_diff_result {
    espbak_device_info device; /**< when it was asked */
    uint64_t a_size, b_size;   /**< bytes of the flashes */
    bool tables_differ;        /**< the partition tables say different things */
    espbak_diff_part *parts;
    size_t part_count;
    uint64_t compared, sectors, bytes; /**< of all parts */
    espbak_diff_key *keys;             /**< of NVS */
    size_t key_count;
    espbak_diff_file *files; /**< of file systems; what is damaged counts as far as it can be read */
    size_t file_count;
    espbak_efuse_difference *efuses; /**< of those that both were read of; they do not count as a difference */
    size_t efuse_count;
} espbak_diff_result;

ESPBAK_API void espbak_diff_result_free(espbak_diff_result *result);

/** What differs between two flashes. ESPBAK_E_DIFFERS when something does; the result then says what. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_diff_run(const espbak_diff_options *options, espbak_diff_result *result,
                                                         espbak_error *err);

/* ---- extract ---- */

typedef struct espbak_extract_options {
    const char *backup; /**< or a dump, a merged image, a packed one */
    const char *name;   /**< as in espbak_selection, but of one part */
    const char *file;   /**< gets its bytes; NULL: `sink` does */
    bool overwrite;
    espbak_file_sink sink;
    void *user;
    const espbak_chip *chip; /**< for a file without a bootloader; NULL: by it */
    espbak_table_source table;
    const espbak_events *events;
    const espbak_cancel *cancel;
} espbak_extract_options;

typedef struct espbak_extract_result {
    char name[ESPBAK_REGION_NAME_MAX];
    uint64_t offset, size;
    uint8_t sha256[32], md5[16];
} espbak_extract_result;

/**
 * One part of a backup, or of a file that stands for a flash, into a file of its own, after the backup's files were
 * checked. Of an application, what is not held of the rest of its partition is left out.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_extract_run(const espbak_extract_options *options,
                                                            espbak_extract_result *result, espbak_error *err);

/* ---- extract, of files ---- */

typedef struct espbak_extract_files_options {
    espbak_files_source from; /**< `name` NULL: the only partition that holds a file system */
    const char
        *pattern;       /**< a path from the root, a folder's with all that is in it; the signs *, ** and ? mean more */
    const char *target; /**< gets the file, or is the folder that gets them; NULL: `sink` does */
    bool overwrite;
    espbak_file_sink sink; /**< the bytes of one file, or a tar archive of what may be several */
    void *user;
} espbak_extract_files_options;

typedef struct espbak_extract_files_result {
    espbak_device_info device;         /**< when it was asked */
    char name[ESPBAK_REGION_NAME_MAX]; /**< of the partition */
    char *path;                        /**< of the file; NULL where it may be several */
    char *target;                      /**< where it is now; NULL for the sink */
    size_t files, folders;
    size_t failed;               /**< files of which not all could be had; in a tar archive they end in zeros */
    uint64_t bytes;              /**< of all files */
    uint8_t sha256[32], md5[16]; /**< of the one file */
} espbak_extract_files_result;

ESPBAK_API void espbak_extract_files_result_free(espbak_extract_files_result *result);

/**
 * Files out of a file system. In a folder they keep their path from the root. The files of a backup are checked first.
 * What is damaged is left out and warned of; at the end that is ESPBAK_E_FILE.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_extract_files_run(const espbak_extract_files_options *options,
                                                                  espbak_extract_files_result *result,
                                                                  espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
