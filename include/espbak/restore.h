/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_RESTORE_H
#define ESPBAK_RESTORE_H

/* Jobs that put a backup back: on a device, or into a simulated chip. Results and errors as in espbak/ops.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/contents.h"
#include "espbak/device.h"
#include "espbak/efuse.h"
#include "espbak/error.h"
#include "espbak/manifest.h"
#include "espbak/ops.h"
#include "espbak/session.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- restore ---- */

/** What becomes of something when another unit takes the place of the one that a backup was made of. */
typedef enum espbak_move_kind {
    ESPBAK_MOVE_STAYS,  /**< with the old unit */
    ESPBAK_MOVE_COPIED, /**< although it is the old unit's alone */
    ESPBAK_MOVE_LOST,   /**< of the new unit, overwritten */
    ESPBAK_MOVE_BEWARE,
} espbak_move_kind;

/** "stays", "copied", "lost", "beware". Never NULL. */
ESPBAK_API const char *espbak_move_kind_name(espbak_move_kind kind);

/** The same for people: "Stays". */
ESPBAK_API const char *espbak_move_kind_phrase(espbak_move_kind kind);

typedef struct espbak_move_note {
    espbak_move_kind kind;
    char text[256];
} espbak_move_note;

typedef struct espbak_restore_plan {
    const char *path;
    const espbak_manifest *manifest;
    const espbak_device_info *device;
    uint64_t total_bytes;  /**< contents of the backup that belong on the flash */
    uint64_t write_bytes;  /**< of these, what differs and will be written or erased */
    uint64_t erase_bytes;  /**< of these, what is only erased */
    uint64_t verify_bytes; /**< to be hashed by the chip afterwards */
    double seconds;        /**< that this is expected to take */
    uint64_t hole_bytes;   /**< never read, so left alone */
    size_t write_ranges;
    bool compared;                 /**< false: the loader cannot hash, so everything is written */
    bool bootloader_last;          /**< its first sector is erased before anything else and written last */
    bool other_device;             /**< the backup was made of another chip of this kind */
    const char *parts;             /**< names of the parts that are put back, "nvs, otadata"; NULL for all of a flash */
    const char *kept;              /**< labels of factory data that is left alone; NULL when there is none */
    const char *activate;          /**< label of the partition that will boot; NULL when that is not changed */
    const espbak_move_note *notes; /**< with `to_another`, what becomes of what; borrowed */
    size_t note_count;
    /** What differs between the eFuses of the backup, as `a`, and of the device; of another device only security. */
    const espbak_efuse_difference *efuses;
    size_t efuse_count;
} espbak_restore_plan;

typedef struct espbak_restore_options {
    espbak_session_options session;
    const char *backup;
    const char *const *only; /**< names as in espbak_selection; NULL: everything the backup has */
    size_t only_count;
    espbak_table_source table;   /**< with `only`: of the device */
    bool activate;               /**< with `only`: the restored application boots */
    bool to_another;             /**< another unit takes the place of the one that the backup was made of */
    bool dry_run;                /**< stop after the plan */
    bool no_verify;              /**< do not compare afterwards */
    bool force;                  /**< what would be refused is a warning */
    const char *snapshot_folder; /**< gets a backup of what will be overwritten, made first; NULL for none */
    unsigned wait_seconds;       /**< how long a device that goes away may stay away; it is looked for once at least */
    void (*plan)(void *user, const espbak_restore_plan *plan); /**< may be NULL */
    /** Anything but ESPBAK_OK ends the job with it. NULL: go on. */
    espbak_status (*ask)(void *user, const espbak_restore_plan *plan, espbak_error *err);
    void *user;
} espbak_restore_options;

typedef struct espbak_restore_result {
    char *path;      /**< of the backup; NULL where it could not be opened */
    char parts[256]; /**< as in the plan; empty for all of a flash */
    espbak_device_info device;
    uint64_t total_bytes, write_bytes, hole_bytes;
    uint64_t erase_bytes;   /**< of write_bytes: only erased */
    uint64_t verify_bytes;  /**< hashed after writing; what is equal already is proven by the comparison before */
    double planned_seconds; /**< that it was expected to take */
    size_t write_ranges;
    char *snapshot; /**< path of a backup of what was overwritten; NULL for none */
    bool planned;   /**< the figures above are known */
    bool finished;  /**< everything is on the flash (or already was) */
    bool verified;  /**< and the chip's digests say so */
    espbak_witnesses witnesses;
    espbak_job_stats stats;
    espbak_move_note *notes; /**< as in the plan, both */
    size_t note_count;
    espbak_efuse_difference *efuses;
    size_t efuse_count;
} espbak_restore_result;

ESPBAK_API void espbak_restore_result_free(espbak_restore_result *result);

/**
 * Put a backup back, byte for byte: check its files, compare it with the device, write what differs,
 * compare again. Factory data of another unit is left alone on the device; with `to_another` everything is written, the
 * old unit's factory data too, and ESPBAK_E_REFUSED where the device is the backup's own, or its contents are
 * ciphertext, `force` or not. ESPBAK_E_REFUSED with the overriding flag in the message for everything in
 * src/ops/safety/refuse.c; ESPBAK_E_DIFFERS when the backup's own files are damaged, or the flash does not
 * hold what was written.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_restore_run(const espbak_restore_options *options,
                                                            espbak_restore_result *result, espbak_error *err);

/* ---- rehearse ---- */

typedef struct espbak_rehearse_options {
    const char *backup;
    const espbak_chip *chip; /**< for backups that do not tell theirs; NULL: as the backup says */
    bool no_stub;
    const char *stub; /**< as in espbak_session_options */
    const espbak_events *events;
    const espbak_cancel *cancel;
} espbak_rehearse_options;

typedef struct espbak_rehearse_result {
    espbak_restore_result restore; /**< on the simulated chip; its seconds are those of a line of 921600 baud */
    bool verified;                 /**< read back, all of it is what the backup holds */
    bool explained;                /**< the next one is known */
    espbak_boot_verdict verdict;
    char condition[ESPBAK_BOOT_CONDITION_MAX]; /**< as in espbak_boot_report */
    char reason[ESPBAK_BOOT_REASON_MAX];
} espbak_rehearse_result;

ESPBAK_API void espbak_rehearse_result_free(espbak_rehearse_result *result);

/**
 * Restore a backup into a simulated chip of the same kind with an erased flash of the same size, compare
 * it again, and judge what is there then. Needs as much space beside the backup as the flash has.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_rehearse_run(const espbak_rehearse_options *options,
                                                             espbak_rehearse_result *result, espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
