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

/* As in firmware/chip/serial.c and services.c. */
enum {
    OWN_RECEIVE_SIZE = 1024,
    OWN_WRITE_BLOCK_MOST = 16 * 1024,
    OWN_WRITE_BLOCK_LITTLE = 8 * 1024, /* and of the ring too */
    OWN_WRITE_RING = 32 * 1024,
    OWN_PAYLOAD_EXTRA = 64,
};

struct loader_hal {
    sim_machine *machine;
    const sim_own *chip;
    loader_core core;
    uint32_t block[WIRE_BLOCK_MOST / WIRE_WORD], packed[WIRE_BLOCK_MOST / WIRE_WORD];
    uint32_t incoming[(OWN_WRITE_BLOCK_MOST + OWN_PAYLOAD_EXTRA) / WIRE_WORD];
    uint32_t read_block; /* bytes of a block while nothing is written */
    uint32_t nonce;
    sim_ring received, sending;
    uint32_t first_baud; /* as the ROM left it */
    uint32_t flash_size; /* as the host told it */
    digest *digest;
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
