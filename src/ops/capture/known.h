/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_KNOWN_H
#define OPS_KNOWN_H

/*
 * What the backups in a folder hold, whichever device they are of and wherever it stood there: found by the digests
 * that the chip makes of its sectors, and taken from there. A digest alone proves nothing: what is taken is part of the
 * second look, whose ranges begin where nobody can foresee.
 */

#include "espbak/session.h"
#include "ops/pieces/piece.h"

enum { KNOWN_SOURCES_MAX = ESPBAK_KNOWN_MAX };

typedef struct known known;

typedef struct known_wanted {
    const char *folder;
    const piece_list *base; /* what it has is known already; empty for nothing */
    uint64_t offset, size;  /* of the flash that will be read */
    bool alone;             /* no second look follows: only SHA-256 is good enough */
} known_wanted;

/*
 * Ask the chip about some sectors, and where they are worth it make an index of the backups. *out is NULL where nothing
 * of the device is in them. A backup that cannot be read is passed over; errors are those of the session.
 */
ESPBAK_MUST_USE espbak_status known_open(known **out, espbak_session *session, const known_wanted *wanted,
                                         espbak_error *err);
/* NULL is allowed. */
void known_close(known *k);

/* Whether a sector or a cell of the device with this digest is in some backup; remembered from then on. */
bool known_find(known *k, uint64_t offset, uint64_t size, const espbak_flash_digest *found);

/*
 * Where the byte at `offset` stands, if known_find has found it: the pieces of that backup, in *at the offset in its
 * flash, in *run how many bytes of at most `size` follow there in a row. NULL where it is not known, for *run bytes.
 */
const piece_list *known_place(const known *k, uint64_t offset, uint64_t size, uint64_t *at, uint64_t *run);

/* So many bytes from `offset` on were taken. */
void known_count(known *k, uint64_t offset, uint64_t size);

/* The path of a backup and the bytes that were taken from it, by number; NULL when there are no more. */
const char *known_source(const known *k, size_t index, uint64_t *bytes);

#endif
