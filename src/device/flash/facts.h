/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_FACTS_H
#define DEVICE_FLASH_FACTS_H

/* What is kept of the attached flash, and learned of working on it; written within device/flash alone. */

#include "device/session.h"

enum { FLASH_GAPS = 64 };

/* A part of the flash that is to be asked for again. */
typedef struct flash_gap {
    uint32_t offset, size;
    unsigned tries;
} flash_gap;

/* Reading by our own loader: what was handed out ends at `at`, what was asked for at `next`. */
typedef struct flash_stream {
    unsigned start, era; /* as loader_state has them: another start knows nothing of this, in another era it ends */
    bool open;
    uint32_t at, next;
    flash_gap gaps[FLASH_GAPS];
    size_t gap_count;
    double packed, raw; /* lately: bytes on the line, and of flash, of blocks that were to be compressed */
    double pace;        /* as in own_conditions */
    double raw_due;     /* blocks that are to be sent as they are, by share */
    espbak_time mark;   /* since when the line's load is measured; 0: not */
    uint64_t mark_bytes;
} flash_stream;

/* Hashing by ROM or stub, and how fast any loader does it. */
typedef struct flash_hashing {
    unsigned batch;   /* requests between two certain moments, 0 = not yet chosen */
    unsigned alone;   /* ranges to be hashed one by one before batches are tried again */
    unsigned penalty; /* how many the next failure of a batch costs */
    uint64_t bytes;   /* measured: so many bytes were hashed */
    espbak_time time; /* in this time, round trips left out */
} flash_hashing;

typedef struct flash_facts {
    uint64_t addressable; /* bytes the present loader can address: 16 MB or the flash size */
    bool changed;         /* an erase or write may have begun */
    bool inflate_stale;   /* a deflated download broke off and this stub cannot start over: write plain */
    unsigned rom_window;  /* READ_FLASH_SLOW requests outstanding that have proven to work, 0 = not yet */
    flash_hashing hashing;
    flash_stream stream;
    espbak_session_stats counts;
} flash_facts;

/* The chip is started anew: what was learned of the loader that ran counts no more. */
void flash_forget_loader(espbak_session *session);

/* The flash has been found to be the same one: what was known of it stays. */
void flash_keep_info(espbak_session *session, const espbak_flash_info *before);

#endif
