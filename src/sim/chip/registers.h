/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_REGISTERS_H
#define SIM_REGISTERS_H

/*
 * The chip's registers as a loader's READ_REG and WRITE_REG see them: eFuses, watchdog, UART clock,
 * straps and the SPI controller, through which esptool and espbak talk to the flash directly.
 */

#include "sim/chip/flash.h"
#include "sim/options.h"

enum { REGISTERS_MAX = 512 };

typedef struct sim_registers {
    const sim_options *options;
    sim_flash *flash;
    struct {
        uint32_t address, value;
    } words[REGISTERS_MAX]; /* those that hold what was written; all others read as 0 */
    size_t count;
    bool flash_attached;   /* the loader has connected the flash pins */
    bool watchdog_changed; /* a write has set or stopped it: the chip looks, and clears this */
    bool watchdog_armed;
    sim_time watchdog_delay;
} sim_registers;

/** Values after a reset: eFuses and constants; what software had written is gone. */
void registers_reset(sim_registers *r, const sim_options *options, sim_flash *flash);

uint32_t registers_read(sim_registers *r, uint32_t address);
void registers_write(sim_registers *r, uint32_t address, uint32_t value);

/** Whether the flash has power: ESP32-P4 3.1 and 3.2 must switch it on first. */
bool registers_flash_powered(sim_registers *r);

/** Set the divider that a rate of `baud` gives with the chip's crystal. */
void registers_set_baud(sim_registers *r, uint32_t baud);

/** The watchdog runs already, as an application left it: a reset over USB does not stop it. */
void registers_run_watchdog(sim_registers *r);

/** Latch the straps: `io0` is the level of the boot pin. */
void registers_set_strap(sim_registers *r, bool io0);

#endif
