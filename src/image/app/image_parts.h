/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_PARTS_H
#define IMAGE_PARTS_H

/* The steps of espbak_image_examine that have files of their own. */

#include "espbak/image.h"

enum {
    IMAGE_MAGIC = 0xE9,
    IMAGE_MAGIC_V2 = 0xEA,
    IMAGE_SHA256_SIZE = 32,
    IMAGE_CRC_SIZE = 4,
    IMAGE_BASIC_HEADER_SIZE = 8
};

/* Where the pieces of an image lie, all within `end`. */
typedef struct image_layout {
    uint64_t end;        /* what may be read: the partition's end or the reader's */
    uint64_t checksum;   /* offset of the checksum byte */
    size_t first_summed; /* the first segment that the checksum covers */
    bool crc_appended;   /* format 2: a CRC-32 may follow */
} image_layout;

/* Read everything; sets checked, checksum_ok, sha256_ok and esp_idf. */
ESPBAK_MUST_USE espbak_status image_check(const espbak_image_reader *reader, espbak_image *image,
                                          const image_layout *layout, espbak_findings *findings, espbak_error *err);

/* Look for a description at the start of each segment. */
ESPBAK_MUST_USE espbak_status image_describe(const espbak_image_reader *reader, espbak_image *image, espbak_error *err);

/* Look for a signature behind a whole image. */
ESPBAK_MUST_USE espbak_status image_find_signature(const espbak_image_reader *reader, espbak_image *image,
                                                   const image_layout *layout, espbak_findings *findings,
                                                   espbak_error *err);

#endif
