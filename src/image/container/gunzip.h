/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_GUNZIP_H
#define IMAGE_GUNZIP_H

/* What a gzip file holds, from any place on: zlib's state is kept every so often, and goes on from there. */

#include <stdbool.h>

#include "espbak/reader.h"

typedef struct gunzip gunzip;

bool gunzip_begins(const uint8_t *bytes, size_t size);

/*
 * Unpack all of it once: ESPBAK_E_FILE when its CRC or length is wrong, when it is cut short, when something else
 * stands behind it, and as soon as there are more than `limit` bytes. The reader's ctx must outlive it.
 */
ESPBAK_MUST_USE espbak_status gunzip_open(gunzip **out, const espbak_image_reader *packed, uint64_t limit,
                                          espbak_error *err);
espbak_image_reader gunzip_reader(gunzip *g);
/* NULL is allowed. */
void gunzip_close(gunzip *g);

#endif
