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

/* Reading by our own loader: everything before `at` was handed on, everything before `next` was asked for. */
typedef struct flash_stream {
    unsigned start, era; /* of loader_state when this began: another start knows nothing of it, another era ended it */
    bool open;
    uint32_t at, next;
    flash_gap gaps[FLASH_GAPS];
    size_t gap_count;
    double packed, raw; /* of blocks asked for compressed, older ones counting less: bytes on the line, and of flash */
    double pace;        /* as in own_conditions */
    double raw_due;     /* adds up the share of blocks to ask for uncompressed; at 1 the next one is */
    espbak_time mark;   /* when measuring how busy the line is began; 0: not measuring */
    uint64_t mark_bytes;
} flash_stream;

/* Hashing by ROM or stub, and how fast any loader does it. */
typedef struct flash_hashing {
    unsigned batch;   /* ranges in a batch, 0 = not yet chosen */
    unsigned alone;   /* ranges to be hashed one by one before batches are tried again */
    unsigned penalty; /* how many ranges are hashed alone after the next batch that fails */
    bool single;      /* this loader loses a request that waits: one at a time from now on */
    uint64_t bytes;   /* measured: bytes hashed, */
    espbak_time time; /* and the time it took without round trips */
} flash_hashing;

typedef struct flash_facts {
    uint64_t addressable; /* bytes the present loader can address: 16 MB or the flash size */
    uint64_t told;        /* the size by JEDEC id or SFDP, 0: neither tells */
    espbak_size_source told_by;
    bool sfdp_asked;     /* whatever it said */
    bool looked;         /* what addresses show was looked at */
    bool changed;        /* an erase or write may have begun */
    bool inflate_stale;  /* a deflated download broke off, and this stub cannot begin another: write uncompressed */
    unsigned rom_window; /* how many READ_FLASH_SLOW requests may be outstanding, as tried; 0 = not tried yet */
    flash_hashing hashing;
    flash_stream stream;
    espbak_session_stats counts;
} flash_facts;

/* The chip was restarted: forget what was learned of the loader that ran. */
void flash_forget_loader(espbak_session *session);

/* It is the same flash as before: keep what was known of it. */
void flash_keep_info(espbak_session *session, const espbak_flash_info *before);

#endif
