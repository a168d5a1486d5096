/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_LOADER_COMMANDS_H
#define TESTS_FAKE_LOADER_COMMANDS_H

/* What the loader of fake_loader.h knows and does with its flash. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/flash.h"
#include "support/group.h"
#include "support/hand_session.h"

enum {
    FAKE_FIFO = 128,
    FAKE_OUT_MAX = 1 << 20,
    FAKE_REQUESTS = 256,
    FAKE_STATUS_OK = 0,
    FAKE_SECTOR = 4096,
};

typedef struct fake_frame {
    uint8_t bytes[64];
    size_t size, wire;
} fake_frame;

typedef struct fake_loader {
    espbak_time now;
    espbak_clock clock;
    uint32_t baud;
    espbak_time latency; /* of an answer, both ways together */
    uint32_t hash_rate;  /* bytes a second; 0: hashing takes no time */
    size_t step;         /* bytes a read returns at most */
    espbak_loader kind;
    bool esp8266;

    uint8_t *flash;
    uint32_t flash_size;

    uint8_t *out; /* encoded, towards the host */
    size_t out_size, out_used;
    size_t packet_begin; /* in `out`: first content byte of the packet being sent */
    espbak_time ready;   /* nothing arrives before */

    slip_decoder decoder;
    uint8_t frame[0x4000 + 64];
    size_t wire; /* raw bytes of the frame being received */

    fake_frame fifo[FAKE_REQUESTS]; /* frames not taken yet */
    size_t fifo_count, fifo_bytes, fifo_peak;
    unsigned outstanding_peak, overflows, too_early, two_ahead, early, late, odd_frames, perilous;
    unsigned commands[256];

    bool reading;
    uint32_t read_offset, read_size, read_packet, read_window, sent, acked, last_window;
    digest *md5;

    uint8_t deferred; /* status for the next command, as a stub keeps it */
    uint32_t write_offset, write_left, block_size, sequence;
    bool writing;
    z_stream inflater;
    bool inflating;
    uint32_t erased_sectors;
    unsigned begins_deflated, begins_plain, ends, begin_words;

    /* What to break: counted down, 0 never. */
    unsigned corrupt_packets; /* data packets to flip a bit in, the next ones */
    unsigned lose_acks;       /* acknowledgements to lose, after `lose_after` good ones */
    unsigned lose_after;
    unsigned lose_requests; /* READ_FLASH_SLOW requests to lose, after `lose_after` good ones */
    unsigned lose_hashes;   /* SPI_FLASH_MD5 requests to lose, after `lose_after` good ones */
    bool noisy;             /* a byte that belongs to nothing comes in front of each hash's answer */
    unsigned damage_hashes; /* SPI_FLASH_MD5 requests for `damage_at` whose offset arrives with `damage_mask` flipped */
    uint32_t damage_at, damage_mask;
    unsigned fail_hashes;                          /* SPI_FLASH_MD5 requests to refuse */
    unsigned fail_reads;                           /* packets whose flash read fails */
    unsigned bad_blocks;                           /* data blocks to answer with "bad checksum" */
    unsigned lose_block_answers, lose_block_after; /* answers to blocks to lose, after so many good ones */
    unsigned blocks;                               /* data blocks that were taken */
    unsigned mute;                                 /* answers nothing any more when non-zero */
    const char *babble; /* from the first answer to a read on, this without an end; or NULL */
} fake_loader;

void fake_send_packet(fake_loader *fake);

void fake_end_read(fake_loader *fake);

void fake_command(fake_loader *fake, const uint8_t *frame, size_t size);

void fake_take_ack(fake_loader *fake);

#endif
