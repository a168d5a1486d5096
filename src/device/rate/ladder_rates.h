/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LADDER_RATES_H
#define DEVICE_LADDER_RATES_H

/* Which rate of the line to use, from what was measured; visit/rate carries it out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/clock.h"

enum { LADDER_RATES = 16 };

typedef struct ladder_rate {
    uint32_t baud;
    double bytes, time;  /* proven bytes, and the time they took; older ones count less and less */
    espbak_time left_at; /* when it was used last, on the ladder's own clock */
    unsigned refused;    /* times that changing to it failed */
} ladder_rate;

/* Only time spent reading counts: a clock of its own stands still between two reads. */
typedef struct ladder_rates {
    ladder_rate list[LADDER_RATES]; /* falling; the first is what was asked for */
    size_t count, at;               /* none: the link has no rates */
    espbak_time mark;               /* the transport's clock when `clock` was brought up to date */
    espbak_time clock;              /* time spent reading so far */
    espbak_time here, clean;        /* since the last change of rate, and since the last failure */
    double bytes, time, failures;   /* at this rate; older ones count less and less */
    espbak_time patience;           /* time without a failure before the next higher rate is tried */
    espbak_time trust;              /* how long the figures of another rate are believed */
    bool eased;                     /* the rate was lowered once, so that fewer requests arrive damaged */
    bool rose;                      /* the last change was to a higher rate, which has still to prove itself */
    uint32_t spot;                  /* where it failed last */
    unsigned spot_failures;         /* how often in a row */
} ladder_rates;

/* `asked`: the highest one. `floor`: the one the loader was found at. `now`: the present one. */
void ladder_rates_init(ladder_rates *rates, uint32_t asked, uint32_t floor, uint32_t now);

/* Reading begins, or goes on after something else. */
void ladder_rates_resume(ladder_rates *rates, espbak_time now);

/* `bytes` more were proven, or an attempt at `spot` failed; either took the time since the last call. */
void ladder_rates_note(ladder_rates *rates, espbak_time now, uint32_t spot, uint64_t bytes, bool failed);

/* Whether the `left` bytes would be read sooner at another rate, by what was measured; which one into *to. */
bool ladder_rates_judge(const ladder_rates *rates, uint64_t left, size_t *to);

/* The next lower rate that can be used, whether it pays or not; false when there is none. */
bool ladder_rates_lower(const ladder_rates *rates, size_t *to);

/* Whether the line damages so much that requests must be expected to arrive wrong. */
bool ladder_rates_are_rough(const ladder_rates *rates);

/* A change was tried. */
void ladder_rates_moved(ladder_rates *rates, size_t to, bool worked);

/* The loader was restarted and answers at this rate. */
void ladder_rates_found(ladder_rates *rates, uint32_t baud);

#endif
