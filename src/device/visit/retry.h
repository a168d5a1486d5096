/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RETRY_H
#define DEVICE_RETRY_H

/*
 * Trying again, for everybody who does: after which failures it may help, how often, and the words that
 * say so. All of it stands in one table, in retry.c.
 */

#include <stdbool.h>

#include "espbak/error.h"
#include "espbak/events.h"

/* What is tried again. */
typedef enum retry {
    RETRY_PORT,    /* opening a port */
    RETRY_OPEN,    /* coming in, once the port is open */
    RETRY_RETURN,  /* looking for a device that went away */
    RETRY_LOST,    /* going on with a device that came back, without getting on in between */
    RETRY_STEP,    /* a part of a job, while the chip answers */
    RETRY_SECTOR,  /* a sector alone, after all that was tried with the chunk it stands in */
    RETRY_STREAM,  /* comparing what was handed on already and cannot be put right */
    RETRY_PROOF,   /* comparing what was read, and reading again what differs */
    RETRY_REWRITE, /* comparing what was written, and writing again what differs */
    RETRY_COMPARE, /* comparing before a restore */
    RETRY_RESTORE, /* writing and verifying a restore */
    RETRY_GUARD,   /* the sector without which nothing boots */
} retry;

/* Whether it may help after this failure, were it not for the number of tries. */
bool retry_helps(retry what, espbak_status status);

/* Whether it is done once more: it may help, and fewer than allowed were made. `tries` counts the one that failed. */
bool retry_again(retry what, unsigned tries, espbak_status status);

/* Tell that it is tried again, and why. */
void retry_say(retry what, const espbak_events *events, const char *why);

#endif
