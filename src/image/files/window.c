/* SPDX-License-Identifier: Apache-2.0 */
#include "image/files/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* What a small range may take anyway. */
enum { LEAST = 1024 * 1024 };

struct window_line {
    bool filled;
    uint64_t at;
    uint8_t bytes[WINDOW_LINE];
};

espbak_status window_open(window *out, const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                          espbak_error *err)
{
    *out = (window){.reader = reader, .offset = offset, .size = size};
    if (!bytes_range_within(offset, size, reader->size))
        return espbak_fail(err, ESPBAK_E_USAGE, "0x%llX bytes at 0x%llX are not within the flash",
                           (unsigned long long)size, (unsigned long long)offset);
    out->lines = calloc(WINDOW_LINES, sizeof(out->lines[0]));
    return out->lines != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

void window_close(window *bytes)
{
    free(bytes->lines);
    free(bytes->noted);
    bytes->lines = NULL;
    bytes->noted = NULL;
}

void window_allow(window *bytes, unsigned times)
{
    bytes->budget = times * bytes->size + LEAST;
}

static bool fetch(window *bytes, uint64_t at, void *buffer, size_t size)
{
    const espbak_image_reader *reader = bytes->reader;
    return reader->read(reader->ctx, bytes->offset + at, buffer, size, &bytes->failure) == ESPBAK_OK;
}

static const uint8_t *find_line(window *bytes, uint64_t at)
{
    window_line *line = &bytes->lines[at / WINDOW_LINE % WINDOW_LINES];
    if (line->filled && line->at == at)
        return line->bytes;
    line->filled = fetch(bytes, at, line->bytes, (size_t)bytes_min64(WINDOW_LINE, bytes->size - at));
    line->at = at;
    return line->filled ? line->bytes : NULL;
}

static bool read_by_lines(window *bytes, uint64_t at, uint8_t *out, size_t size)
{
    while (size > 0) {
        const size_t skip = (size_t)(at % WINDOW_LINE);
        const size_t part = (size_t)bytes_min64(size, WINDOW_LINE - skip);
        const uint8_t *line = find_line(bytes, at - skip);
        if (line == NULL)
            return false;
        memcpy(out, line + skip, part);
        out += part;
        at += part;
        size -= part;
    }
    return true;
}

espbak_status window_note(window *bytes, espbak_error *err)
{
    free(bytes->noted);
    bytes->noted = calloc(1, (size_t)(bytes->size / 8 + 1));
    return bytes->noted != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

void window_forget(window *bytes)
{
    if (bytes->noted != NULL)
        memset(bytes->noted, 0, (size_t)(bytes->size / 8 + 1));
}

void window_note_range(window *bytes, uint64_t at, uint64_t size)
{
    for (uint64_t end = bytes_min64(at + size, bytes->size); bytes->noted != NULL && at < end; at++)
        bytes->noted[at / 8] = (uint8_t)(bytes->noted[at / 8] | 1u << at % 8);
}

bool window_is_noted(const window *bytes, uint64_t at)
{
    return (bytes->noted[at / 8] >> at % 8 & 1) != 0;
}

bool window_read(window *bytes, uint64_t at, void *buffer, size_t size)
{
    if (bytes->failure.status != ESPBAK_OK || !bytes_range_within(at, size, bytes->size) || size > bytes->budget)
        return false;
    bytes->budget -= size;
    window_note_range(bytes, at, size);
    /* What is longer than a line are contents, and happen once. */
    return size > WINDOW_LINE ? fetch(bytes, at, buffer, size) : read_by_lines(bytes, at, buffer, size);
}

espbak_status window_failure(const window *bytes, espbak_error *err)
{
    if (bytes->failure.status != ESPBAK_OK && err != NULL)
        *err = bytes->failure;
    return bytes->failure.status;
}
