/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "espbak/reader.h"

static void count_sector(espbak_usage *usage, const uint8_t *bytes, size_t size, uint64_t at)
{
    if (bytes_are_all(bytes, size, 0xFF)) {
        usage->erased_sectors++;
        return;
    }
    usage->used_sectors++;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == 0xFF)
            continue;
        usage->used_bytes++;
        usage->used_end = at + i + 1;
    }
}

espbak_status espbak_usage_measure(const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                                   espbak_usage *usage, espbak_error *err)
{
    uint8_t sector[ESPBAK_USAGE_SECTOR];
    *usage = (espbak_usage){.size = size};
    if (!bytes_range_within(offset, size, reader->size))
        return espbak_fail(err, ESPBAK_E_USAGE, "0x%llx bytes at 0x%llx leave what is there (0x%llx bytes)",
                           (unsigned long long)size, (unsigned long long)offset, (unsigned long long)reader->size);
    for (uint64_t done = 0; done < size;) {
        const size_t piece = (size_t)bytes_min64(sizeof(sector), size - done);
        const espbak_status status = reader->read(reader->ctx, offset + done, sector, piece, err);
        if (status != ESPBAK_OK)
            return status;
        count_sector(usage, sector, piece, done);
        done += piece;
    }
    return ESPBAK_OK;
}
