/* SPDX-License-Identifier: Apache-2.0 */
/* The requests that change flash: what may change is declared first, and all that is asked for is checked. */
#include "firmware/core.h"

enum {
    SECTORS_WORTH_A_BLOCK = 4
}; /* erasing a block of 64 KB takes as long as so many sectors: W25Q128JV 150, 45 ms */

static void turn_off(loader_core *core)
{
    if (core->may_write)
        hal_share_memory(core->hal, core, false);
    core->may_write = false;
    core->transaction = 0;
    core->range_count = 0;
}

uint32_t loader_open_transaction(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    if (request[WIRE_REQUEST_ADDRESS] != hal_nonce(core->hal))
        return WIRE_STATUS_OFF;
    if (core->transaction != request[WIRE_REQUEST_ARGUMENT])
        turn_off(core);
    core->transaction = request[WIRE_REQUEST_ARGUMENT];
    return WIRE_STATUS_OK;
}

static bool is_whole_sectors(const uint32_t *request)
{
    const uint32_t address = request[WIRE_REQUEST_ADDRESS], length = request[WIRE_REQUEST_LENGTH];
    return (address | length) % WIRE_SECTOR == 0 && length != 0 && address + length > address;
}

static bool is_pages_of_a_sector(const uint32_t *request)
{
    const uint32_t address = request[WIRE_REQUEST_ADDRESS], length = request[WIRE_REQUEST_LENGTH];
    return request[WIRE_REQUEST_OP] == WIRE_OP_WRITE && (address | length) % WIRE_PAGE == 0 && length != 0 &&
           address % WIRE_SECTOR + length <= WIRE_SECTOR;
}

static bool is_open(const loader_core *core, uint32_t transaction)
{
    return transaction != 0 && transaction == core->transaction;
}

static bool is_declared(const loader_core *core, uint32_t address, uint32_t length)
{
    for (uint32_t i = 0; i < core->range_count; i++) {
        const loader_range *const range = &core->ranges[i];
        if (address >= range->address && address - range->address <= range->length - length && length <= range->length)
            return true;
    }
    return false;
}

uint32_t loader_allow(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    const uint32_t address = request[WIRE_REQUEST_ADDRESS], length = request[WIRE_REQUEST_LENGTH];
    if (!is_open(core, request[WIRE_REQUEST_ARGUMENT]))
        return WIRE_STATUS_OFF;
    const bool again = is_declared(core, address, length);
    if (!is_whole_sectors(request) || (!again && (core->may_write || core->range_count == WIRE_RANGES)))
        return WIRE_STATUS_BAD_REQUEST;
    if (!again)
        core->ranges[core->range_count++] = (loader_range){address, length};
    return WIRE_STATUS_OK;
}

uint32_t loader_confirm(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    const uint32_t words = core->range_count * (uint32_t)sizeof(core->ranges[0]) / WIRE_WORD;
    if (!is_open(core, request[WIRE_REQUEST_ARGUMENT]) || core->range_count != request[WIRE_REQUEST_ADDRESS] ||
        core->range_count == 0 ||
        loader_words_crc(core->hal, (uint32_t *)core->ranges, words) != request[WIRE_REQUEST_LENGTH])
        return WIRE_STATUS_OFF;
    if (!core->may_write)
        hal_share_memory(core->hal, core, true);
    core->may_write = true;
    return WIRE_STATUS_OK;
}

/* WIRE_STATUS_OK only for whole sectors, or pages of one, that this transaction may change. */
static uint32_t may_change(loader_core *core, uint32_t transaction)
{
    const uint32_t *const request = loader_current(core);
    if (!is_whole_sectors(request) && !is_pages_of_a_sector(request))
        return WIRE_STATUS_BAD_REQUEST;
    if (!core->may_write || !is_open(core, transaction))
        return WIRE_STATUS_OFF;
    if (!is_declared(core, request[WIRE_REQUEST_ADDRESS], request[WIRE_REQUEST_LENGTH]))
        return WIRE_STATUS_FORBIDDEN;
    return WIRE_STATUS_OK;
}

/* ---- erasing ---- */

static bool read_sector(loader_core *core, uint32_t address)
{
    return hal_flash_read(core->hal, address, core->packed, WIRE_SECTOR);
}

static bool holds_nothing(loader_core *core)
{
    return hal_is_blank(core->hal, (const uint32_t *)(const void *)core->packed, WIRE_SECTOR);
}

/* How many of the sectors hold something, or cannot be read or erased; they are erased if that is wanted. */
static uint32_t count_used(loader_core *core, uint32_t address, uint32_t end, bool erase)
{
    uint32_t used = 0;
    for (; address < end; address += WIRE_SECTOR)
        if (!read_sector(core, address) || !holds_nothing(core))
            used += !erase || !hal_flash_erase(core->hal, address, WIRE_SECTOR);
    return used;
}

/* A part that lies in one block; what is blank is left alone. */
static bool erase_part(loader_core *core, uint32_t address, uint32_t end)
{
    const uint32_t used = count_used(core, address, end, false);
    if (used == 0)
        return true;
    if (end - address == WIRE_ERASE_BLOCK && used >= SECTORS_WORTH_A_BLOCK)
        (void)hal_flash_erase(core->hal, address, WIRE_ERASE_BLOCK);
    else
        (void)count_used(core, address, end, true);
    return count_used(core, address, end, false) == 0;
}

uint32_t loader_erase(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    uint32_t at = request[WIRE_REQUEST_ADDRESS], left = request[WIRE_REQUEST_LENGTH];
    const uint32_t refused = may_change(core, request[WIRE_REQUEST_ARGUMENT]);
    if (refused != WIRE_STATUS_OK)
        return refused;
    while (left > 0) {
        uint32_t part = WIRE_ERASE_BLOCK - at % WIRE_ERASE_BLOCK;
        if (part > left)
            part = left;
        if (!erase_part(core, at, at + part))
            return WIRE_STATUS_DIFFERS;
        at += part;
        left -= part;
    }
    core->reply[WIRE_REPLY_RAW] = request[WIRE_REQUEST_LENGTH];
    return WIRE_STATUS_OK;
}

/* ---- writing ---- */

/* The contents into `block`; false when the payload does not give what it promises. */
static bool unpack(loader_core *core, uint32_t size)
{
    const uint32_t *const words = (const uint32_t *)(const void *)core->incoming;
    const uint32_t packed = loader_wire_word(words[WIRE_WRITE_SIZE]),
                   room = core->expected - (WIRE_WRITE_WORDS + 1) * WIRE_WORD;
    const uint8_t *const data = core->incoming + WIRE_WRITE_WORDS * WIRE_WORD;
    uint32_t *const block = (uint32_t *)(void *)core->block;
    if (packed > room)
        return false;
    switch (loader_wire_word(words[WIRE_WRITE_FORM])) {
    case WIRE_FORM_RAW:
        for (uint32_t i = 0; packed == size && i < size / WIRE_WORD; i++)
            block[i] = words[WIRE_WRITE_WORDS + i];
        return packed == size;
    case WIRE_FORM_DEFLATE:
        return hal_inflate(core->hal, data, packed, block, size);
    case WIRE_FORM_BLANK:
        for (uint32_t i = 0; i < size / WIRE_WORD; i++)
            block[i] = ~(uint32_t)0;
        return true;
    default:
        return false;
    }
}

static bool is_same(const uint32_t *a, const uint32_t *b, uint32_t size)
{
    for (uint32_t i = 0; i < size / WIRE_WORD; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* Pages that are to be blank are so already. */
static bool program(loader_core *core, uint32_t address, const uint32_t *contents, uint32_t size)
{
    for (uint32_t at = 0; at < size; at += WIRE_PAGE) {
        const uint32_t *const page = contents + at / WIRE_WORD;
        if (!hal_is_blank(core->hal, page, WIRE_PAGE) && !hal_flash_program(core->hal, address + at, page, WIRE_PAGE))
            return false;
    }
    return true;
}

/* A sector or a part of one. Where it holds the contents already it is left alone; only whole ones are erased. */
static bool write_part(loader_core *core, uint32_t address, const uint32_t *contents, uint32_t size)
{
    const uint32_t *const found = (const uint32_t *)(const void *)core->packed;
    if (!hal_flash_read(core->hal, address, core->packed, size))
        return false;
    if (is_same(found, contents, size))
        return true;
    if (!hal_is_blank(core->hal, found, size) &&
        (size != WIRE_SECTOR || !hal_flash_erase(core->hal, address, WIRE_SECTOR)))
        return false;
    return program(core, address, contents, size);
}

static bool write_block(loader_core *core, uint32_t address, uint32_t size)
{
    for (uint32_t at = 0; at < size; at += WIRE_SECTOR)
        if (!write_part(core, address + at, (const uint32_t *)(const void *)(core->block + at),
                        size < WIRE_SECTOR ? size : WIRE_SECTOR))
            return false;
    return true;
}

static bool has_own_payload(const loader_core *core)
{
    const uint32_t *const words = (const uint32_t *)(const void *)core->incoming;
    return core->has_payload && loader_wire_word(words[WIRE_WRITE_TAG]) == loader_current(core)[WIRE_REQUEST_TAG];
}

uint32_t loader_write(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    const uint32_t *const words = (const uint32_t *)(const void *)core->incoming;
    const uint32_t address = request[WIRE_REQUEST_ADDRESS], size = request[WIRE_REQUEST_LENGTH];
    uint32_t crc = 0;
    /* Without its payload it came while writing was off, or as something that does not fit. */
    const uint32_t refused =
        may_change(core, has_own_payload(core) ? loader_wire_word(words[WIRE_WRITE_TRANSACTION]) : 0);
    if (refused != WIRE_STATUS_OK)
        return refused;
    if (size > core->block_size)
        return WIRE_STATUS_BAD_REQUEST;
    if (!unpack(core, size) || hal_crc32(core->hal, 0, core->block, size) != loader_wire_word(words[WIRE_WRITE_CRC]))
        return WIRE_STATUS_CONTENTS;
    if (!write_block(core, address, size) || !loader_digest(core, HAL_CRC32, address, size, (uint8_t *)&crc))
        return WIRE_STATUS_FLASH;
    if (crc != words[WIRE_WRITE_CRC])
        return WIRE_STATUS_DIFFERS;
    core->reply[WIRE_REPLY_RAW] = size;
    core->reply[WIRE_REPLY_RAW_CRC] = loader_wire_word(crc);
    return WIRE_STATUS_OK;
}
