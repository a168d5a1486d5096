/* SPDX-License-Identifier: Apache-2.0 */
#ifndef READER_HAL_H
#define READER_HAL_H

/*
 * What the portable core needs of a chip. On chips one file each in src/reader/chip implements it with
 * registers and ROM functions; in the simulated chip src/sim/reader.c does, where `hal` carries the
 * device. Nothing here blocks but reading flash, compressing and changing the rate.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct reader_hal reader_hal; /* NULL on chips: they are alone */

/* Bytes that have come, at most `capacity`; 0 when none. */
uint32_t hal_receive(reader_hal *hal, uint8_t *bytes, uint32_t capacity);

/* Queue bytes for sending, as many as there is room for; returns how many. An interrupt sends them. */
uint32_t hal_send(reader_hal *hal, const uint8_t *bytes, uint32_t size);
/* Forget what is queued and has not left. */
void hal_send_nothing(reader_hal *hal);

/* Wait until all is sent, then change the rate. False when the rate cannot be made: nothing happened. */
bool hal_set_baud(reader_hal *hal, uint32_t baud);
/* A clock that wraps around, good for differences of some seconds. */
uint32_t hal_milliseconds(reader_hal *hal);

/* `size` bytes of flash have been announced; `argument` is as in READER_OP_FLASH. False: the ROM refuses. */
bool hal_flash_setup(reader_hal *hal, uint32_t size, uint32_t argument);
/* Both multiples of READER_ALIGNMENT; false when the ROM reports a failure. */
bool hal_flash_read(reader_hal *hal, uint32_t address, void *bytes, uint32_t size);

/* CRC-32 as zlib's: start with 0. */
uint32_t hal_crc32(reader_hal *hal, uint32_t crc, const void *bytes, uint32_t size);
void hal_md5_begin(reader_hal *hal);
void hal_md5_update(reader_hal *hal, const void *bytes, uint32_t size);
void hal_md5_end(reader_hal *hal, uint8_t digest[16]);

/* Deflate all of `bytes` by `effort` (READER_OP_READ). Returns the bytes written, 0 when they would not fit. */
uint32_t hal_deflate(reader_hal *hal, const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort);
/* True when all bytes are 0xFF. `size` is a multiple of READER_ALIGNMENT, `words` aligned to it. */
bool hal_is_blank(reader_hal *hal, const uint32_t *words, uint32_t size);

/* READER_INFO_CHIP, READER_INFO_FEATURES, READER_INFO_CPU_MHZ. */
uint32_t hal_chip(reader_hal *hal);
uint32_t hal_features(reader_hal *hal);
uint32_t hal_cpu_mhz(reader_hal *hal);

/* Wait until all is sent, then reset as reader_leave says. Does not return on chips. */
void hal_leave(reader_hal *hal, uint32_t how);

#endif
