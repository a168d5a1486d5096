/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_VOLUME_H
#define IMAGE_VOLUME_H

/* Which file system a data partition holds, by what stands at its beginning. What is in it is not looked at. */

#include "espbak/reader.h"

/* *name is "LittleFS", "SPIFFS" or "FAT"; NULL for none of these. Errors are the reader's. */
ESPBAK_MUST_USE espbak_status volume_find(const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                                          const char **name, espbak_error *err);

#endif
