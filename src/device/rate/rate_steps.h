/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RATE_STEPS_H
#define DEVICE_RATE_STEPS_H

/* Which rates a line could have: those that the adapter and the chip's UART can both make. */

#include "transport/serial/bridges.h"

enum { RATE_STEPS = 9 };

/* Both ends of a line. */
typedef struct rate_ends {
    const ports_bridge *bridge; /* NULL: nothing is known of it */
    uint32_t chip_hz;           /* the clock that the chip's UART divides, */
    unsigned chip_parts;        /* by so many parts of a whole number */
    uint32_t below;             /* rates from this one on have failed; 0: none */
} rate_ends;

/* Whether both come within 2 % of this rate. */
bool rate_is_made(const rate_ends *ends, uint32_t baud);

/* Rates to try, falling, into `steps`; their number. */
size_t rate_steps(const rate_ends *ends, uint32_t steps[RATE_STEPS]);

/* The next lower one of all rates that are ever tried; 0: none. */
uint32_t rate_step_below(uint32_t baud);

#endif
