/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_OPS_H
#define ESPBAK_OPS_H

/*
 * The jobs: each opens a session, does all of it, and leaves the chip as the session options say.
 * Nothing is printed; what happens is told through the session options' events. Options and the
 * strings in them are borrowed for the call. An error with flash_changed means that the job did not
 * finish and has to be run again. `err` may be NULL.
 *
 * A job fills its result from scratch, as far as it came also when it failed. A result with a _free
 * function owns the memory behind its pointers: call that function after every run, failed ones
 * too. All zero is valid to free.
 *
 * @code
 * espbak_backup_options options = {.session = {.port = "/dev/ttyUSB0"}, .folder = "backups"};
 * espbak_backup_result result;
 * espbak_error err = {0};
 * if (espbak_backup_run(&options, &result, &err) == ESPBAK_OK)
 *     printf("%s\n", result.path);
 * else
 *     fprintf(stderr, "%s\n", err.message);
 * espbak_backup_result_free(&result);
 * @endcode
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/contents.h"
#include "espbak/device.h"
#include "espbak/error.h"
#include "espbak/inspect.h"
#include "espbak/manifest.h"
#include "espbak/nvs.h"
#include "espbak/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct espbak_range {
    uint64_t offset, size;
} espbak_range;

/** What moved, and how fast: of the reading or writing alone, on the transport's clock. */
typedef struct espbak_job_stats {
    uint64_t bytes;         /**< flash contents */
    uint64_t bytes_on_wire; /**< both directions, the whole session */
    double seconds;
    unsigned retries;
    espbak_repairs repairs;
    espbak_compression compression; /**< the whole session */
    espbak_loader loader;           /**< what ran in the chip at the end, */
    uint32_t baud;                  /**< and at which rate; 0 where the link has none */
} espbak_job_stats;

/** What did not have to be read, and how long the rest was expected to take; all zero when nothing was planned. */
typedef struct espbak_savings {
    bool planned;
    uint64_t planned_bytes;          /**< to read over the line */
    uint64_t line_bytes;             /**< read over the line; these three are what was done */
    uint64_t erased_bytes;           /**< proven erased by the chip's digest */
    uint64_t base_bytes;             /**< proven to be what a backup holds, and taken from there */
    uint64_t known_bytes;            /**< of these, how many from `sources` */
    uint64_t shared_bytes;           /**< of these, how many the file system keeps once for both */
    uint64_t hashed_bytes;           /**< hashed to prove that */
    uint64_t verify_bytes;           /**< to be hashed for the second look */
    double hash_seconds;             /**< that the proof took */
    double planned_seconds;          /**< for reading and the second look, at the measured rates */
    double full_seconds;             /**< the same for reading everything */
    char *base;                      /**< path of an earlier backup of the device, owned by the result; NULL for none */
    espbak_manifest_source *sources; /**< other backups, of any device; owned by the result */
    size_t source_count;
} espbak_savings;

/** Which programs a result rests on: a loader that is proven on its chip confirms what it moved, else another does. */
typedef struct espbak_witnesses {
    espbak_loader moved_by;     /**< read or wrote them */
    espbak_loader confirmed_by; /**< took the second look; says nothing where nobody did */
    bool alone;                 /**< one program that is not proven on its chip did both */
} espbak_witnesses;

/* ---- backup ---- */

/** Parts of a flash, by the names that its partition table gives them. */
typedef struct espbak_selection {
    /** Labels, "type=app", "subtype=nvs", "bootloader", "partition-table", "app" (the one that boots), "all". */
    const char *const *names;
    size_t count;
    bool critical; /**< instead: bootloader, table, NVS, factory data, otadata and the app that boots */
    espbak_table_source table;
} espbak_selection;

typedef struct espbak_backup_options {
    espbak_session_options session;
    const espbak_selection *parts; /**< NULL: the whole flash */
    const char *folder;            /**< gets the backup's own folder; made if missing */
    const char *name;              /**< of the backup's folder; NULL: chip, MAC, parts and time */
    const char *note;              /**< kept in the manifest; NULL for none */
    bool no_verify;                /**< skip the second look; the backup's state is then "unverified" */
    bool full;                     /**< read everything, also what is known to be erased or unchanged */
    const char *base;      /**< to take unchanged blocks from; NULL: the newest backup of this device in `folder` */
    bool resume;           /**< go on with the newest unfinished backup of this device, or the one with `name` */
    bool allow_unreadable; /**< seal with holes where sectors cannot be read */
    unsigned wait_seconds; /**< how long a device that goes away may stay away; it is looked for once at least */
} espbak_backup_options;

typedef struct espbak_saved_region {
    char name[ESPBAK_REGION_NAME_MAX], file[64];
    uint64_t offset, size;
    uint8_t sha256[32];
} espbak_saved_region;

typedef struct espbak_backup_result {
    char *path; /**< of the folder; of the unfinished one when the job failed; NULL where there is none */
    bool sealed;
    espbak_backup_state state;
    char verify_method[96];
    espbak_witnesses witnesses;
    espbak_device_info device;
    uint64_t size;               /**< bytes in the backup */
    uint8_t sha256[32], md5[16]; /**< of the whole flash, or of the first part */
    espbak_saved_region *regions;
    size_t region_count;
    espbak_contents *contents; /**< what is in the backup; NULL where that cannot be told */
    bool ciphertext;           /**< flash encryption is on: only this chip can use what was read */
    bool resumed;
    uint64_t found_bytes;    /**< an earlier run had read them; compared with the device before anything else */
    uint64_t changed_bytes;  /**< of what was read earlier: different on the device, and read again */
    uint64_t repaired_bytes; /**< found different in the second look, and put right */
    uint64_t hole_bytes;     /**< could not be read */
    unsigned reconnects;     /**< times the device went away and came back */
    espbak_savings saved;
    espbak_job_stats stats;
} espbak_backup_result;

ESPBAK_API void espbak_backup_result_free(espbak_backup_result *result);

/**
 * The whole flash, or parts of it, into a new, sealed backup. Unless no_verify, the file as it came back from the
 * disk is compared with MD5s that the chip makes over other ranges than those it was read in.
 * What differs there is read again; a device that goes away is looked for, and what was read before is
 * then compared with it. Errors: those of the session and of reading; ESPBAK_E_DIFFERS when contents
 * stay different; ESPBAK_E_FILE. ESPBAK_E_DEVICE names sectors that cannot be read, also when the backup was sealed
 * with holes (result->sealed). After another error an unfinished folder may remain, result->path names it.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_run(const espbak_backup_options *options,
                                                           espbak_backup_result *result, espbak_error *err);

/* ---- import ---- */

typedef struct espbak_import_options {
    const char *file;        /**< a dump of a whole flash */
    const espbak_chip *chip; /**< NULL: by the bootloader in the dump */
    const char *folder, *name, *note;
    const espbak_events *events;
    const espbak_cancel *cancel;
} espbak_import_options;

/**
 * A backup out of a dump made with another tool; result->device holds only what the dump tells. Its
 * state is "unverified", the method "imported". ESPBAK_E_FILE for a dump that cannot be one: empty,
 * larger than any flash, no whole number of sectors.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_import_run(const espbak_import_options *options,
                                                           espbak_backup_result *result, espbak_error *err);

/* ---- verify ---- */

/** One raw file and where it belongs. */
typedef struct espbak_raw_file {
    uint64_t offset;
    const char *path;
    const espbak_image_reader *reader; /**< has the bytes, and `path` is only their name; NULL: they are in the file */
} espbak_raw_file;

typedef struct espbak_verify_options {
    espbak_session_options session; /**< not looked at when offline */
    const char *backup;             /**< NULL: compare `files` */
    const espbak_raw_file *files;
    size_t file_count;
    bool offline;          /**< the files of the backup only, no device */
    unsigned wait_seconds; /**< how long a device that goes away may stay away; it is looked for once at least */
} espbak_verify_options;

typedef struct espbak_verify_result {
    char *path;          /**< of the backup; NULL where files were compared */
    bool files_checked;  /**< the backup's files agree with its manifest */
    bool device_checked; /**< the device was asked about everything */
    espbak_device_info device;
    espbak_witnesses witnesses; /**< of the comparison with the device */
    espbak_backup_state state;
    size_t regions;
    uint64_t size;            /**< bytes compared */
    uint64_t flash_size;      /**< of the flash, where the backup has its beginning alone; else 0 */
    uint64_t hole_bytes;      /**< bytes of the backup that were never read, and not compared */
    uint64_t different_bytes; /**< of the device, counted in whole sectors */
    espbak_range *differences;
    size_t difference_count;
} espbak_verify_result;

ESPBAK_API void espbak_verify_result_free(espbak_verify_result *result);

/** Files against their manifest, then device against files. ESPBAK_E_DIFFERS names the first difference. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_verify_run(const espbak_verify_options *options,
                                                           espbak_verify_result *result, espbak_error *err);

/* ---- read ---- */

typedef struct espbak_read_options {
    espbak_session_options session;
    uint64_t offset;
    uint64_t size;    /**< ignored when `all` */
    bool all;         /**< up to the end of the flash */
    const char *file; /**< NULL: `sink` gets the bytes instead */
    bool overwrite;
    bool no_verify;        /**< skip the second look at the device */
    bool full;             /**< read everything, also what is known to be erased */
    const char *base;      /**< a backup whose contents are not read again where they are unchanged; NULL for none */
    unsigned wait_seconds; /**< how long a device that goes away may stay away; it is looked for once at least */
    espbak_status (*sink)(void *user, const uint8_t *data, size_t size, espbak_error *err);
    void *user;
} espbak_read_options;

typedef struct espbak_read_result {
    espbak_device_info device;
    uint64_t offset, size;
    uint8_t sha256[32], md5[16];
    bool verified;
    espbak_witnesses witnesses;
    bool ciphertext;
    espbak_savings saved;
    espbak_job_stats stats;
} espbak_read_result;

ESPBAK_API void espbak_read_result_free(espbak_read_result *result);

/**
 * A region into a file, which appears when whole, and FILE.sha256 beside it. When the device was away meanwhile
 * the second look is taken also with `no_verify`: its application may have run and written. What a sink
 * had got already cannot be put right then: ESPBAK_E_DIFFERS.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_read_run(const espbak_read_options *options, espbak_read_result *result,
                                                         espbak_error *err);

/* ---- write and erase ---- */

enum { ESPBAK_PLAN_TEXT_MAX = 160 };

/** A run of bytes that will be written or erased. */
typedef struct espbak_planned_run {
    uint64_t offset, size;
    const char *file;                /**< it comes from; NULL where it is erased, or is otadata of `activate` */
    char what[ESPBAK_PLAN_TEXT_MAX]; /**< "application weather 1.2.3, sound"; the name of what is erased */
} espbak_planned_run;

/** A part of the flash as it is now, something of which will be written or erased. */
typedef struct espbak_planned_part {
    char name[ESPBAK_REGION_NAME_MAX]; /**< label, "bootloader" or "partition-table" */
    uint64_t offset, size;
    uint64_t bytes;                  /**< of these: written or erased, in whole sectors */
    char what[ESPBAK_PLAN_TEXT_MAX]; /**< "application weather 1.2.2", "NVS", "LittleFS", "erased" */
    bool nvs, factory;               /**< settings of the device, what its maker put on it alone */
    bool lost;                       /**< it is not known to be erased, nor to be the same afterwards */
} espbak_planned_part;

/** Whether it starts, and what. By headers alone where contents stand on the device already. */
typedef struct espbak_planned_boot {
    espbak_boot_verdict verdict;
    char condition[ESPBAK_BOOT_CONDITION_MAX]; /**< as in espbak_boot_report */
    char reason[ESPBAK_BOOT_REASON_MAX];
    char starts[ESPBAK_REGION_NAME_MAX]; /**< the partition; empty where that is not known */
} espbak_planned_boot;

/** What a write or erase will do. */
typedef struct espbak_change_plan {
    const espbak_device_info *device;
    const espbak_planned_run *runs;
    size_t run_count;
    const espbak_planned_part *parts;
    size_t part_count;
    uint64_t bytes;   /**< written or erased */
    bool table_found; /**< the device's table says what the parts are */
    espbak_planned_boot before, after;
    const char *activate; /**< label of the partition that will boot; NULL when that is not changed */
    const char *idle;     /**< label of an application that is written and will not start; NULL for none */
    bool header_written;  /**< an image comes to where the bootloader stands, with this header: */
    espbak_image_header header;
    bool refused; /**< it is only shown: the job ends with what was refused, whatever is answered */
} espbak_change_plan;

typedef struct espbak_write_options {
    espbak_session_options session;
    const espbak_raw_file *files; /**< offsets are multiples of ESPBAK_FLASH_SECTOR */
    size_t file_count;
    espbak_table_source table; /**< of the device, to know its factory data */
    bool activate;             /**< the application that is written boots from now on */
    bool dry_run;              /**< stop after the plan */
    bool no_verify, force;
    unsigned wait_seconds; /**< how long a device that goes away may stay away; it is looked for once at least */
    /** Is shown the plan; anything but ESPBAK_OK ends the job with it. NULL: go on. */
    espbak_status (*plan)(void *user, const espbak_change_plan *plan, espbak_error *err);
    void *user;
} espbak_write_options;

/** Of a write or an erase. */
typedef struct espbak_write_result {
    espbak_device_info device;
    uint64_t bytes;
    bool finished, verified;
    espbak_witnesses witnesses;
    espbak_job_stats stats;
} espbak_write_result;

/**
 * Raw files to flash. All of them are opened and checked (present, not empty, within the flash, no
 * overlap, nothing refused) before the first erase. The rest of a file's last sector becomes 0xFF.
 * When the device was away meanwhile it is compared with the files, also with `no_verify`, and what is
 * missing is written. With `activate` otadata is written last, and compared like the rest: ESPBAK_E_USAGE unless the
 * files hold one application for a slot of the table, and no otadata.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_write_run(const espbak_write_options *options,
                                                          espbak_write_result *result, espbak_error *err);

typedef struct espbak_erase_options {
    espbak_session_options session;
    const char *const *names; /**< parts as in espbak_selection; NULL: the range, or all */
    size_t name_count;
    espbak_range range;        /**< whole sectors; a size of 0 without names: up to the end of the flash */
    bool all;                  /**< the whole flash, which takes its bootloader along without `force` */
    espbak_table_source table; /**< of the device */
    bool dry_run, no_verify, force;
    unsigned wait_seconds; /**< as in espbak_write_options, these three too */
    espbak_status (*plan)(void *user, const espbak_change_plan *plan, espbak_error *err);
    void *user;
} espbak_erase_options;

/**
 * Make parts of the flash 0xFF, and have the chip's digest prove it. ESPBAK_E_USAGE for a range that is not of whole
 * sectors; refused is what a write would be refused, and what takes the bootloader of a device away unless it is all.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_erase_run(const espbak_erase_options *options,
                                                          espbak_write_result *result, espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
