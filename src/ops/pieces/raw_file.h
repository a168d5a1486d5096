/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_RAW_FILE_H
#define OPS_RAW_FILE_H

/*
 * A file that somebody named, as what it means: gzip and zstd are unpacked, UF2 and Intel HEX say themselves where they
 * belong.
 */

#include "base/file.h"
#include "espbak/chip.h"
#include "espbak/events.h"
#include "image/container/container.h"
#include "store/sector_digests.h"

typedef struct raw_file {
    file *file;
    container inside;
    const espbak_chip *chip; /* the one that a UF2 is for; NULL: it does not say */
    unsigned users;
} raw_file;

/*
 * Open it and check what it is packed in. ESPBAK_E_FILE for one that is empty, damaged, larger than any flash, or for
 * another kind of processor. `from` has the bytes, and must outlive it; NULL: they are in the file.
 */
ESPBAK_MUST_USE espbak_status raw_file_open(raw_file **out, const char *path, const espbak_image_reader *from,
                                            espbak_error *err);
/* Its own bytes, whatever they are: the data of a backup. */
ESPBAK_MUST_USE espbak_status raw_file_open_bytes(raw_file **out, const char *path, espbak_error *err);
/* The last user's closes it; NULL is allowed. */
void raw_file_close(raw_file *raw);

/* Whether it says where its bytes belong. */
bool raw_file_is_placed(const raw_file *raw);

/* Whether it has a byte of a range. */
bool raw_file_touches(const raw_file *raw, uint64_t offset, uint64_t size);

/* Where the last byte of it ends. */
uint64_t raw_file_end(const raw_file *raw);

/*
 * An application in UF2 that begins at 0: the bootloaders that take UF2 over USB (TinyUF2) count from the start of its
 * slot. Errors are those of reading.
 */
ESPBAK_MUST_USE espbak_status raw_file_counts_from_slot(raw_file *raw, bool *does, espbak_error *err);

/* By place; what no part has reads as erased, up to raw_file_end. */
espbak_status raw_file_read(void *raw, uint64_t offset, void *buffer, size_t size, espbak_error *err);

/* Say what a file that is none of plain bytes is. */
void raw_file_tell(const raw_file *raw, const char *path, const espbak_events *events);

/* One part of such a file. */
typedef struct raw_part {
    raw_file *file;
    uint64_t base;           /* where the part begins in the file */
    sector_digests *checked; /* what is read of it later has to be this; NULL: anything goes */
} raw_part;

/* Of part number `index`; it is a user of the file. */
ESPBAK_MUST_USE espbak_status raw_part_new(raw_part **out, raw_file *opened, size_t index, espbak_error *err);
/* Read all of it once: what is read later has to be the same. */
ESPBAK_MUST_USE espbak_status raw_part_check(raw_part *part, uint64_t size, espbak_error *err);
/* `name` is what the file is called in messages. */
ESPBAK_MUST_USE espbak_status raw_part_read(raw_part *part, const char *name, uint64_t offset, uint8_t *data,
                                            size_t size, espbak_error *err);
/* NULL is allowed. */
void raw_part_free(raw_part *part);

#endif
