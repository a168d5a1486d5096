/* SPDX-License-Identifier: Apache-2.0 */
#include "device/rate/rate_steps.h"

/* Above 921600 such as most adapters divide their clocks to; the highest is as far as our own loader goes. */
static const uint32_t all[RATE_STEPS] = {5000000, 4000000, 3000000, 2000000, 1500000, 921600, 460800, 230400, 115200};

enum { OFF_MOST = 50 }; /* a fiftieth, 2 %: two UARTs bear about twice that between them */

static bool is_near(uint32_t made, uint32_t baud)
{
    return (made > baud ? made - baud : baud - made) <= baud / OFF_MOST;
}

static uint32_t chip_rate(const rate_ends *ends, uint32_t baud)
{
    const uint64_t clock = (uint64_t)ends->chip_hz * ends->chip_parts;
    const uint64_t divider = (clock + baud / 2) / baud;
    return clock == 0 ? baud : (uint32_t)(clock / (divider > 0 ? divider : 1));
}

bool rate_is_made(const rate_ends *ends, uint32_t baud)
{
    const ports_bridge *bridge = ends->bridge;
    if (bridge != NULL && bridge->max_baud != 0 && baud > bridge->max_baud)
        return false;
    return is_near(bridge == NULL ? baud : ports_bridge_rate(bridge, baud), baud) &&
           is_near(chip_rate(ends, baud), baud);
}

size_t rate_steps(const rate_ends *ends, uint32_t steps[RATE_STEPS])
{
    size_t count = 0;
    for (size_t i = 0; i < RATE_STEPS; i++) {
        if (rate_is_made(ends, all[i]) && (ends->below == 0 || all[i] < ends->below))
            steps[count++] = all[i];
    }
    return count;
}

uint32_t rate_step_below(uint32_t baud)
{
    for (size_t i = 0; i < RATE_STEPS; i++) {
        if (all[i] < baud)
            return all[i];
    }
    return 0;
}
