/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LADDER_H
#define DEVICE_LADDER_H

/*
 * What to do when the line damages much, or a sector keeps failing: which rate to use, and what to try next. Decisions
 * only, from what was measured; ladder_steps carries them out.
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

/* ---- the loader ---- */

enum { LADDER_SPOTS = 16 };

#define LADDER_BIT(loader) (1u << (unsigned)(loader))

typedef enum ladder_trouble {
    LADDER_FAILS,  /* all attempts at the sector have failed, but the loader answers */
    LADDER_SILENT, /* the loader does not answer any more */
} ladder_trouble;

typedef enum ladder_move {
    LADDER_GIVE_UP,
    LADDER_SLOWER,  /* a lower rate */
    LADDER_RESTART, /* the same loader, restarted */
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
    espbak_loader home; /* the usual one, to which it goes back */
    uint32_t absent;    /* bits of those that could not be started */
    ladder_spot spots[LADDER_SPOTS];
    size_t spot_count;   /* all so far; the newest ones are kept */
    unsigned fruitless;  /* sectors at which another loader did not help */
    uint64_t away_until; /* up to this offset the other loader reads before it goes back to the usual one */
    uint64_t stretch;    /* bytes that the other loader reads at a time; more each time, because changing costs time */
} ladder_loaders;

/* What could be done at a sector. */
typedef struct ladder_view {
    espbak_loader now;
    uint32_t sector;
    uint32_t reach;  /* bits of the loaders that could read it */
    bool slower;     /* there is a lower rate */
    bool restart;    /* the chip may be restarted, and there is a way to do so */
    unsigned budget; /* restarts that are left */
} ladder_view;

void ladder_loaders_init(ladder_loaders *loaders, espbak_loader home);

/* What to do next at a sector; each step is taken once for each. *to is the loader to start. */
ladder_move ladder_decide(ladder_loaders *loaders, const ladder_view *view, ladder_trouble trouble, espbak_loader *to);

/* Note that this loader is tried at the sector; false when it was tried there before. */
bool ladder_try_loader(ladder_loaders *loaders, uint32_t sector, espbak_loader loader);

/* Another than the usual loader is in use from this offset on. */
void ladder_go_away(ladder_loaders *loaders, uint64_t offset);

/* Whether to go back to the usual loader before reading at `offset`. `as_good`: the present one may stay. */
bool ladder_goes_home(ladder_loaders *loaders, espbak_loader now, uint64_t offset, bool as_good);

typedef struct ladder {
    ladder_rates rates;
    ladder_loaders loaders;
} ladder;

#endif
