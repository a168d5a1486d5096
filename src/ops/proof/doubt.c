/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/doubt.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/proof/erased_run.h"
#include "protocol/slip.h"

enum { OFFSET_SIZE = 4, NOBODY = 0 };

typedef struct doubt {
    const piece_list *pieces;
    const difference_list *equal;
    uint64_t flash_size;
    uint32_t *owner; /* of each sector: number of the request that proved it, from 1 on */
    bool *blank;     /* it is to be blank */
} doubt;

/* The sector before a blank run was proven by another request before. */
static espbak_status own(doubt *d, size_t index, espbak_error *err)
{
    const espbak_range *range = &d->equal->ranges[index];
    const uint64_t end = range->offset + range->size;
    for (uint64_t sector = range->offset / ESPBAK_FLASH_SECTOR; sector * ESPBAK_FLASH_SECTOR < end; sector++) {
        const uint64_t at = sector * ESPBAK_FLASH_SECTOR;
        bool erased = false;
        uint64_t size;
        if (piece_list_covers(d->pieces, at, ESPBAK_FLASH_SECTOR) &&
            erased_run(d->pieces, at, at + ESPBAK_FLASH_SECTOR, &erased, &size, err) != ESPBAK_OK)
            return err->status;
        if (d->owner[sector] == NOBODY)
            d->owner[sector] = (uint32_t)index + 1;
        d->blank[sector] = erased;
    }
    return ESPBAK_OK;
}

/* Whether `size` bytes that are to stand at `a` and at `b`, each within a sector or two, differ. */
static espbak_status differ(const doubt *d, uint64_t a, uint64_t b, size_t size, bool *different, espbak_error *err)
{
    uint8_t first[ESPBAK_FLASH_SECTOR], second[ESPBAK_FLASH_SECTOR];
    const bool last_blank = d->blank[(b + size - 1) / ESPBAK_FLASH_SECTOR];
    *different = false;
    if (d->blank[a / ESPBAK_FLASH_SECTOR] && d->blank[b / ESPBAK_FLASH_SECTOR] && last_blank)
        return ESPBAK_OK;
    if (piece_list_read((void *)d->pieces, a, first, size, err) != ESPBAK_OK ||
        piece_list_read((void *)d->pieces, b, second, size, err) != ESPBAK_OK)
        return err->status;
    *different = memcmp(first, second, size) != 0;
    return ESPBAK_OK;
}

/*
 * Whether something that is known stands at `offset` and is not what request `index` is to find. Beyond
 * its end a flash begins again.
 */
static espbak_status contradicts(const doubt *d, size_t index, uint64_t offset, bool *different, espbak_error *err)
{
    const espbak_range *range = &d->equal->ranges[index];
    *different = false;
    for (uint64_t done = 0, part; done < range->size && !*different; done += part) {
        const uint64_t at = (offset + done) % d->flash_size;
        const uint32_t owner = d->owner[at / ESPBAK_FLASH_SECTOR];
        part = bytes_min64(ESPBAK_FLASH_SECTOR - at % ESPBAK_FLASH_SECTOR, range->size - done);
        if (owner != NOBODY && owner != index + 1 &&
            differ(d, at, range->offset + done, (size_t)part, different, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* The offset that the loader understands when this bit of it is damaged; false where no valid request is left. */
static bool damage(uint64_t offset, size_t bit, uint64_t *damaged)
{
    uint8_t plain[OFFSET_SIZE], encoded[SLIP_ENCODED_MAX(OFFSET_SIZE)], frame[SLIP_ENCODED_MAX(OFFSET_SIZE)];
    slip_decoder decoder;
    size_t used = 0;
    bytes_put_le32(plain, (uint32_t)offset);
    const size_t size = slip_encode(encoded, plain, sizeof(plain));
    encoded[1 + bit / 8] ^= (uint8_t)(1u << bit % 8);
    slip_decoder_init(&decoder, frame, sizeof(frame));
    if (slip_decode(&decoder, encoded, size, &used) != SLIP_FRAME || decoder.size != OFFSET_SIZE)
        return false;
    *damaged = bytes_get_le32(frame);
    return true;
}

static size_t bits_of(uint64_t offset)
{
    uint8_t plain[OFFSET_SIZE], encoded[SLIP_ENCODED_MAX(OFFSET_SIZE)];
    bytes_put_le32(plain, (uint32_t)offset);
    return (slip_encode(encoded, plain, sizeof(plain)) - 2) * 8;
}

/* Where there is no flash, such as behind the end of some, the chip reads 0xFF. */
static bool is_all_blank(const doubt *d, const espbak_range *range)
{
    const uint64_t end = (range->offset + range->size + ESPBAK_FLASH_SECTOR - 1) / ESPBAK_FLASH_SECTOR;
    uint64_t sector = range->offset / ESPBAK_FLASH_SECTOR;
    while (sector < end && d->blank[sector])
        sector++;
    return sector == end;
}

static espbak_status is_certain(const doubt *d, size_t index, bool *certain, espbak_error *err)
{
    const uint64_t offset = d->equal->ranges[index].offset;
    *certain = !is_all_blank(d, &d->equal->ranges[index]);
    for (size_t bit = 0; bit < bits_of(offset) && *certain; bit++) {
        uint64_t damaged;
        if (damage(offset, bit, &damaged) && damaged % d->flash_size != offset &&
            contradicts(d, index, damaged, certain, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status look_at_all(doubt *d, difference_list *doubtful, espbak_error *err)
{
    for (size_t i = 0; i < d->equal->count; i++) {
        if (own(d, i, err) != ESPBAK_OK)
            return err->status;
    }
    for (size_t i = 0; i < d->equal->count; i++) {
        const espbak_range *range = &d->equal->ranges[i];
        bool certain = false;
        /* A piece that ends within a sector: what stands behind it is not known. */
        const uint64_t end = range->offset + range->size;
        if ((end % ESPBAK_FLASH_SECTOR == 0 || piece_list_covers(d->pieces, end, 1)) &&
            is_certain(d, i, &certain, err) != ESPBAK_OK)
            return err->status;
        if (!certain && difference_list_add(doubtful, range->offset, range->size, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status doubt_find(const piece_list *pieces, const difference_list *equal, uint64_t flash_size,
                         difference_list *doubtful, espbak_error *err)
{
    const size_t sectors = (size_t)(flash_size / ESPBAK_FLASH_SECTOR);
    doubt d = {
        .pieces = pieces,
        .equal = equal,
        .flash_size = flash_size,
        .owner = calloc(sectors + 1, sizeof(d.owner[0])),
        .blank = calloc(sectors + 1, sizeof(d.blank[0])),
    };
    const espbak_status status = d.owner != NULL && d.blank != NULL
                                     ? look_at_all(&d, doubtful, err)
                                     : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    free(d.owner);
    free(d.blank);
    return status;
}
