/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LADDER_H
#define DEVICE_LADDER_H

/*
 * What to try next when a sector keeps failing; which rate to use is in device/rate. Decisions only; ladder_steps
 * carries them out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/rate/ladder_rates.h"
#include "espbak/device.h"

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
