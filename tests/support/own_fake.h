/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_OWN_FAKE_H
#define TESTS_OWN_FAKE_H

/* A chip with 192 KiB of flash for the core of our own loader, whose hardware does what a test says. */
#include "firmware/core.h"

enum { FAKE_BLOCK = 4096, FAKE_BLOCK_MOST = 64 * 1024, FAKE_WRITE_BLOCK = 16 * 1024 };
enum { FLASH_SIZE = 192 * 1024, BYTES_MOST = 1024 * 1024, NEVER = FLASH_SIZE };

struct loader_hal {
    uint8_t flash[FLASH_SIZE];
    uint32_t broken_from; /* reads beyond it fail */
    uint8_t in[64 * 1024];
    uint32_t in_size, in_taken, in_at_once;
    uint8_t out[BYTES_MOST];
    uint32_t out_size;
    uint32_t out_room;    /* of the ring in each step */
    uint32_t out_dropped; /* times it was emptied */
    uint32_t baud, out_when_baud_changed, milliseconds;
    uint32_t baud_impossible;
    uint32_t deflated_size, effort, flash_size, flash_argument, digest_sum;
    uint32_t chip, features, cpu_mhz;
    bool setup_fails, left;
    uint32_t left_how, out_when_left;
    uint32_t block[FAKE_BLOCK_MOST / 4], packed[FAKE_BLOCK_MOST / 4], incoming[(FAKE_WRITE_BLOCK + 64) / 4];
    uint32_t write_block[FAKE_WRITE_BLOCK / 4];
    uint32_t nonce, erased, blocks_erased, programmed; /* sectors or parts of blocks, blocks, pages */
    uint32_t worn_from;                                /* from here on a bit stays as it is when it is programmed */
    bool shared_for_writing;
    uint32_t status[4]; /* registers of the flash, by the upper half of the code that reads them: 05, 15, 35 */
};

/* A chip that has just been started; blocks of FAKE_BLOCK bytes, which a test may change up to FAKE_BLOCK_MOST. */
void fake_start(loader_hal *hal, loader_core *core);

#endif
