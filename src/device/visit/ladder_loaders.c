/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "device/visit/ladder.h"

enum {
    FRUITLESS_MOST = 2, /* after so many sectors that none could read, no other loader is tried any more */
    STRETCH_FIRST = 64 * 1024,
    STRETCH_MOST = 64 * 1024 * 1024,
};

/* The order in which other loaders are tried; one that is not possible is passed over. */
static const espbak_loader order[] = {ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM};

void ladder_loaders_init(ladder_loaders *loaders, espbak_loader home)
{
    memset(loaders, 0, sizeof(*loaders));
    loaders->ready = true;
    loaders->home = home;
    loaders->stretch = STRETCH_FIRST;
}

/* What is known of a sector; the oldest ones are forgotten. */
static ladder_spot *spot_of(ladder_loaders *loaders, uint32_t sector)
{
    const size_t kept = loaders->spot_count < LADDER_SPOTS ? loaders->spot_count : LADDER_SPOTS;
    for (size_t i = 0; i < kept; i++) {
        if (loaders->spots[i].sector == sector)
            return &loaders->spots[i];
    }
    ladder_spot *spot = &loaders->spots[loaders->spot_count++ % LADDER_SPOTS];
    *spot = (ladder_spot){.sector = sector};
    return spot;
}

bool ladder_try_loader(ladder_loaders *loaders, uint32_t sector, espbak_loader loader)
{
    ladder_spot *spot = spot_of(loaders, sector);
    const bool first = (spot->tried & LADDER_BIT(loader)) == 0;
    spot->tried |= LADDER_BIT(loader);
    return first;
}

static bool find_other(const ladder_loaders *loaders, const ladder_spot *spot, uint32_t reach, espbak_loader *to)
{
    const uint32_t possible = reach & ~loaders->absent & ~spot->tried;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if ((possible & LADDER_BIT(order[i])) != 0) {
            *to = order[i];
            return true;
        }
    }
    return false;
}

static ladder_move give_up(ladder_loaders *loaders, ladder_spot *spot, const ladder_view *view)
{
    if (!spot->given_up && (spot->tried & ~LADDER_BIT(view->now)) != 0)
        loaders->fruitless++;
    spot->given_up = true;
    return LADDER_GIVE_UP;
}

ladder_move ladder_decide(ladder_loaders *loaders, const ladder_view *view, ladder_trouble trouble, espbak_loader *to)
{
    ladder_spot *spot = spot_of(loaders, view->sector);
    spot->tried |= LADDER_BIT(view->now);
    *to = view->now;
    if (spot->given_up)
        return LADDER_GIVE_UP;
    if (trouble == LADDER_FAILS && view->slower && !spot->slowed) {
        spot->slowed = true;
        return LADDER_SLOWER;
    }
    const bool restart = view->restart && view->budget > 0;
    if (trouble == LADDER_SILENT && restart && spot->silent++ == 0)
        return LADDER_RESTART;
    if (restart && loaders->fruitless < FRUITLESS_MOST && find_other(loaders, spot, view->reach, to))
        return LADDER_CHANGE;
    return give_up(loaders, spot, view);
}

void ladder_go_away(ladder_loaders *loaders, uint64_t offset)
{
    loaders->away_until = offset + loaders->stretch;
    if (loaders->stretch < STRETCH_MOST)
        loaders->stretch *= 2;
}

bool ladder_goes_home(ladder_loaders *loaders, espbak_loader now, uint64_t offset, bool as_good)
{
    if (as_good)
        loaders->home = now;
    return now != loaders->home && offset >= loaders->away_until;
}
