/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_STREAM_H
#define OPS_STREAM_H

/* A destination for one region: somebody who takes the bytes as they come, and from whom none comes back. */

#include "espbak/ops.h"
#include "ops/capture/destination.h"

/* Starts as {0}, with the options set. */
typedef struct stream {
    const espbak_read_options *options; /* sink and user */
    uint64_t size;                      /* bytes that it took */
    handed handed;
    digest_pair hashes;
} stream;

destination to_stream(stream *s);

ESPBAK_MUST_USE espbak_status stream_hash(stream *s, uint8_t sha256[32], uint8_t md5[16], espbak_error *err);
void stream_close(stream *s);

#endif
