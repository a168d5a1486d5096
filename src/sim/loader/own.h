/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OWN_H
#define SIM_OWN_H

/*
 * Our own loader on the simulated chip: the same core as on real ones, over the hal_* functions of own_hal.c.
 * Interrupts move its bytes while the processor is busy with a step that began earlier.
 */

#include "base/digest.h"
#include "firmware/core.h"
#include "sim/line/ring.h"
#include "sim/loader/own_chips.h"
#include "sim/state.h"

struct loader_hal {
    sim_device *device;
    const own_chip *chip;
    loader_core core;
    uint32_t block[WIRE_BLOCK_MOST / WIRE_WORD], packed[WIRE_BLOCK_MOST / WIRE_WORD];
    sim_ring received, sending;
    uint32_t first_baud; /* as the ROM left it */
    digest *md5;
    bool blank; /* the block that is being worked on is blank */
    bool leaving;
    uint32_t leave_how;
    uint32_t answered; /* requests, the greeting not counted */
};
/* Send everything that waits, and let the processor wait until it has left. */
void sim_own_flush(loader_hal *hal);

#endif
