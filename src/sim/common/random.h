/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdint.h>

/** splitmix64: one step of the generator all simulated chance comes from. */
uint64_t sim_random(uint64_t *state);

#endif
