/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_BRIDGE_H
#define SIM_BRIDGE_H

/*
 * Adapters between USB and the simulated chip's UART: which rates they can make, and how many bytes they damage where
 * they are driven faster than they should be.
 */

#include <stddef.h>
#include <stdint.h>

typedef struct sim_bridge {
    const char *name;
    uint16_t vid, pid;
    const char *product, *serial; /**< as it tells the host; the serial number may be empty */
    uint32_t most;                /**< the driver takes no higher rate */
    uint32_t clean;               /**< up to this one nothing is damaged */
    uint32_t clock;               /**< rates are clock / n; 0: any */
    uint16_t least;               /**< the smallest n; */
    uint16_t whole;               /**< below this n only multiples of 4 are possible */
} sim_bridge;

/** All rows; *count is their number. */
const sim_bridge *sim_bridges(size_t *count);

/** NULL when there is none of this name. */
const sim_bridge *sim_bridge_by_name(const char *name);

/** The rate that comes out when `baud` is asked for; 0: the driver does not take it. */
uint32_t sim_bridge_rate(const sim_bridge *bridge, uint32_t baud);

/** The part of the bytes that is damaged at this rate. */
double sim_bridge_damage(const sim_bridge *bridge, uint32_t baud);

#endif
