/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_SPARSE_H
#define DEVICE_SPARSE_H

/* What the files that plan and carry out a sparse read share. */

#include "base/digest.h"
#include "device/session.h"
#include "espbak/flash.h"

enum {
    SPARSE_SECTOR = 4096,
    SPARSE_CELL = 64 * 1024, /* the block that is looked at first: its hash takes longer than its request */
    SPARSE_KNOWN_SIZES = 8,
};

/* What is known of a sector. */
enum { SECTOR_UNKNOWN, SECTOR_DATA, SECTOR_ERASED, SECTOR_BASE };

/* Digest of so many bytes 0xFF. */
typedef struct sparse_erased {
    uint64_t size;
    espbak_flash_digest digest;
} sparse_erased;

struct espbak_sparse_plan {
    espbak_session *session;
    const espbak_sparse_options *options;
    uint64_t offset, end;
    uint64_t first; /* whole sectors: where the first begins, and how many there are */
    size_t sectors;
    uint8_t *state;    /* of each */
    bool base_at_hand; /* and not found unreadable */
    sparse_erased erased[SPARSE_KNOWN_SIZES];
    size_t erased_next; /* the one to be replaced next */
    double blank_share; /* how much of what is read over the line is erased, by samples */
    espbak_sparse_summary summary;
};

/* Fill plan->state by hashing, and what that took in the summary. */
ESPBAK_MUST_USE espbak_status sparse_probe(espbak_sparse_plan *plan, espbak_error *err);
ESPBAK_MUST_USE espbak_status sparse_probe_by_own_loader(espbak_sparse_plan *plan, espbak_error *err);

/* Which state a block with this digest has; SECTOR_DATA when it is nothing known. */
ESPBAK_MUST_USE espbak_status sparse_recognise(espbak_sparse_plan *plan, uint64_t offset, uint64_t size,
                                               const espbak_flash_digest *found, uint8_t *state, espbak_error *err);

/* Whether a block may turn out to be what the base has, or what stands elsewhere. */
bool sparse_may_be_held(const espbak_sparse_plan *plan, uint64_t offset, uint64_t size);

/* Where the cell or part of one that begins at `at` ends: at a multiple of `step`, a hint's border or the end. */
uint64_t sparse_block_end(const espbak_sparse_plan *plan, uint64_t at, uint64_t step);

/* Whether `at` lies where a hint says that nothing is used. */
bool sparse_is_unused(const espbak_sparse_plan *plan, uint64_t at);

/* Microseconds to read so many bytes in one go, and to hash them in `requests`. */
double sparse_read_time(const espbak_sparse_plan *plan, uint64_t bytes);
double sparse_raw_time(const espbak_sparse_plan *plan, uint64_t bytes); /* without compression */
double sparse_hash_time(const espbak_sparse_plan *plan, uint64_t bytes, uint64_t requests);

#endif
