/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RETRY_H
#define DEVICE_RETRY_H

/*
 * Trying again, for everybody who does: after which failures it may help, how often, and the words that
 * say so. All of it stands in one table, in retry.c. What is changed before the next try:
 *
 *     smaller parts, other packets      retry_rungs, for reading; transfer/write.c
 *     rate, loader, a chip started anew ladder.h decides for a place of the flash, ladder_steps.h does it
 *     the session                       reconnect.h, for a device that went away
 *
 * Not here is what belongs to one exchange with a loader, such as a value that is read until two answers agree,
 * or a request of our own loader's that is sent again: it stands with the exchange.
 */

#include <stdbool.h>
#include <stdint.h>

#include "espbak/error.h"
#include "espbak/events.h"

/* What is tried again. */
typedef enum retry {
    /* Coming in. */
    RETRY_CONNECT, /* resetting the chip and asking for a loader */
    RETRY_RESTART, /* the same in mid-run */
    RETRY_ANEW,    /* what follows in mid-run, from a ROM that has answered to a loader that works */
    RETRY_DETECT,  /* asking which chip it is */
    RETRY_LEARN,   /* identifying the flash */
    RETRY_ENTER,   /* all of that, in a session of its own over the same line */
    /* One thing that a session does; the loader is brought back to where it takes commands in between. */
    RETRY_CHUNK, /* reading a part of the flash: how often is said by retry_rungs */
    RETRY_HASH,  /* the chip's MD5 of a range */
    RETRY_WRITE, /* a download to the flash */
    RETRY_BLOCK, /* one block of it */
    RETRY_ERASE,
    /* Sessions and jobs. */
    RETRY_PORT,    /* opening a port */
    RETRY_OPEN,    /* the same once the port is open: it went away, or the stub could not be started */
    RETRY_RETURN,  /* looking for a device that went away */
    RETRY_LOST,    /* going on with a device that came back, when not a byte more was done since the last time */
    RETRY_STEP,    /* a part of a job, while the chip answers */
    RETRY_SECTOR,  /* a sector alone, after all that was tried with the chunk it stands in */
    RETRY_STREAM,  /* comparing what was written to standard output already and cannot be corrected */
    RETRY_WITNESS, /* comparing what our own loader read with what another program finds */
    RETRY_PROOF,   /* comparing what was read, and reading again what differs */
    RETRY_REWRITE, /* comparing what was written, and writing again what differs */
    RETRY_COMPARE, /* comparing before a restore */
    RETRY_RESTORE, /* writing and verifying a restore */
    RETRY_GUARD,   /* the bootloader's first sector */
    RETRY_COUNT,   /* of these */
} retry;

/* Whether another try may help after this failure; how many were made is not looked at. */
bool retry_helps(retry what, espbak_status status);

/* Whether it is done once more: it may help, and fewer than allowed were made. `tries` counts the one that failed. */
bool retry_again(retry what, unsigned tries, espbak_status status);

unsigned retry_tries(retry what);

/* Tell that it is tried again, and why; the second for what happens at a place of the flash. */
void retry_say(retry what, const espbak_events *events, const char *why);
void retry_say_at(retry what, const espbak_events *events, uint64_t offset, unsigned tries, const char *why);

/* How a part of the flash is read: `tries` times in parts of up to `size` bytes, then by the next rung. */
typedef struct retry_rung {
    uint32_t size;
    unsigned tries;
    uint32_t packet; /* of every other try; 0: the usual one */
} retry_rung;

enum { RETRY_RUNGS = 4, RETRY_RUNG_SECTOR = 2 }; /* the rung at which a sector begins that is known to be damaged */
extern const retry_rung retry_rungs[RETRY_RUNGS];

/* How many restarts a session may still make after `restarts`, with `read_bytes` read: reading earns more. */
unsigned retry_restarts_left(unsigned restarts, uint64_t read_bytes);

#endif
