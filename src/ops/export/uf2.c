/* SPDX-License-Identifier: Apache-2.0 */
/* UF2, as its specification has it: blocks of 512 bytes with 256 of the flash each, which all programs take. */
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "image/container/uf2_block.h"
#include "ops/export/job.h"

enum { PAYLOAD = 256 };

static uint64_t blocks_of(uint64_t size)
{
    return (size + PAYLOAD - 1) / PAYLOAD;
}

bool export_uf2_knows(const espbak_chip *chip)
{
    return chip->uf2_family != 0;
}

static espbak_status take_blocks(export_job *job, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    for (size_t at = 0; at < size; at += PAYLOAD) {
        uint8_t block[UF2_BLOCK] = {0};
        const size_t part = (size_t)bytes_min64(PAYLOAD, size - at);
        const uint32_t words[] = {UF2_FIRST_MAGIC, UF2_SECOND_MAGIC,  UF2_HAS_FAMILY,   (uint32_t)(offset + at),
                                  (uint32_t)part,  job->block_number, job->block_count, job->result->chip->uf2_family};
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            bytes_put_le32(block + 4 * i, words[i]);
        memcpy(block + UF2_DATA_AT, data + at, part);
        bytes_put_le32(block + UF2_BLOCK - 4, UF2_LAST_MAGIC);
        job->block_number++;
        if (export_put(job, block, sizeof(block), err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status export_uf2(export_job *job, espbak_error *err)
{
    for (size_t i = 0; i < job->run_count; i++)
        job->block_count += (uint32_t)blocks_of(job->runs[i].size);
    for (size_t i = 0; i < job->run_count; i++) {
        if (export_walk(job, job->runs[i].offset, job->runs[i].size, take_blocks, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}
