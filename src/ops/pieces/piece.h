/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_PIECE_H
#define OPS_PIECE_H

/*
 * What belongs on a flash, as pieces: runs of bytes from a region of a backup or from a raw file.
 * A list of them is sorted by offset and has no overlaps.
 */

#include <stddef.h>
#include <stdint.h>

#include "espbak/backup.h"
#include "espbak/ops.h"
#include "ops/pieces/raw_file.h"

typedef espbak_status piece_reader(void *user, size_t region, uint64_t offset, uint8_t *data, size_t size,
                                   espbak_error *err);

typedef struct piece {
    uint64_t offset, size; /* in the flash */
    const char *name;      /* of the region or file, for messages; borrowed */
    uint64_t from;         /* where in the region or file the piece starts */
    size_t region;
    espbak_backup *backup; /* borrowed; has the bytes, or: */
    raw_part *raw;         /* owned by the list unless `borrowed` */
    bool borrowed;
    piece_reader *read; /* or: whatever else has regions */
    void *user;
} piece;

typedef struct piece_list {
    piece *items;
    size_t count, capacity;
    uint64_t bytes;      /* in all pieces */
    uint64_t hole_bytes; /* of a backup: left out because they were never read */
} piece_list;

/* Empty the list and close its files. */
void piece_list_free(piece_list *list);

/* Append one; the list takes over what it owns only when it succeeds. */
ESPBAK_MUST_USE espbak_status piece_list_add(piece_list *list, const piece *item, espbak_error *err);
/* Sort, and refuse overlaps; `aligned`: two in one sector are one. */
ESPBAK_MUST_USE espbak_status piece_list_arrange(piece_list *list, bool aligned, espbak_error *err);

/* Everything a backup can put on a flash. Holes stay out, widened to whole sectors. */
ESPBAK_MUST_USE espbak_status piece_list_of_backup(piece_list *list, espbak_backup *backup, espbak_error *err);

/*
 * Open the raw files, as what they mean: those that say where they belong go there, in as many pieces as they have.
 * `to_write`: each piece must start a sector and none shares one, and all that is read of them later has to be what
 * they held now.
 */
ESPBAK_MUST_USE espbak_status piece_list_of_files(piece_list *list, const espbak_raw_file *files, size_t count,
                                                  bool to_write, espbak_error *err);
/* Append a file whose bytes are those of the flash, whatever they look like. */
ESPBAK_MUST_USE espbak_status piece_list_add_bytes(piece_list *list, const espbak_raw_file *raw, espbak_error *err);

/* ESPBAK_E_REFUSED for a file that says that it is for another chip. */
ESPBAK_MUST_USE espbak_status piece_list_check_chip(const piece_list *list, const espbak_chip *chip, espbak_error *err);

/* Say which files are none of plain bytes. */
void piece_list_tell_files(const piece_list *list, const espbak_events *events);

/* ESPBAK_E_USAGE for a raw file, ESPBAK_E_FILE for a backup, that reaches past `flash_size`. */
ESPBAK_MUST_USE espbak_status piece_list_check_size(const piece_list *list, uint64_t flash_size, espbak_error *err);

/* The same without [offset, offset + size); `out` must not outlive `list`. */
ESPBAK_MUST_USE espbak_status piece_list_without(piece_list *out, const piece_list *list, uint64_t offset,
                                                 uint64_t size, espbak_error *err);

/* Append [offset, offset + size) of `list` to `out`, moved to `to`; `out` must not outlive `list`. */
ESPBAK_MUST_USE espbak_status piece_list_move(piece_list *out, const piece_list *list, uint64_t offset, uint64_t size,
                                              uint64_t to, espbak_error *err);

/* True when some piece has all of [offset, offset + size). */
bool piece_list_covers(const piece_list *list, uint64_t offset, uint64_t size);

/* True when some piece has a byte of [offset, offset + size). */
bool piece_list_touches(const piece_list *list, uint64_t offset, uint64_t size);

/* Whether the byte at `offset` is in a piece; *run: how many of the `size` bytes from there on are alike in that. */
bool piece_list_run(const piece_list *list, uint64_t offset, size_t size, size_t *run);

/* Flash contents from whichever pieces have them; an espbak_flash_source with the list as its user. */
espbak_status piece_list_read(void *list, uint64_t offset, uint8_t *data, size_t size, espbak_error *err);

/* `out->kind` of a range that the pieces have all of. */
ESPBAK_MUST_USE espbak_status piece_list_digest(const piece_list *list, uint64_t offset, uint64_t size,
                                                espbak_flash_digest *out, espbak_error *err);
/* The same, where it is MD5. */
ESPBAK_MUST_USE espbak_status piece_list_md5(const piece_list *list, uint64_t offset, uint64_t size, uint8_t md5[16],
                                             espbak_error *err);

#endif
