/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_KNOWN_INDEX_H
#define OPS_KNOWN_INDEX_H

/* The digests of all sectors that the backups in a folder hold, to be looked up. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/device.h"
#include "espbak/error.h"

typedef struct known_index known_index;

/* A sector or a cell of 64 KiB: which backup has it, and where in its flash, in sectors. */
typedef struct known_block {
    uint8_t digest[16];
    uint32_t entry, sector;
    bool cell;
} known_block;

typedef struct known_index_wanted {
    const char *folder;
    const char *chip; /* backups of this one come first */
    espbak_digest_kind kind;
    bool cells; /* cells as well as sectors */
} known_index_wanted;

/*
 * The newest backups of each application first, as many as can be read in a second or so. What cannot be read is passed
 * over, and a folder that cannot be listed is empty.
 */
ESPBAK_MUST_USE espbak_status known_index_make(known_index **out, const known_index_wanted *wanted, espbak_error *err);
/* NULL is allowed. */
void known_index_free(known_index *index);

/* Blocks with this digest and size: the first of them, and how many follow it; those of the best backup come first. */
bool known_index_find(const known_index *index, const espbak_flash_digest *found, uint64_t size, size_t *first,
                      size_t *count);
const known_block *known_index_block(const known_index *index, size_t number);
const char *known_index_path(const known_index *index, size_t entry);

#endif
