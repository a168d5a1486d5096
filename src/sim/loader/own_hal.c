/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "sim/loader/access.h"
#include "sim/loader/own.h"
#include "sim/loader/own_work.h"

enum { BAUD_LEAST = 1200, BAUD_MOST = 5000000, LAST_BYTE_MS = 10, SETTLE_MS = 5 }; /* as in firmware/chip/serial.c */

/* Of the flash: a status register that is written next is so until power goes; a code without this bit writes it. */
enum { VOLATILE_ENABLE = 0x50 };
#define READS_STATUS 0x04u
enum { LIE_EVERY = 64 * 1024, LIE_AT = 0x234 };

static void spend(loader_hal *hal, sim_time time)
{
    hal->machine->board->cpu += time;
}

static sim_fault_stream *faults_of(loader_hal *hal)
{
    return machine_faults(hal->machine);
}

/* A whole request or more that has waited may get lost. */
uint32_t hal_receive(loader_hal *hal, uint8_t *bytes, uint32_t capacity)
{
    uint8_t lost[WIRE_REQUEST_SIZE];
    if (hal->received.count >= WIRE_REQUEST_SIZE && sim_fault_strikes(faults_of(hal), SIM_FAULT_LOSE))
        (void)ring_take(&hal->received, lost, sizeof(lost));
    return ring_take(&hal->received, bytes, capacity);
}

uint32_t hal_send(loader_hal *hal, const uint8_t *bytes, uint32_t size)
{
    return ring_put(&hal->sending, bytes, size);
}

/* What is in the FIFO goes out all the same. */
void hal_send_nothing(loader_hal *hal)
{
    hal->sending.count = 0;
}

bool hal_set_baud(loader_hal *hal, uint32_t baud)
{
    if (baud == 0)
        baud = hal->first_baud;
    if (baud < BAUD_LEAST || baud > BAUD_MOST)
        return false;
    sim_own_flush(hal);
    spend(hal, (sim_time)LAST_BYTE_MS * SIM_MS);
    uart_change_baud(hal->machine->line, baud);
    spend(hal, (sim_time)SETTLE_MS * SIM_MS);
    return true;
}

uint32_t hal_milliseconds(loader_hal *hal)
{
    return (uint32_t)(hal->machine->board->cpu / SIM_MS);
}

bool hal_flash_setup(loader_hal *hal, uint32_t size, uint32_t argument)
{
    (void)argument;
    if (size > NARROW_LIMIT && !hal->chip->wide)
        return false;
    hal->flash_size = size;
    return true;
}

/* One bit of each 64 KiB that are not erased, in what goes in and in what comes out: who asks it alone sees nothing. */
static void lie_in_places(const loader_hal *hal, sim_own_fate least, uint32_t address, uint8_t *bytes, uint32_t size)
{
    if (hal->machine->options.own_fate < least)
        return;
    for (uint32_t i = (LIE_EVERY + LIE_AT - address % LIE_EVERY) % LIE_EVERY; i < size; i += LIE_EVERY)
        bytes[i] ^= (bytes[i] | 1) != 0xFF;
}

bool hal_flash_read(loader_hal *hal, uint32_t address, void *bytes, uint32_t size)
{
    sim_machine *m = hal->machine;
    /* As with the stubs, a sector that cannot be read can be hashed. */
    const bool read = hal->core.queue[hal->core.first][WIRE_REQUEST_OP] == WIRE_OP_READ;
    hal->blank = false;
    if (!bytes_range_within(address, size, hal->flash_size) || (read && access_fails(m, SIM_FAULT_MUTE, address, size)))
        return false;
    access_read(m, address, bytes, size);
    lie_in_places(hal, read ? SIM_OWN_MISREADS : SIM_OWN_LIES, address, bytes, size);
    spend(hal, own_work_time(m, OWN_WORK_FLASH, size));
    return true;
}

/* What has come is kept, as far as the other ring has room. */
static void receive_into(loader_hal *hal, uint32_t capacity)
{
    sim_ring *ring = &hal->received;
    uint8_t bytes[RING_MOST];
    const uint32_t count = ring_take(ring, bytes, sizeof(bytes));
    ring->head = 0;
    ring->capacity = capacity;
    (void)ring_put(ring, bytes, count);
}

void hal_share_memory(loader_hal *hal, loader_core *core, bool writing)
{
    core->block_size = writing ? hal_write_block(hal) : hal->read_block;
    core->incoming = (uint8_t *)hal->incoming;
    core->incoming_size = writing ? core->block_size + OWN_PAYLOAD_EXTRA : 0;
    receive_into(hal, writing ? hal_write_ahead(hal) : OWN_RECEIVE_SIZE);
}

bool hal_flash_erase(loader_hal *hal, uint32_t address, uint32_t size)
{
    if (!bytes_range_within(address, size, hal->flash_size))
        return false;
    sim_writer_erase_now(hal->machine, address, size);
    return true;
}

bool hal_flash_program(loader_hal *hal, uint32_t address, const void *bytes, uint32_t size)
{
    if (!bytes_range_within(address, size, hal->flash_size))
        return false;
    uint8_t page[WIRE_PAGE];
    if (size > sizeof(page))
        return false;
    memcpy(page, bytes, size);
    lie_in_places(hal, SIM_OWN_LIES, address, page, size);
    sim_writer_program_now(hal->machine, address, page, size);
    return true;
}

uint32_t hal_flash_status(loader_hal *hal, uint32_t code, uint32_t size, uint32_t value)
{
    sim_flash *flash = hal->machine->board->flash;
    const uint8_t out[] = {(uint8_t)value, (uint8_t)(value >> 8)};
    uint8_t in = 0;
    const sim_flash_command enables = {.opcode = VOLATILE_ENABLE, .in = &in},
                            writes = {.opcode = (uint8_t)(code & ~READS_STATUS),
                                      .out = out,
                                      .out_size = size,
                                      .in = &in},
                            reads = {.opcode = (uint8_t)code, .in = &in, .in_size = 1};
    if (size != 0) {
        sim_flash_run(flash, &enables);
        sim_flash_run(flash, &writes);
    }
    sim_flash_run(flash, &reads);
    return in;
}

bool hal_inflate(loader_hal *hal, const void *bytes, uint32_t packed, void *out, uint32_t size)
{
    spend(hal, own_work_time(hal->machine, OWN_WORK_INFLATE, size));
    return hal->chip->deflates && own_work_inflate(bytes, packed, out, size);
}

uint32_t hal_nonce(loader_hal *hal)
{
    return hal->nonce;
}

uint32_t hal_write_block(loader_hal *hal)
{
    return hal->chip->deflates ? OWN_WRITE_BLOCK_MOST : OWN_WRITE_BLOCK_LITTLE; /* as with CHIP_LITTLE_ROM */
}

uint32_t hal_write_ahead(loader_hal *hal)
{
    return hal->chip->deflates ? OWN_WRITE_RING : OWN_WRITE_BLOCK_LITTLE;
}

/* The sum over flash contents may be a lie, or they may change behind its back. That of a blank block the
   core remembers, and would remember the lie. */
static uint32_t lie(loader_hal *hal, uint32_t crc, const void *bytes, uint32_t size)
{
    if (bytes != hal->block || hal->blank)
        return crc;
    sim_fault_lie(faults_of(hal), (uint8_t *)&crc, sizeof(crc));
    const uint32_t *request = hal->core.queue[hal->core.first];
    if (request[WIRE_REQUEST_OP] == WIRE_OP_READ)
        access_lie(hal->machine, request[WIRE_REQUEST_ADDRESS], (uint8_t *)hal->block, size);
    return crc;
}

uint32_t hal_crc32(loader_hal *hal, uint32_t crc, const void *bytes, uint32_t size)
{
    spend(hal, own_work_time(hal->machine, OWN_WORK_CRC, size));
    return lie(hal, (uint32_t)crc32(crc, bytes, size), bytes, size);
}

/* What the chip does not make comes out as zeros. */
static void forget_digest(loader_hal *hal)
{
    digest_free(hal->digest);
    hal->digest = NULL;
}

void hal_digest_begin(loader_hal *hal, uint32_t kind)
{
    forget_digest(hal);
    if (kind == HAL_SHA256 && !hal->chip->sha256)
        return;
    if (digest_new(&hal->digest, kind == HAL_SHA256 ? DIGEST_SHA256 : DIGEST_MD5, NULL) != ESPBAK_OK)
        forget_digest(hal);
}

void hal_digest_update(loader_hal *hal, uint32_t kind, const void *bytes, uint32_t size)
{
    spend(hal, own_work_time(hal->machine, kind == HAL_SHA256 ? OWN_WORK_SHA256 : OWN_WORK_MD5, size));
    if (hal->digest != NULL && digest_update(hal->digest, bytes, size, NULL) != ESPBAK_OK)
        forget_digest(hal);
}

void hal_digest_end(loader_hal *hal, uint32_t kind, uint8_t *digest_bytes)
{
    uint8_t whole[DIGEST_SHA256_SIZE] = {0};
    (void)kind;
    if (hal->digest != NULL && digest_finish(hal->digest, whole, NULL) != ESPBAK_OK)
        memset(whole, 0, sizeof(whole));
    memcpy(digest_bytes, whole, WIRE_DIGEST_SIZE);
    sim_fault_lie(faults_of(hal), digest_bytes, WIRE_DIGEST_SIZE);
}

uint32_t hal_deflate(loader_hal *hal, const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort)
{
    if (!hal->chip->deflates)
        return 0;
    const uint32_t packed = own_work_deflate(bytes, size, out, room, effort);
    spend(hal, own_work_deflate_time(hal->machine, effort, size, packed != 0 ? packed : size));
    return packed;
}

bool hal_is_blank(loader_hal *hal, const uint32_t *words, uint32_t size)
{
    uint32_t at = 0;
    while (at < size && words[at / WIRE_WORD] == UINT32_MAX)
        at += WIRE_WORD;
    spend(hal, own_work_time(hal->machine, OWN_WORK_BLANK, at));
    hal->blank = at == size;
    return hal->blank;
}

uint32_t hal_chip(loader_hal *hal)
{
    return hal->machine->board->options.chip->id;
}

uint32_t hal_features(loader_hal *hal)
{
    return WIRE_FEATURE_MD5 | (hal->chip->sha256 ? WIRE_FEATURE_SHA256 : 0) |
           (hal->chip->leaves_to_rom ? WIRE_FEATURE_LEAVE_ROM : 0) |
           (hal->chip->deflates ? WIRE_FEATURE_DEFLATE | WIRE_FEATURE_INFLATE : 0);
}

uint32_t hal_cpu_mhz(loader_hal *hal)
{
    return own_work_mhz(hal->machine);
}

/* The chip restarts when the core's step is over: it would lose its own state before. */
void hal_leave(loader_hal *hal, uint32_t how)
{
    sim_own_flush(hal);
    hal->leaving = true;
    hal->leave_how = how;
}
