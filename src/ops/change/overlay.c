/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/change/overlay.h"

#include <string.h>

#include "base/bytes.h"

/* Where the sector ends in which the last piece before `offset` does. */
static uint64_t erased_until(const piece_list *pieces, uint64_t offset)
{
    uint64_t end = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        const uint64_t last = pieces->items[i].offset + pieces->items[i].size;
        if (last <= offset && last > end)
            end = last;
    }
    return (end + ESPBAK_FLASH_SECTOR - 1) / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
}

static espbak_status read_over(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    overlay *o = ctx;
    uint8_t *out = buffer;
    while (size > 0) {
        size_t part;
        const bool held = piece_list_run(o->pieces, offset, size, &part);
        const uint64_t erased = held ? 0 : erased_until(o->pieces, offset);
        espbak_status status = ESPBAK_OK;
        if (held) {
            status = piece_list_read((void *)(uintptr_t)o->pieces, offset, out, part, err);
        } else if (erased > offset) {
            part = (size_t)bytes_min64(part, erased - offset);
            memset(out, 0xFF, part);
        } else {
            status = o->device.read(o->device.ctx, offset, out, part, err);
        }
        if (status != ESPBAK_OK)
            return status;
        out += part;
        offset += part;
        size -= part;
    }
    return ESPBAK_OK;
}

espbak_image_reader overlay_open(overlay *o, espbak_session *session, const piece_list *pieces)
{
    o->pieces = pieces;
    o->device = flash_reader_open(&o->cache, session);
    return (espbak_image_reader){.read = read_over, .ctx = o, .size = o->device.size};
}
