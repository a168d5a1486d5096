/* SPDX-License-Identifier: Apache-2.0 */
#include "support/own_fake.h"

#include <string.h>

void fake_start(loader_hal *hal, loader_core *core)
{
    *hal = (loader_hal){.broken_from = FLASH_SIZE,
                        .worn_from = FLASH_SIZE,
                        .nonce = 0x4E4F4E43,
                        .in_at_once = 64,
                        .out_room = BYTES_MOST,
                        .baud_impossible = NEVER};
    for (uint32_t i = 0; i < FLASH_SIZE; i++)
        hal->flash[i] = (uint8_t)(i * 7 + i / 256);
    memset(hal->flash + 0x8000, 0xFF, 0x4000);
    *core = (loader_core){
        .hal = hal, .block = (uint8_t *)hal->block, .packed = (uint8_t *)hal->packed, .block_size = FAKE_BLOCK};
}

uint32_t hal_receive(loader_hal *hal, uint8_t *bytes, uint32_t capacity)
{
    uint32_t count = hal->in_size - hal->in_taken;
    count = count < capacity ? count : capacity;
    count = count < hal->in_at_once ? count : hal->in_at_once;
    memcpy(bytes, hal->in + hal->in_taken, count);
    hal->in_taken += count;
    return count;
}

uint32_t hal_send(loader_hal *hal, const uint8_t *bytes, uint32_t size)
{
    const uint32_t count = size < hal->out_room ? size : hal->out_room;
    memcpy(hal->out + hal->out_size, bytes, count);
    hal->out_size += count;
    return count;
}

void hal_send_nothing(loader_hal *hal)
{
    hal->out_dropped++;
}

bool hal_set_baud(loader_hal *hal, uint32_t baud)
{
    if (baud == hal->baud_impossible)
        return false;
    hal->baud = baud;
    hal->out_when_baud_changed = hal->out_size;
    return true;
}

uint32_t hal_milliseconds(loader_hal *hal)
{
    return hal->milliseconds;
}

bool hal_flash_setup(loader_hal *hal, uint32_t size, uint32_t argument)
{
    hal->flash_size = size;
    hal->flash_argument = argument;
    return !hal->setup_fails;
}

bool hal_flash_read(loader_hal *hal, uint32_t address, void *bytes, uint32_t size)
{
    if (address % WIRE_ALIGNMENT != 0 || size % WIRE_ALIGNMENT != 0 || address > hal->broken_from ||
        size > hal->broken_from - address)
        return false;
    memcpy(bytes, hal->flash + address, size);
    return true;
}

void hal_share_memory(loader_hal *hal, loader_core *core, bool writing)
{
    hal->shared_for_writing = writing;
    core->block = (uint8_t *)(writing ? hal->write_block : hal->block);
    core->block_size = writing ? FAKE_WRITE_BLOCK : FAKE_BLOCK;
    core->incoming = (uint8_t *)hal->incoming;
    core->incoming_size = writing ? sizeof(hal->incoming) : 0;
}

bool hal_flash_erase(loader_hal *hal, uint32_t address, uint32_t size)
{
    if (address % size != 0 || address > FLASH_SIZE || size > FLASH_SIZE - address)
        return false;
    memset(hal->flash + address, 0xFF, size);
    if (size == WIRE_ERASE_BLOCK)
        hal->blocks_erased++;
    else
        hal->erased++;
    return true;
}

/* As flash does it: bits are only cleared. */
bool hal_flash_program(loader_hal *hal, uint32_t address, const void *bytes, uint32_t size)
{
    if (address > FLASH_SIZE || size > FLASH_SIZE - address || address / WIRE_PAGE != (address + size - 1) / WIRE_PAGE)
        return false;
    for (uint32_t i = 0; i < size; i++)
        hal->flash[address + i] &= (uint8_t)(((const uint8_t *)bytes)[i] | (address + i >= hal->worn_from ? 1 : 0));
    hal->programmed++;
    return true;
}

/* Whatever is written stays. */
uint32_t hal_flash_status(loader_hal *hal, uint32_t code, uint32_t size, uint32_t value)
{
    uint32_t *const is = &hal->status[code >> 4];
    if (size != 0)
        *is = value & 0xFF;
    if (size > 1)
        hal->status[0x35 >> 4] = value >> 8 & 0xFF;
    return *is;
}

/* Not inflate: every byte twice. */
bool hal_inflate(loader_hal *hal, const void *bytes, uint32_t packed, void *out, uint32_t size)
{
    (void)hal;
    for (uint32_t i = 0; packed * 2 == size && i < size; i++)
        ((uint8_t *)out)[i] = ((const uint8_t *)bytes)[i / 2];
    return packed * 2 == size;
}

uint32_t hal_nonce(loader_hal *hal)
{
    return hal->nonce;
}

uint32_t hal_write_block(loader_hal *hal)
{
    (void)hal;
    return FAKE_WRITE_BLOCK;
}

uint32_t hal_write_ahead(loader_hal *hal)
{
    (void)hal;
    return sizeof(hal->in) / 2;
}

uint32_t hal_crc32(loader_hal *hal, uint32_t crc, const void *bytes, uint32_t size)
{
    const uint8_t *const all = bytes;
    (void)hal;
    crc = ~crc;
    for (uint32_t i = 0; i < size * 8; i++) {
        const uint32_t bit = (crc ^ (uint32_t)all[i / 8] >> i % 8) & 1;
        crc = crc >> 1 ^ (bit != 0 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

/* Not MD5: a sum, sixteen times over, which shows what was digested all the same. */
/* Two sums that have little in common. */
void hal_digest_begin(loader_hal *hal, uint32_t kind)
{
    (void)kind;
    hal->digest_sum = 0;
}

void hal_digest_update(loader_hal *hal, uint32_t kind, const void *bytes, uint32_t size)
{
    const uint32_t factor = kind == HAL_MD5 ? 31 : 37;
    for (uint32_t i = 0; i < size; i++)
        hal->digest_sum = hal->digest_sum * factor + ((const uint8_t *)bytes)[i];
}

/* All of a SHA-256, as by the mask ROMs. */
void hal_digest_end(loader_hal *hal, uint32_t kind, uint8_t *digest)
{
    memset(digest, (int)(hal->digest_sum & 0xFF), kind == HAL_MD5 ? WIRE_DIGEST_SIZE : 2 * WIRE_DIGEST_SIZE);
}

/* Not deflate: as long as the test says, and recognisable. */
uint32_t hal_deflate(loader_hal *hal, const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort)
{
    (void)bytes, (void)size;
    hal->effort = effort;
    if (hal->deflated_size > room)
        return 0;
    memset(out, 0x5A, hal->deflated_size);
    return hal->deflated_size;
}

bool hal_is_blank(loader_hal *hal, const uint32_t *words, uint32_t size)
{
    (void)hal;
    for (uint32_t i = 0; i < size / 4; i++)
        if (words[i] != 0xFFFFFFFF)
            return false;
    return true;
}

uint32_t hal_chip(loader_hal *hal)
{
    return hal->chip;
}

uint32_t hal_features(loader_hal *hal)
{
    return hal->features;
}

uint32_t hal_cpu_mhz(loader_hal *hal)
{
    return hal->cpu_mhz;
}

void hal_leave(loader_hal *hal, uint32_t how)
{
    hal->left = true;
    hal->left_how = how;
    hal->out_when_left = hal->out_size;
}
