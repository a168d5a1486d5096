/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_WINDOW_H
#define IMAGE_WINDOW_H

/*
 * A range of a flash as a file system's code reads it: a few bytes here and there, the same ones again, and in circles
 * where a hostile one leads it. Lines are kept, and how much may be read is bounded.
 */

#include "espbak/reader.h"

enum { WINDOW_LINE = 1024, WINDOW_LINES = 1024 };

typedef struct window_line window_line;

typedef struct window {
    const espbak_image_reader *reader; /* borrowed */
    uint64_t offset, size;             /* the range */
    uint64_t budget;                   /* bytes that may still be read, from the lines too */
    window_line *lines;
    espbak_error failure; /* the first one of the reader; later reads fail with it */
    uint8_t *noted;       /* a bit for each byte that was read; NULL: nobody wants to know */
} window;

/* ESPBAK_E_USAGE for a range that is not there. */
ESPBAK_MUST_USE espbak_status window_open(window *out, const espbak_image_reader *reader, uint64_t offset,
                                          uint64_t size, espbak_error *err);
void window_close(window *bytes);

/* Allow that what comes now reads so many times what there is, and a little. */
void window_allow(window *bytes, unsigned times);

/* False past the end, when too much was read, and after an error of the reader. */
bool window_read(window *bytes, uint64_t at, void *buffer, size_t size);

/* Note from now on which bytes are read; what was noted before is forgotten. */
ESPBAK_MUST_USE espbak_status window_note(window *bytes, espbak_error *err);
void window_forget(window *bytes);
/* As if a range had been read, as far as it is there. */
void window_note_range(window *bytes, uint64_t at, uint64_t size);
bool window_is_noted(const window *bytes, uint64_t at);

/* The error of the reader, or ESPBAK_OK where it had none. */
ESPBAK_MUST_USE espbak_status window_failure(const window *bytes, espbak_error *err);

#endif
