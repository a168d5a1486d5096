/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_HAL_H
#define FIRMWARE_HAL_H

/*
 * What the portable core needs of a chip. On chips one file each in firmware/chip implements it with
 * registers and ROM functions; in the simulated chip src/sim/loader/own_hal.c does, where `hal` carries the
 * device. Nothing here blocks but work on flash, compressing and changing the rate; bytes that come meanwhile are kept.
 */

#include <stdbool.h>
#include <stdint.h>

#include "firmware/wire.h"

typedef struct loader_hal loader_hal; /* NULL on chips: they are alone */

/* Bytes that have come, at most `capacity`; 0 when none. */
uint32_t hal_receive(loader_hal *hal, uint8_t *bytes, uint32_t capacity);

/* Queue bytes for sending, as many as there is room for; returns how many. An interrupt sends them. */
uint32_t hal_send(loader_hal *hal, const uint8_t *bytes, uint32_t size);
/* Forget what is queued and has not left. */
void hal_send_nothing(loader_hal *hal);

/* Wait until all is sent, then change the rate. False when the rate cannot be made: nothing happened. */
bool hal_set_baud(loader_hal *hal, uint32_t baud);
/* A clock that wraps around, good for differences of some seconds. */
uint32_t hal_milliseconds(loader_hal *hal);

/* `size` bytes of flash have been announced; `argument` is as in WIRE_OP_FLASH. False: that is more than it reaches. */
bool hal_flash_setup(loader_hal *hal, uint32_t size, uint32_t argument);
/* Both multiples of WIRE_ALIGNMENT; false when the flash does not get ready. */
bool hal_flash_read(loader_hal *hal, uint32_t address, void *bytes, uint32_t size);

/* CRC-32 as zlib's: start with 0. */
uint32_t hal_crc32(loader_hal *hal, uint32_t crc, const void *bytes, uint32_t size);
/* What a digest is, as the distance of the op that asks for it. */
enum hal_digest {
    HAL_CRC32,
    HAL_MD5 = WIRE_OP_MD5 - WIRE_OP_CRC32,
    HAL_SHA256 = WIRE_OP_SHA256 - WIRE_OP_CRC32,
};

/*
 * One digest of the other kinds. All parts but the last are of whole WIRE_SECTORs. WIRE_DIGEST_SIZE bytes of it count;
 * as many behind them may change.
 */
void hal_digest_begin(loader_hal *hal, uint32_t kind);
void hal_digest_update(loader_hal *hal, uint32_t kind, const void *bytes, uint32_t size);
void hal_digest_end(loader_hal *hal, uint32_t kind, uint8_t *digest);

/* Deflate all of `bytes` by `effort` (WIRE_OP_READ). Returns the bytes written, 0 when they would not fit. */
uint32_t hal_deflate(loader_hal *hal, const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort);
/* True when all bytes are 0xFF. `size` is a multiple of WIRE_ALIGNMENT, `words` aligned to it. */
bool hal_is_blank(loader_hal *hal, const uint32_t *words, uint32_t size);

struct loader_core;
/*
 * Share out memory for writing, or for reading again: the core's buffers and sizes are set anew, and what is in them is
 * lost. The bytes that have come are kept.
 */
void hal_share_memory(loader_hal *hal, struct loader_core *core, bool writing);
/* Erase one sector or one block, which must begin at a multiple of its size; false when the flash does not get ready.
 */
bool hal_flash_erase(loader_hal *hal, uint32_t address, uint32_t size);
/* Program at most a page, within it; both multiples of WIRE_ALIGNMENT. */
bool hal_flash_program(loader_hal *hal, uint32_t address, const void *bytes, uint32_t size);
/*
 * Write `size` bytes of `value` (0 to 2, the lowest first) to the status register that `code` reads, until power goes,
 * and return what it holds then; `code` is as in WIRE_OP_STATUS.
 */
uint32_t hal_flash_status(loader_hal *hal, uint32_t code, uint32_t size, uint32_t value);
/* Inflate (RFC 1951) into exactly `size` bytes; false when it is anything else. */
bool hal_inflate(loader_hal *hal, const void *bytes, uint32_t packed, void *out, uint32_t size);

/* WIRE_INFO_NONCE, WIRE_INFO_WRITE_BLOCK, WIRE_INFO_WRITE_AHEAD. */
uint32_t hal_nonce(loader_hal *hal);
uint32_t hal_write_block(loader_hal *hal);
uint32_t hal_write_ahead(loader_hal *hal);

/* WIRE_INFO_CHIP, WIRE_INFO_FEATURES, WIRE_INFO_CPU_MHZ. */
uint32_t hal_chip(loader_hal *hal);
uint32_t hal_features(loader_hal *hal);
uint32_t hal_cpu_mhz(loader_hal *hal);

/* Wait until all is sent, then reset as wire_leave says. Does not return on chips. */
void hal_leave(loader_hal *hal, uint32_t how);

#endif
