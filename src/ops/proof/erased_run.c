/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/erased_run.h"

#include "base/bytes.h"

static espbak_status is_erased(const piece_list *pieces, uint64_t offset, uint64_t size, bool *erased,
                               espbak_error *err)
{
    uint8_t sector[ESPBAK_FLASH_SECTOR];
    *erased = false;
    if (size < sizeof(sector))
        return ESPBAK_OK;
    if (piece_list_read((void *)pieces, offset, sector, sizeof(sector), err) != ESPBAK_OK)
        return err->status;
    size_t i = 0;
    while (i < sizeof(sector) && sector[i] == 0xFF)
        i++;
    *erased = i == sizeof(sector);
    return ESPBAK_OK;
}

espbak_status erased_run(const piece_list *pieces, uint64_t offset, uint64_t end, bool *erased, uint64_t *size,
                         espbak_error *err)
{
    uint64_t at = offset;
    while (at < end) {
        const uint64_t part = bytes_min64(ESPBAK_FLASH_SECTOR, end - at);
        bool is = false;
        if (is_erased(pieces, at, part, &is, err) != ESPBAK_OK)
            return err->status;
        if (at == offset)
            *erased = is;
        if (is != *erased)
            break;
        at += part;
    }
    *size = at - offset;
    return ESPBAK_OK;
}

espbak_status erased_run_sum(const piece_list *pieces, const difference_list *list, uint64_t *sum, espbak_error *err)
{
    *sum = 0;
    for (size_t i = 0; i < list->count; i++) {
        const uint64_t end = list->ranges[i].offset + list->ranges[i].size;
        for (uint64_t at = list->ranges[i].offset, size = 0; at < end; at += size) {
            bool erased = false;
            if (erased_run(pieces, at, end, &erased, &size, err) != ESPBAK_OK)
                return err->status;
            *sum += erased ? size : 0;
        }
    }
    return ESPBAK_OK;
}
