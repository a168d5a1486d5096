/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_BACKUP_WRITER_H
#define STORE_BACKUP_WRITER_H

/* A backup that is being made: what creating, continuing and changing one share. */

#include "base/digest.h"
#include "base/file.h"
#include "espbak/backup.h"
#include "store/backup_name.h"
#include "store/journal.h"

struct espbak_backup_writer {
    backup_place place;
    file_lock *lock;           /* on the .partial folder */
    espbak_manifest *manifest; /* borrowed */
    journal log;
    journal before; /* of a backup that is continued: what its journal said */
    bool continued;
    bool sealed;
    bool appended; /* bytes are in: worth keeping */

    /* The region that is being written; `data` is NULL between two. */
    file *data;
    espbak_region region;
    uint64_t done;
    digest_pair hashes;
    bool stale[ESPBAK_REGIONS_MAX]; /* the digests do not hold what is in the file: made again from it */

    file_identity files[ESPBAK_REGIONS_MAX]; /* that were begun: what is sealed has to be them */

    /* The finished region that was changed last, open for more. */
    file *changed;
    size_t changed_index;

    /* The finished region that was read back last. */
    file *looked_at;
    size_t looked_at_index;
};

/** Closes nothing but the lock. */
void backup_writer_free(espbak_backup_writer *writer);

/** Open or make the data file of the region that begins; sets `data`, `done` and `stale`. */
ESPBAK_MUST_USE espbak_status backup_writer_open_data(espbak_backup_writer *writer, const espbak_region *region,
                                                      espbak_error *err);
/** Bytes of a region of this name and place that the journal of a continued backup knew of. */
uint64_t backup_writer_known_bytes(const espbak_backup_writer *writer);

/** ESPBAK_E_FILE when the .partial folder is not the one any more that was locked: nothing is written to another. */
ESPBAK_MUST_USE espbak_status backup_writer_check_place(const espbak_backup_writer *writer, espbak_error *err);
/**
 * The same for the data files, each of which has to be the one that was written and to have no other name. Stale ones
 * are hashed into the manifest.
 */
ESPBAK_MUST_USE espbak_status backup_writer_check_files(espbak_backup_writer *writer, espbak_error *err);

/** Remove a file from the .partial folder where it is there. */
void backup_writer_remove(const espbak_backup_writer *writer, const char *name);

#endif
