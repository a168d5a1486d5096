/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_REGISTERS_H
#define SIM_REGISTERS_H

/* What the chip's registers hold: eFuses, and what software has written. What a write does is up to board.c. */

#include "sim/chip/options.h"

enum { REGISTERS_MAX = 512 };

typedef struct sim_registers {
    const sim_chip *chip;
    struct {
        uint32_t address, value;
    } words[REGISTERS_MAX]; /* those that hold something; all others read as 0 */
    size_t count;
} sim_registers;

/** Values after a reset: eFuses and constants; what software had written is gone. */
void registers_reset(sim_registers *r, const sim_chip_options *options);

uint32_t registers_read(const sim_registers *r, uint32_t address);
/** Nothing happens to what is read-only. */
void registers_write(sim_registers *r, uint32_t address, uint32_t value);

/** What an eFuse holds, 0 where there is none. */
uint32_t registers_read_fuse(const sim_registers *r, sim_fuse kind);

/** Set the divider that a rate of `baud` gives with this crystal. */
void registers_set_baud(sim_registers *r, unsigned crystal_mhz, uint32_t baud);

/** Latch the straps: `io0` is the level of the boot pin. */
void registers_set_strap(sim_registers *r, bool io0);

#endif
