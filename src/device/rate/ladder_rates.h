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
    double bytes, time;  /* proven bytes on the line, and the time they took; older ones count less and less */
    espbak_time left_at; /* when it was used last, on the ladder's own clock */
    unsigned refused;    /* times that changing to it failed */
} ladder_rate;

/* Only time spent reading counts: a clock of its own stands still between two reads. */
typedef struct ladder_rates {
    ladder_rate list[LADDER_RATES]; /* falling; the first is the highest that may be used */
    size_t count, at;               /* none: the link has no rates */
    size_t top;                     /* those before it have shown to be too high */
    bool climbs;                    /* higher rates are tried as soon as blocks arrive clean */
    double before;                  /* bytes a second at the rate from which it climbed to this one */
    double proven;                  /* bytes since the last failure */
    unsigned blocks, lost;          /* asked for at this rate, and not answered */
    double asked;                   /* blocks; older ones count less and less, as failures do */
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

/* What came of reading since the last time. */
typedef struct ladder_sample {
    espbak_time now;
    uint32_t spot;         /* the place, for failures in a row */
    uint64_t bytes;        /* proven bytes on the line */
    espbak_time idle;      /* of the time, what the line could not have been used for */
    unsigned blocks, lost; /* requests, and those that were lost, where the loader proves each block by itself */
    bool failed;           /* the attempt has failed */
} ladder_sample;

/* `asked`: the highest one. `floor`: the one the loader was found at. `now`: the present one. */
void ladder_rates_init(ladder_rates *rates, uint32_t asked, uint32_t floor, uint32_t now);

/* The same for a rate that finds itself: `steps` are all rates above the floor that may be used, falling. */
void ladder_rates_init_steps(ladder_rates *rates, const uint32_t *steps, size_t count, uint32_t floor, uint32_t now);

/* Reading begins, or goes on after something else. */
void ladder_rates_resume(ladder_rates *rates, espbak_time now);

/* Bytes were proven, or an attempt failed; either took the time since the last call. */
void ladder_rates_note(ladder_rates *rates, const ladder_sample *sample);

/* Whether a higher rate is to be tried after the next bytes, if they arrive clean. */
bool ladder_rates_are_climbing(const ladder_rates *rates);

/* Whether the present rate, to which it has climbed, costs more than it gives. */
bool ladder_rates_climbed_too_high(const ladder_rates *rates);

/* Whether the `left` bytes would be read sooner at another rate, by what was measured; which one into *to. */
bool ladder_rates_judge(const ladder_rates *rates, uint64_t left, size_t *to);

/* The next lower rate that can be used, whether it pays or not; false when there is none. */
bool ladder_rates_lower(const ladder_rates *rates, size_t *to);

/* Whether the line damages so much that requests must be expected to arrive wrong. */
bool ladder_rates_are_rough(const ladder_rates *rates);

/*
 * What a climb has shown: the rate that carries, 0 where nothing is known; the next higher one that does not into
 * *below, 0 where none was found.
 */
uint32_t ladder_rates_found_out(const ladder_rates *rates, uint32_t *below);

/* A change was tried. */
void ladder_rates_moved(ladder_rates *rates, size_t to, bool worked);

/* The loader was restarted and answers at this rate. */
void ladder_rates_found(ladder_rates *rates, uint32_t baud);

#endif
