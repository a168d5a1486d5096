/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_BACKUP_H
#define ESPBAK_BACKUP_H

/*
 * A backup folder: `NAME/` with data files, manifest.json and SHA256SUMS once it is sealed,
 * `NAME.partial/` while it is being made. Folders are 0700, files 0600, no link is followed when
 * one is made, and a sealed backup is never written again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/error.h"
#include "espbak/events.h"
#include "espbak/manifest.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct espbak_backup_writer espbak_backup_writer;
typedef struct espbak_backup espbak_backup;

/**
 * Begin `folder`/`name`.partial; `folder` is made if missing. `name` NULL makes
 * "<chip>-<mac>-<yyyymmdd>-<hhmmss>" from the manifest, with its `parts` before the time; a name that is taken gets
 * "-2", "-3"… when it was generated, and is ESPBAK_E_FILE when the caller chose it. The manifest is borrowed until
 * seal.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_create(espbak_backup_writer **out, const char *folder,
                                                              const char *name, espbak_manifest *manifest,
                                                              espbak_error *err);

/**
 * Begin a data file for `region` (name, type, subtype, offset, size, file). Bytes then come by
 * espbak_backup_append in order; espbak_backup_end_region checks that all came and adds the region
 * with its hashes to the manifest.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_begin_region(espbak_backup_writer *writer,
                                                                    const espbak_region *region, espbak_error *err);
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_append(espbak_backup_writer *writer, const uint8_t *data,
                                                              size_t size, espbak_error *err);
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_end_region(espbak_backup_writer *writer, espbak_error *err);

/**
 * Go on with an unfinished backup; `path` with or without .partial. Its time is taken over into the manifest
 * (borrowed until seal), and its note when the manifest has none. ESPBAK_E_FILE: not there, sealed,
 * in use by another process, or its journal tells of another device or cannot be read; a journal that is
 * missing is no error. Nothing in its files is trusted: espbak_backup_begin_region then opens a file that is there, and
 * the caller proves the first espbak_backup_appended() bytes, or patches them, before going on.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_continue(espbak_backup_writer **out, const char *path,
                                                                espbak_manifest *manifest, espbak_error *err);

/** Bytes that the region under way has. */
ESPBAK_API uint64_t espbak_backup_appended(const espbak_backup_writer *writer);

/**
 * Replace bytes that were appended, `offset` counted from the start of the region, `index` in the order
 * in which regions were begun. What a region holds is hashed again from its file when it is sealed.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_patch(espbak_backup_writer *writer, size_t index,
                                                             uint64_t offset, const uint8_t *data, size_t size,
                                                             espbak_error *err);

/** Bytes that were appended, as they stand in the file; `index` and `offset` as for espbak_backup_patch. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_read_back(espbak_backup_writer *writer, size_t index,
                                                                 uint64_t offset, uint8_t *data, size_t size,
                                                                 espbak_error *err);

/**
 * `size` bytes of the region under way, from `offset` on, are those of region `region` of another backup from `from`
 * on: the file system may keep them once. Returns for how many bytes it does; contents never change.
 */
ESPBAK_API uint64_t espbak_backup_share(espbak_backup_writer *writer, uint64_t offset, uint64_t size,
                                        espbak_backup *other, size_t region, uint64_t from);

/** Write manifest.json and SHA256SUMS, sync everything, rename. The folder keeps its final path. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_seal(espbak_backup_writer *writer, espbak_error *err);

/** Path of the folder, with .partial until sealed. */
ESPBAK_API const char *espbak_backup_writer_path(const espbak_backup_writer *writer);
/** Path the folder has or will have once sealed. */
ESPBAK_API const char *espbak_backup_writer_final_path(const espbak_backup_writer *writer);

/** Ends writing: an unsealed backup stays as .partial, unless `discard` or nothing was appended. NULL is allowed. */
ESPBAK_API void espbak_backup_writer_close(espbak_backup_writer *writer, bool discard);

/**
 * Open a sealed backup (its folder or a file in it), reading and checking the manifest only.
 * ESPBAK_E_FILE: missing, partial, does not parse.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_open(espbak_backup **out, const char *path, espbak_error *err);
ESPBAK_API void espbak_backup_close(espbak_backup *backup);
ESPBAK_API const espbak_manifest *espbak_backup_manifest(const espbak_backup *backup);
ESPBAK_API const char *espbak_backup_path(const espbak_backup *backup);

/**
 * Read `size` bytes of a region at `offset` from the region's start. ESPBAK_E_FILE: a short file, or, after a
 * check that found nothing wrong, bytes that are not those that were checked.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_read(espbak_backup *backup, size_t region, uint64_t offset,
                                                            uint8_t *data, size_t size, espbak_error *err);

typedef void (*espbak_backup_note_fn)(void *user, const char *text);
/**
 * Check every file against the manifest and SHA256SUMS. ESPBAK_E_DIFFERS names the first that is
 * wrong; ESPBAK_E_FILE for one that is missing or cannot be read. Files that do not belong are told
 * to `note` (may be NULL) and do no harm. Bytes hashed are reported through `events` if given.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_check(espbak_backup *backup, espbak_backup_note_fn note,
                                                             void *user, const espbak_events *events,
                                                             espbak_error *err);

typedef struct espbak_backup_entry {
    char *path; /**< owned by the list */
    char name[256];
    bool partial;
    bool stuck;        /**< partial, and its journal cannot be read: nothing goes on with it */
    bool usable;       /**< the manifest parses; its summary is in the fields below */
    char problem[256]; /**< why not */
    char created[32], chip[32], mac[18], note[512];
    uint64_t size;       /**< bytes of all data files */
    uint64_t flash_size; /**< of the flash that it is of; 0: not known */
    bool beginning;      /**< it has no more of the flash than so many bytes of its beginning */
    bool size_doubted;   /**< the size of the flash was not certain */
    espbak_backup_state state;
    size_t regions;
    char parts[256];               /**< their names, "nvs, otadata"; empty for the whole flash */
    char project[33], version[33]; /**< of the application that boots; empty when that is not known */
    char taken_from[256];          /**< names of the backups that contents were taken from, "one, two" */
} espbak_backup_entry;

/** As espbak_backup_state_name, or "partial", or "unusable". */
ESPBAK_API const char *espbak_backup_entry_state_name(const espbak_backup_entry *entry);

/** The backups in a folder, newest first; to be freed by espbak_backup_list_free. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_list(const char *folder, espbak_backup_entry **entries,
                                                            size_t *count, espbak_error *err);
/** NULL is allowed. */
ESPBAK_API void espbak_backup_list_free(espbak_backup_entry *entries, size_t count);

/** Takes the bytes of a packed backup in their order. */
typedef espbak_status (*espbak_pack_sink)(void *user, const uint8_t *data, size_t size, espbak_error *err);
/** Exactly `size` bytes of a packed backup from `offset` on. */
typedef espbak_status (*espbak_pack_source)(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err);

/**
 * A sealed backup as a tar file (POSIX ustar): its folder and its files in the order of their names, owner 0, the time
 * that the manifest has. The same backup gives the same bytes every time. Nothing is checked that espbak_backup_check
 * does.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_pack(const char *path, espbak_pack_sink sink, void *user,
                                                            espbak_error *err);

/** Whether the first 512 bytes of a file may begin a tar file. */
ESPBAK_API bool espbak_backup_is_packed(const uint8_t head[512]);

/**
 * The backup in a tar file of `size` bytes, as a folder within `folder`; *path is that of it, to be freed. Whichever
 * program has packed it: only plain files that one folder holds are taken, under names that a backup may have.
 * ESPBAK_E_FILE for anything else; what was written until then is left to the caller.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_unpack(const char *folder, uint64_t size,
                                                              espbak_pack_source source, void *user, char **path,
                                                              espbak_error *err);

/** Why a backup is kept, bits; 0: no rule keeps it. */
enum {
    ESPBAK_KEEP_LAST = 1,     /**< one of the newest */
    ESPBAK_KEEP_DAILY = 2,    /**< the newest of a day, in UTC */
    ESPBAK_KEEP_WEEKLY = 4,   /**< of a week, which begins on Monday */
    ESPBAK_KEEP_MONTHLY = 8,  /**< of a month */
    ESPBAK_KEEP_FIRST = 16,   /**< the oldest verified one of the device: what it came with */
    ESPBAK_KEEP_NEWEST = 32,  /**< the newest verified one of the device */
    ESPBAK_KEEP_UNKNOWN = 64, /**< unfinished or unusable, or nothing tells which device it is of */
};

/** How many to keep of each device, and of backups of the same parts; of days, weeks and months those that have one. */
typedef struct espbak_keep_rules {
    unsigned last, daily, weekly, monthly;
} espbak_keep_rules;

/** Why each of `entries`, as espbak_backup_list gives them, is kept: `why` has room for `count`. */
ESPBAK_API void espbak_backup_keep(const espbak_backup_entry *entries, size_t count, const espbak_keep_rules *rules,
                                   unsigned *why);

/**
 * Remove a sealed backup: its files and its folder, nothing else that may lie in it. It is no backup any more from the
 * first step on, and called `path`.removed until it is gone. ESPBAK_E_FILE: it could not be removed, or not all of it.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_backup_remove(const char *path, espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
