/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_UNPACK_H
#define IMAGE_UNPACK_H

/* A file that may be packed, by gzip or zstd, as what it holds. */

#include "image/container/gunzip.h"
#include "image/container/unzstd.h"

typedef enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD } packing;

typedef struct unpacked {
    packing by;
    espbak_image_reader reader; /* of what it holds, or of the file itself */
    gunzip *gzip;
    unzstd *zstd;
} unpacked;

/* As gunzip_open, for a file that is packed; any other is taken as it is. Close it whatever this returns. */
ESPBAK_MUST_USE espbak_status unpack_open(unpacked *out, const espbak_image_reader *file, uint64_t limit,
                                          espbak_error *err);
void unpack_close(unpacked *u);

#endif
