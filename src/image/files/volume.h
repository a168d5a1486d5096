/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_VOLUME_H
#define IMAGE_VOLUME_H

/* Which file system a data partition holds, by what stands at its beginning; and where in it the bytes of files are. */

#include "espbak/files.h"

/* *name is "LittleFS", "SPIFFS" or "FAT"; NULL for none of these. Errors are the reader's. */
ESPBAK_MUST_USE espbak_status volume_find(const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                                          const char **name, espbak_error *err);

/* As espbak_volume_open, and notes which bytes are read for whatever is asked of it. */
ESPBAK_MUST_USE espbak_status volume_open_noted(espbak_volume **out, const espbak_image_reader *reader, uint64_t offset,
                                                uint64_t size, espbak_findings *findings, espbak_error *err);

/* Whether a byte of the range was read, or belongs to what devices keep of the file system. */
bool volume_uses(const espbak_volume *volume, uint64_t at);

/*
 * Within a sink of espbak_volume_read: where in the range the bytes are, and how many behind them are left of their
 * sector. False where they stand among what describes the file system, as small files of LittleFS do.
 */
bool volume_place(const espbak_volume *volume, uint64_t *place, size_t *slack);

#endif
