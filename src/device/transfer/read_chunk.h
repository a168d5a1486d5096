/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_READ_CHUNK_H
#define DEVICE_READ_CHUNK_H

/* One chunk of a read until the chip's MD5 has proven it: again, in parts, by other ways. */

#include "device/flash/read.h"

typedef struct chunk_read {
    flash_chunk chunk; /* what is being tried; session, digest, progress and packet size are set by the caller */
    uint8_t *buffer;   /* of a whole chunk */
    uint32_t begin;    /* where the chunk begins */
    uint64_t left;     /* bytes of the job, this chunk included */
    bool plain;        /* no early acknowledgements, from the first attempt on */
    bool may_restart;  /* the chip may be restarted */
    bool trouble;      /* some of it had to be read again */
    uint64_t proven;   /* everything before this offset is proven */
    uint32_t arrived;  /* bytes that came in the last attempt, right or wrong */
} chunk_read;

/* Read so many bytes into the buffer; ESPBAK_OK means that all of them are proven. */
ESPBAK_MUST_USE espbak_status read_chunk_proven(chunk_read *read, uint32_t offset, uint32_t size, espbak_error *err);

#endif
