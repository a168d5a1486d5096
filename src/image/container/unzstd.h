/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_UNZSTD_H
#define IMAGE_UNZSTD_H

/*
 * What a zstd file holds (RFC 8878), from any place on: its beginning is kept, and whatever else lies behind what was
 * read is unpacked anew. Only where the program was built with libzstd; elsewhere such a file is an error that says so.
 */

#include <stdbool.h>

#include "espbak/reader.h"

typedef struct unzstd unzstd;

bool unzstd_begins(const uint8_t *bytes, size_t size);

/* As gunzip_open. A checksum is checked where the file has one. */
ESPBAK_MUST_USE espbak_status unzstd_open(unzstd **out, const espbak_image_reader *packed, uint64_t limit,
                                          espbak_error *err);
espbak_image_reader unzstd_reader(unzstd *z);
/* NULL is allowed. */
void unzstd_close(unzstd *z);

#endif
