/* SPDX-License-Identifier: Apache-2.0 */
/* eFuses that anybody may see, word by word; several requests are on their way at once where the loader takes that. */
#include "device/chip/registers.h"
#include "device/efuse/tables.h"
#include "device/session.h"

static bool is_set(const espbak_efuse_block *block, unsigned bit)
{
    return (block->words[bit / 32] >> (bit % 32) & 1) != 0;
}

/* No checksum guards an answer, so each word is read twice, as chip_read_word does. */
static espbak_status read_block(espbak_session *session, uint32_t address, espbak_efuse_block *block, espbak_error *err)
{
    command_register list[2 * ESPBAK_EFUSE_WORDS] = {{0}};
    size_t count = 0;
    for (unsigned i = 0; i < block->count; i++) {
        if (!chip_knows_word(session, address + 4 * i, &block->words[i]))
            list[count++].address = address + 4 * i;
    }
    for (size_t i = 0; i < count; i++)
        list[count + i].address = list[i].address;
    espbak_status status = command_registers(&session->link, list, 2 * count, err);
    for (size_t i = 0; i < count && status == ESPBAK_OK; i++) {
        uint32_t *const word = &block->words[(list[i].address - address) / 4];
        *word = list[i].value;
        if (list[i].value != list[count + i].value)
            status = command_read_reg_sure(&session->link, list[i].address, word, err);
    }
    return status;
}

espbak_status chip_read_efuses(espbak_session *session, espbak_error *err)
{
    enum { CODED_3_4 = 1 };
    const efuse_table *const table = session->info.chip->efuses;
    espbak_efuses found = {.count = 0};
    for (size_t i = 0; i < table->block_count && found.count < ESPBAK_EFUSE_BLOCKS; i++) {
        const efuse_block *const from = &table->blocks[i];
        espbak_efuse_block *const block = &found.blocks[found.count];
        if (from->hidden_by != 0 && is_set(&found.blocks[0], from->hidden_by))
            continue;
        *block = (espbak_efuse_block){.number = from->number, .count = from->words};
        if (from->coding != 0 && is_set(&found.blocks[0], from->coding) && !is_set(&found.blocks[0], from->coding + 1u))
            block->count = (uint8_t)(block->count / 4 * 3);
        if (read_block(session, from->address, block, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "reading eFuse block %u", (unsigned)from->number);
        found.count++;
    }
    session->info.efuses = found;
    return ESPBAK_OK;
}
