/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LADDER_H
#define DEVICE_LADDER_H

/*
 * What to do when a line or a place gives trouble: which rate to use, and what to try next at a spot
 * that keeps failing. Decisions only, from what was measured; ladder_steps carries them out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/clock.h"
#include "espbak/device.h"

/* ---- the rate ---- */

enum { LADDER_RATES = 8 };

typedef struct ladder_rate {
    uint32_t baud;
    double bytes, time;  /* what it has brought, the latest counting most */
    espbak_time left_at; /* when it was used last, on the ladder's own clock */
    unsigned refused;    /* times that changing to it failed */
} ladder_rate;

/* All times are times of reading: what happens between two reads does not count. */
typedef struct ladder_rates {
    ladder_rate list[LADDER_RATES]; /* falling; the first is what was asked for */
    size_t count, at;               /* none: the link has no rates */
    espbak_time mark;               /* up to here the transport's clock is accounted for */
    espbak_time clock;              /* sum of all reading */
    espbak_time here, clean;        /* since the last change of rate, and since the last failure */
    double bytes, time, failures;   /* lately, at this rate */
    espbak_time patience;           /* so long clean before the next higher rate is tried */
    espbak_time trust;              /* so long what another rate brought is believed */
    bool eased;                     /* a lower rate was tried because of what wrong requests may do */
    bool rose;                      /* the last change was a try at a higher rate, and it is still on trial */
    uint32_t spot;                  /* where it failed last */
    unsigned spot_failures;         /* so often in a row */
} ladder_rates;

/* `asked`: the highest one. `floor`: the one the loader was found at. `now`: the present one. */
void ladder_rates_init(ladder_rates *rates, uint32_t asked, uint32_t floor, uint32_t now);

/* Reading begins, or goes on after something else. */
void ladder_rates_resume(ladder_rates *rates, espbak_time now);

/* So many bytes are proven, or an attempt at `spot` failed; either took the time since the last call. */
void ladder_rates_note(ladder_rates *rates, espbak_time now, uint32_t spot, uint64_t bytes, bool failed);

/* Whether another rate would bring the `left` bytes sooner, by what is known; which one into *to. */
bool ladder_rates_judge(const ladder_rates *rates, uint64_t left, size_t *to);

/* The next lower rate that can be used, whatever it brings; false when there is none. */
bool ladder_rates_lower(const ladder_rates *rates, size_t *to);

/* Whether the line damages so much that requests must be expected to arrive wrong. */
bool ladder_rates_are_rough(const ladder_rates *rates);

/* A change was tried. */
void ladder_rates_moved(ladder_rates *rates, size_t to, bool worked);

/* The loader was started anew and came back at this rate. */
void ladder_rates_found(ladder_rates *rates, uint32_t baud);

/* ---- the loader ---- */

enum { LADDER_SPOTS = 16 };

#define LADDER_BIT(loader) (1u << (unsigned)(loader))

typedef enum ladder_trouble {
    LADDER_FAILS,  /* all attempts at the place have failed, but the loader answers */
    LADDER_SILENT, /* the loader does not answer any more */
} ladder_trouble;

typedef enum ladder_move {
    LADDER_GIVE_UP,
    LADDER_SLOWER,  /* a lower rate */
    LADDER_RESTART, /* the same loader, started anew */
    LADDER_CHANGE,  /* another loader */
} ladder_move;

/* A sector that failed, and what was tried there. */
typedef struct ladder_spot {
    uint32_t sector;
    uint32_t tried; /* bits of loaders */
    unsigned silent;
    bool slowed, given_up;
} ladder_spot;

typedef struct ladder_loaders {
    bool ready;
    espbak_loader home; /* the one to come back to */
    uint32_t absent;    /* bits of those that could not be had */
    ladder_spot spots[LADDER_SPOTS];
    size_t spot_count;   /* all so far; the newest ones are kept */
    unsigned fruitless;  /* spots at which another loader did not help */
    uint64_t away_until; /* read so far by the loader that is not home */
    uint64_t stretch;    /* longer each time: changing costs more than reading */
} ladder_loaders;

/* What is possible at a place. */
typedef struct ladder_view {
    espbak_loader now;
    uint32_t sector;
    uint32_t reach;  /* bits of loaders that could read there */
    bool slower;     /* there is a lower rate */
    bool restart;    /* the chip may and can be started anew */
    unsigned budget; /* restarts that are left */
} ladder_view;

void ladder_loaders_init(ladder_loaders *loaders, espbak_loader home);

/* What to do next at a place; each step is taken once there. *to is the loader to start. */
ladder_move ladder_decide(ladder_loaders *loaders, const ladder_view *view, ladder_trouble trouble, espbak_loader *to);

/* This loader runs now and is tried at the place; false when that has been done before. */
bool ladder_try_loader(ladder_loaders *loaders, uint32_t sector, espbak_loader loader);

/* Another loader is in use from this place on. */
void ladder_go_away(ladder_loaders *loaders, uint64_t offset);

/* Whether to go back to the usual loader before reading at `offset`. `as_good`: the present one may stay. */
bool ladder_goes_home(ladder_loaders *loaders, espbak_loader now, uint64_t offset, bool as_good);

typedef struct ladder {
    ladder_rates rates;
    ladder_loaders loaders;
} ladder;

#endif
