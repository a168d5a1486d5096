/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_DESTINATION_H
#define OPS_DESTINATION_H

/*
 * Where a capture puts what it reads: one region after the other, the bytes of each in order. What is in can be
 * looked at and put right, or it is gone once it was handed on and only its digests are kept.
 */

#include "espbak/backup.h"
#include "ops/pieces/piece.h"
#include "ops/proof/handed.h"

typedef struct destination_ops {
    const char *what; /* is in it, for messages: "the backup" */
    espbak_status (*begin)(void *impl, const espbak_region *region, espbak_error *err);
    /* Bytes of the region under way; after begin so many as an earlier run has left. */
    uint64_t (*appended)(const void *impl);
    espbak_status (*append)(void *impl, const uint8_t *data, size_t size, espbak_error *err);
    espbak_status (*end)(void *impl, espbak_error *err);
    /* Regions by number in the order in which they were begun, offsets from their start. NULL where bytes are gone. */
    piece_reader *read_back;
    espbak_status (*patch)(void *impl, size_t region, uint64_t offset, const uint8_t *data, size_t size,
                           espbak_error *err);
    /* NULL where bytes can be read back. */
    handed *(*handed)(void *impl);
    /* Bytes of the region under way are those of another backup and may be kept once: for how many. NULL: never. */
    uint64_t (*share)(void *impl, uint64_t offset, uint64_t size, espbak_backup *other, size_t region, uint64_t from);
} destination_ops;

typedef struct destination {
    const destination_ops *ops;
    void *impl;
} destination;

/* A backup that is being made; borrowed. */
destination to_backup(espbak_backup_writer *writer);

#endif
