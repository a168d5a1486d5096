/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CORE_H
#define FIRMWARE_CORE_H

/*
 * The loader itself, the same on every chip and in the simulated one: takes requests as wire.h has
 * them, reads, digests, compresses and writes blocks of flash, and queues replies for sending. It runs in
 * steps that never wait, so that a simulator can give each step its time.
 */

#include "firmware/hal.h"
#include "firmware/wire.h"

enum {
    LOADER_BATCH = 64,
    /* Milliseconds without a byte after which the rest of a payload counts as lost: longer than bridges hold back. */
    LOADER_PAYLOAD_PATIENCE = 1000,
};

/* A range of flash that may change. */
typedef struct loader_range {
    uint32_t address, length;
} loader_range;

/* State and buffers. Zero but for `hal` and the buffers, which belong to the caller: `block_size` bytes each, aligned
 * to words. */
typedef struct loader_core {
    loader_hal *hal;
    uint8_t *block, *packed;
    uint32_t block_size; /* WIRE_BLOCK_LEAST to WIRE_BLOCK_MOST */

    uint32_t window[WIRE_REQUEST_WORDS]; /* the last bytes that came; the request while its payload comes */
    uint8_t batch[LOADER_BATCH];         /* bytes that were taken from the hardware and not looked at yet */
    uint32_t batch_at, batch_end;
    uint32_t queue[WIRE_QUEUE][WIRE_REQUEST_WORDS];
    uint32_t first, waiting; /* of the queue */

    uint32_t reply[WIRE_REPLY_WORDS];
    const uint8_t *payload;
    uint32_t header_sent, payload_sent; /* bytes */
    bool sending;

    uint32_t baud, previous_baud;       /* 0: as the ROM left it */
    uint32_t baud_since, baud_patience; /* milliseconds; patience 0: the rate is settled */
    uint32_t new_baud, new_patience;    /* to change to when the answer is on its way */
    uint32_t leave_how;
    bool leaving;

    /* The payload that follows a request, one at a time: until it has been used no further byte is taken. */
    uint8_t *incoming;
    uint32_t incoming_size; /* room: a whole number of words */
    uint32_t expected, arrived, arrived_at;
    bool waits_for_payload, has_payload;
    uint32_t again_at, again_end; /* part of `incoming` that is looked at again for requests, after a broken payload */

    uint32_t transaction, range_count; /* 0: none */
    loader_range ranges[WIRE_RANGES];
    bool may_write;

    uint32_t blank_size, blank_crc; /* CRC-32 of so many 0xFF, remembered: most blank blocks are of one size */
} loader_core;

/* The request under way. */
const uint32_t *loader_current(const loader_core *core);

/*
 * Words cross the line with their lowest byte first. Chips have them so in memory, and nothing is done there; a
 * computer that runs the simulated chip may have them the other way round.
 */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
static inline uint32_t loader_wire_word(uint32_t word)
{
    return __builtin_bswap32(word);
}

/* From memory to the line, or back. */
static inline void loader_wire_words(uint32_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        words[i] = loader_wire_word(words[i]);
}

/* Of words as they cross the line. */
static inline uint32_t loader_words_crc(loader_hal *hal, uint32_t *words, uint32_t count)
{
    loader_wire_words(words, count);
    const uint32_t crc = hal_crc32(hal, 0, words, count * WIRE_WORD);
    loader_wire_words(words, count);
    return crc;
}
#else
#define loader_wire_word(word)              (word)
#define loader_wire_words(words, count)     ((void)0)
#define loader_words_crc(hal, words, count) hal_crc32(hal, 0, words, (count) * WIRE_WORD)
#endif

/* `kind` (hal_digest) of a range of flash of any length, by way of `block`; false when flash cannot be read. */
bool loader_digest(loader_core *core, uint32_t kind, uint32_t address, uint32_t size, uint8_t *out);

/* writer.c: the requests that change flash. They return a wire_status. */
uint32_t loader_open_transaction(loader_core *core);
uint32_t loader_allow(loader_core *core);
uint32_t loader_confirm(loader_core *core);
uint32_t loader_erase(loader_core *core);
uint32_t loader_write(loader_core *core);

/* Do the next thing there is; false when nothing is left to do until bytes come or leave. */
bool loader_core_step(loader_core *core);

#endif
