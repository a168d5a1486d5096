/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_READER_H
#define SIM_READER_H

/*
 * The reader on the simulated chip: the same core as on real ones, over hal_* of reader_hal.c. Its bytes
 * come and go by interrupts, while the processor works on a step that began at an earlier time.
 */

#include "base/digest.h"
#include "chip.h"
#include "reader/core.h"
#include "reader_chips.h"
#include "ring.h"

struct reader_hal {
    sim_device *device;
    const reader_chip *chip;
    reader_core core;
    uint32_t block[READER_BLOCK_MOST / READER_WORD], packed[READER_BLOCK_MOST / READER_WORD];
    sim_ring received, sending;
    uint32_t first_baud; /* as the ROM left it */
    digest *md5;
    bool blank; /* the block in work is */
    bool leaving;
    uint32_t leave_how;
    uint32_t answered; /* requests, the greeting not counted */
};

/* reader.c: choose when the next interrupt comes. */
void sim_reader_arm(reader_hal *hal);
/* Put all that waits on the line, and let the processor wait until it has left. */
void sim_reader_flush(reader_hal *hal);

#endif
