/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_READ_H
#define DEVICE_FLASH_READ_H

/*
 * The engines that read flash, one for each loader, behind one interface. An engine reads a chunk once; what
 * is tried again, and how, is decided above (device/visit/retry.h, device/transfer).
 */

#include "base/digest.h"
#include "device/session.h"

enum {
    FLASH_CHUNK_MIN = 64 * 1024,
    FLASH_CHUNK_MAX = 1024 * 1024, /* held in memory until the chip's MD5 has agreed */
    FLASH_PACKET_MAX = 4096,       /* a stub's own buffer */
    FLASH_RX_FIFO = 128,           /* bytes a loader's UART holds while it is busy (all chips of the table) */
};

/* One chunk to read and prove. `buffer` has room for `size` bytes; offset and size are multiples of four. */
typedef struct flash_chunk {
    espbak_session *session;
    digest *md5;
    uint8_t *buffer;
    uint32_t offset;
    uint32_t size;
    uint32_t packet_size;    /* stub packets, at most FLASH_PACKET_MAX */
    uint32_t ahead;          /* bytes that follow the chunk and are read next */
    bool plain;              /* no tricks: wait for every packet, one request at a time */
    unsigned attempt;        /* 0 for the first */
    espbak_time packet_time; /* how long a whole packet takes to arrive, measured; 0 when not known */
    void (*progress)(void *user, uint32_t done);
    void *user;
} flash_chunk;

static inline uint32_t flash_round_up(uint64_t value, uint32_t step)
{
    return (uint32_t)((value + step - 1) / step * step);
}

/* A way to read and to hash. Each is done once; after an error the loader may be in the middle of it. */
typedef struct flash_engine {
    const char *name;
    unsigned turnarounds; /* times in a chunk that the line stands still for a round trip */
    /* ESPBAK_OK means that the chip's digests agreed and that the loader takes commands again. */
    espbak_status (*read_chunk)(flash_chunk *chunk, espbak_error *err);
    /* The chip's MD5 of a range that was checked already. */
    espbak_status (*hash)(espbak_session *session, uint32_t offset, uint32_t size, uint8_t md5[16], espbak_error *err);
} flash_engine;

extern const flash_engine flash_engine_stub_current;
extern const flash_engine flash_engine_stub_legacy;
extern const flash_engine flash_engine_rom;
extern const flash_engine flash_engine_own;

/* The one for the loader that runs now. */
const flash_engine *flash_engine_of(const espbak_session *session);

#endif
