/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_READ_H
#define DEVICE_FLASH_READ_H

/*
 * What the files that read, hash and write flash share: the read engines behind one interface, the
 * checks of a range, and the way back to a loader's command loop after a failure.
 */

#include "base/digest.h"
#include "device/session.h"

enum {
    FLASH_CHUNK_MIN = 64 * 1024,
    FLASH_CHUNK_MAX = 1024 * 1024, /* held in memory until the chip's MD5 has agreed */
    FLASH_PACKET_MAX = 4096,       /* a stub's own buffer */
    FLASH_ATTEMPTS = 3,            /* for a chunk or a piece, the first one included */
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
    bool plain;              /* wait for every packet, ask for one thing at a time */
    unsigned attempt;        /* 0 for the first */
    espbak_time packet_time; /* how long a whole packet takes to arrive, measured; 0 when not known */
    void (*progress)(void *user, uint32_t done);
    void *user;
} flash_chunk;

static inline uint32_t flash_round_up(uint64_t value, uint32_t step)
{
    return (uint32_t)((value + step - 1) / step * step);
}

/* A way to read. ESPBAK_OK means that the chip's digests agreed and that the loader takes commands again. */
typedef struct flash_engine {
    const char *name;
    unsigned turnarounds; /* round trips in which the line stands still, for each chunk */
    espbak_status (*read_chunk)(flash_chunk *chunk, espbak_error *err);
} flash_engine;

extern const flash_engine flash_engine_stub_current;
extern const flash_engine flash_engine_stub_legacy;
extern const flash_engine flash_engine_rom;
extern const flash_engine flash_engine_own;

/* The one for the loader that runs now. */
const flash_engine *flash_engine_of(const espbak_session *session);

/* ESPBAK_E_LINK when a restart broke off: which loader runs, if any, is not known then. */
ESPBAK_MUST_USE espbak_status flash_check_chip(const espbak_session *session, espbak_error *err);

/* ESPBAK_E_USAGE outside the flash, ESPBAK_E_UNSUPPORTED above what the loader addresses; both name `verb`. */
ESPBAK_MUST_USE espbak_status flash_check_range(const espbak_session *session, const char *verb, uint64_t offset,
                                                uint64_t size, espbak_error *err);

/* Now, on the clock the session's line lives by. */
espbak_time flash_now(const espbak_session *session);

/* Learn from a request that took `elapsed` until its answer. */
void flash_note_round_trip(espbak_session *session, espbak_time elapsed);

/* Compare what the chip hashed with what arrived: ESPBAK_E_LINK when they differ. Finishes `md5`. */
ESPBAK_MUST_USE espbak_status flash_check_digest(digest *md5, const uint8_t *of_chip, espbak_error *err);

/* The chip's MD5 of a range that was checked already; one request. */
ESPBAK_MUST_USE espbak_status flash_hash_once(espbak_session *session, uint32_t offset, uint32_t size, uint8_t md5[16],
                                              espbak_error *err);

/* Whether trying the same again may help after this status. */
bool flash_may_retry(espbak_status status);

/*
 * Bring a loader back to where it takes commands, whatever it was left in: the middle of a read, a
 * frame that never ended, requests still queued. Bounded in time. ESPBAK_E_LINK when it stays silent.
 */
ESPBAK_MUST_USE espbak_status flash_resync(espbak_session *session, espbak_error *err);

#endif
