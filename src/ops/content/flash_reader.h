/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_FLASH_READER_H
#define OPS_FLASH_READER_H

/* A cache over a device's flash, for parsers that read a few bytes here and there, and the same ones again. */

#include "espbak/reader.h"
#include "espbak/session.h"

enum { FLASH_READER_LINE = 1024, FLASH_READER_LINES = 16 };

typedef struct flash_reader_line {
    bool filled;
    uint64_t offset;
    uint8_t bytes[FLASH_READER_LINE];
} flash_reader_line;

typedef struct flash_reader {
    espbak_session *session; /* borrowed */
    uint64_t size;           /* of the flash */
    uint64_t fetched;        /* bytes read of the device so far */
    size_t next;             /* the line to be replaced next */
    flash_reader_line lines[FLASH_READER_LINES];
} flash_reader;

/* `cache` is large, starts as {0}, and must outlive the reader. */
espbak_image_reader flash_reader_open(flash_reader *cache, espbak_session *session);

#endif
