/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_TIME_H
#define SIM_TIME_H

#include <stdint.h>

typedef int64_t sim_time; /**< nanoseconds on the simulation's own scale */

enum { SIM_US = 1000, SIM_MS = 1000000 };
#define SIM_NEVER INT64_MAX

static inline sim_time sim_later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

static inline sim_time sim_earlier(sim_time a, sim_time b)
{
    return a < b ? a : b;
}

#endif
