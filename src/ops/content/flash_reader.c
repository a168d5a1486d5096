/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/flash_reader.h"

#include <string.h>

#include "base/bytes.h"
#include "espbak/flash.h"

/* Where the bytes of one read go. */
typedef struct target {
    uint8_t *at;
    size_t left;
} target;

static espbak_status take(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    target *out = user;
    (void)offset;
    if (size > out->left)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "more was read than was asked for");
    memcpy(out->at, data, size);
    out->at += size;
    out->left -= size;
    return ESPBAK_OK;
}

static espbak_status fetch(flash_reader *cache, uint64_t offset, uint8_t *bytes, size_t size, espbak_error *err)
{
    const espbak_flash_read_options look = {.phase = "looking", .progress_base = cache->fetched, .open_end = true};
    target out = {bytes, size};
    cache->fetched += size;
    return espbak_flash_read(cache->session, offset, size, &look, take, &out, err);
}

static espbak_status find_line(flash_reader *cache, uint64_t offset, const uint8_t **bytes, espbak_error *err)
{
    for (size_t i = 0; i < FLASH_READER_LINES; i++) {
        if (cache->lines[i].filled && cache->lines[i].offset == offset) {
            *bytes = cache->lines[i].bytes;
            return ESPBAK_OK;
        }
    }
    flash_reader_line *line = &cache->lines[cache->next];
    const size_t size = (size_t)bytes_min64(FLASH_READER_LINE, cache->size - offset);
    line->filled = false;
    if (fetch(cache, offset, line->bytes, size, err) != ESPBAK_OK)
        return err->status;
    cache->next = (cache->next + 1) % FLASH_READER_LINES;
    line->filled = true;
    line->offset = offset;
    *bytes = line->bytes;
    return ESPBAK_OK;
}

static espbak_status read_flash(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    flash_reader *cache = ctx;
    uint8_t *out = buffer;
    if (!bytes_range_within(offset, size, cache->size))
        return espbak_fail(err, ESPBAK_E_USAGE, "0x%llX is past the end of the flash", (unsigned long long)offset);
    /* Longer reads go past the cache: they happen once. */
    if (size > FLASH_READER_LINE)
        return fetch(cache, offset, out, size, err);
    while (size > 0) {
        const uint8_t *line = NULL;
        const size_t skip = (size_t)(offset % FLASH_READER_LINE);
        const size_t part = (size_t)bytes_min64(size, FLASH_READER_LINE - skip);
        if (find_line(cache, offset - skip, &line, err) != ESPBAK_OK)
            return err->status;
        memcpy(out, line + skip, part);
        out += part;
        offset += part;
        size -= part;
    }
    return ESPBAK_OK;
}

espbak_image_reader flash_reader_open(flash_reader *cache, espbak_session *session)
{
    cache->session = session;
    cache->size = espbak_session_device(session)->flash.size;
    return (espbak_image_reader){.read = read_flash, .ctx = cache, .size = cache->size};
}
