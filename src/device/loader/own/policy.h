/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_OWN_POLICY_H
#define DEVICE_OWN_POLICY_H

/* How our own loader is asked: pure decisions from what was measured. */

#include <stdbool.h>
#include <stdint.h>

#include "espbak/clock.h"

typedef struct own_conditions {
    uint32_t line_rate;     /* bytes a second */
    espbak_time round_trip; /* microseconds; 0: not known */
    uint32_t cpu_mhz;       /* as our own loader says; 0: not known */
    double error_rate;      /* damaged places for each byte on the line */
    double ratio;           /* bytes sent for each byte of flash, of late and without blank blocks; 0: not known */
    double pace;            /* measured speed of the chip, as a multiple of what its clock promises; 0: not known */
    bool deflate;           /* the chip has a compressor */
    uint32_t block_most;    /* the longest block that our own loader takes */
    unsigned queue;         /* requests that may wait there */
    bool careful;           /* reading has failed here before */
} own_conditions;

typedef struct own_manner {
    uint32_t block;   /* bytes of flash a request asks for */
    uint32_t effort;  /* as in WIRE_OP_READ */
    double raw_share; /* share of blocks to ask for uncompressed, where the chip compresses more slowly than the line
                         carries */
    unsigned window;  /* requests outstanding */
} own_manner;

own_manner own_policy(const own_conditions *c);

/* The longest time that the chip works on a request to read, and the usual one of a request to write; microseconds. */
espbak_time own_policy_work(uint32_t op, uint32_t length, uint32_t argument, uint32_t cpu_mhz);

/* Bytes to write at once: whole sectors up to `most`, or pages where nothing longer passes. */
uint32_t own_policy_write_block(double error_rate, uint32_t most);

/* Bytes a second that a chip hashes, until it is measured; `sha256`: its accelerator does. */
uint64_t own_policy_hash_rate(uint32_t cpu_mhz, bool sha256);

/* How long the chip takes to find that so many bytes are blank; meanwhile the line has nothing to do. */
espbak_time own_policy_blank_time(uint64_t bytes);

/* Bytes sent for each byte of flash, for application code. */
double own_policy_usual_ratio(void);

#endif
