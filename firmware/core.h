/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CORE_H
#define FIRMWARE_CORE_H

/*
 * Our own loader itself, the same on every chip and in the simulated one: takes requests as wire.h has
 * them, reads, digests and compresses blocks of flash, and queues replies for sending. It runs in
 * steps that never wait, so that a simulator can give each step its time.
 */

#include "firmware/hal.h"
#include "firmware/wire.h"

/* State and buffers. Zero but for `hal` and the buffers, which belong to the caller: `block_size` bytes each, aligned
 * to words. */
typedef struct loader_core {
    loader_hal *hal;
    uint8_t *block, *packed;
    uint32_t block_size; /* WIRE_BLOCK_LEAST to WIRE_BLOCK_MOST */

    uint32_t window[WIRE_REQUEST_WORDS]; /* the last bytes that came */
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

    uint32_t blank_size, blank_crc; /* CRC-32 of so many 0xFF, remembered: most blank blocks are of one size */
} loader_core;

/* Do the next thing there is; false when nothing is left to do until bytes come or leave. */
bool loader_core_step(loader_core *core);

#endif
