/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

/*
 * journal.json in a partial backup: whose it is and how far it came. Written now and then while the
 * data grows, gone when the backup is sealed. It may lag behind the data, never run ahead of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/manifest.h"

enum { JOURNAL_VERSION = 1, JOURNAL_SIZE_MAX = 256 * 1024 };

typedef struct journal_region {
    char name[ESPBAK_REGION_NAME_MAX];
    char type[32], subtype[32];
    char file[64];
    uint64_t offset, size;
    uint64_t done; /**< bytes of `file` that are known to be on the disk */
} journal_region;

typedef struct journal {
    char created[32];
    char chip[32];
    char mac[18]; /**< "a0:b1:c2:d3:e4:f5", empty when unknown */
    char note[512];
    uint64_t flash_size;
    journal_region *regions; /**< in the order they were begun; only the last may be unfinished */
    size_t region_count;
} journal;

extern const char journal_file_name[];

/** Copy what tells the device and backup apart from others. */
void journal_init(journal *j, const espbak_manifest *manifest);
void journal_free(journal *j);

/** Begin a region; the others are taken as whole. */
ESPBAK_MUST_USE espbak_status journal_add(journal *j, const espbak_region *region, espbak_error *err);

/** Write the journal of a partial folder, in one step. */
ESPBAK_MUST_USE espbak_status journal_save(const journal *j, const char *folder, espbak_error *err);

/** Read and check it; ESPBAK_E_FILE. journal_free() it. */
ESPBAK_MUST_USE espbak_status journal_parse(journal *j, const char *text, size_t size, espbak_error *err);
/** The same from a partial folder. */
ESPBAK_MUST_USE espbak_status journal_load(journal *j, const char *folder, espbak_error *err);

/** Bytes that are in, and bytes that the regions begun so far have. */
void journal_progress(const journal *j, uint64_t *done, uint64_t *size);

#endif
