/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OWN_H
#define SIM_OWN_H

/*
 * Our own loader on the simulated chip: the same core as on real ones, over the hal_* functions of own_hal.c.
 * Interrupts move its bytes while the processor is busy with a step that began earlier.
 */

#include "base/digest.h"
#include "firmware/core.h"
#include "sim/loader/machine.h"
#include "sim/loader/ring.h"

struct loader_hal {
    sim_machine *machine;
    const sim_own *chip;
    loader_core core;
    uint32_t block[WIRE_BLOCK_MOST / WIRE_WORD], packed[WIRE_BLOCK_MOST / WIRE_WORD];
    sim_ring received, sending;
    uint32_t first_baud; /* as the ROM left it */
    uint32_t flash_size; /* as the host told it */
    digest *md5;
    bool blank; /* the block that is being worked on is blank */
    bool leaving;
    uint32_t leave_how;
    uint32_t answered; /* requests, the greeting not counted */
};

/** Execute RAM if our own loader is there; false if something else is. */
bool sim_own_execute(sim_machine *m, uint32_t entry);

/** Choose when the next interrupt comes. */
void sim_own_arm(loader_hal *hal);
/** Send everything that waits, and let the processor wait until it has left. */
void sim_own_flush(loader_hal *hal);

#endif
