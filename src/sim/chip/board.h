/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_BOARD_H
#define SIM_BOARD_H

/* A chip with its flash as a program on it finds them: memory, registers, flash, and the time that goes by. */

#include "sim/chip/flash.h"
#include "sim/chip/ram.h"
#include "sim/chip/registers.h"

typedef struct sim_board {
    sim_chip_options options;
    sim_flash *flash;
    sim_registers registers;
    sim_ram ram;
    bool flash_attached;  /* the loader has connected the flash pins */
    bool dead;            /* nothing runs on it until it is reset */
    sim_time now;         /* everything up to here has happened */
    sim_time cpu;         /* the processor is busy until then */
    sim_time flash_busy;  /* an erase that the processor does not wait for */
    sim_time watchdog_at; /* it restarts the chip then */
} sim_board;

/** Opens the flash, with a built-in image where there is no other. `options` are copied. */
ESPBAK_MUST_USE espbak_status board_open(sim_board *board, const sim_chip_options *options, espbak_error *err);
void board_close(sim_board *board);

/** Whatever runs on it stops, until it is reset. */
void board_die(sim_board *board);
/** Nothing runs any more, from now on. */
void board_stop(sim_board *board);
/** Registers as after a reset; `io0` is the level of the boot pin. */
void board_reset(sim_board *board, bool io0);

/** Whether there is anything at an address, as far as that is known of the chip. */
bool board_is_mapped(const sim_board *board, uint32_t address);
/** A word of memory or of a register. */
uint32_t board_read(sim_board *board, uint32_t address);
void board_write(sim_board *board, uint32_t address, uint32_t value);

/** Whether the flash has power: on some revisions it must be switched on first. */
bool board_flash_powered(const sim_board *board);
/** The processor waits until the flash has done what it is at. */
void board_wait_flash(sim_board *board);

/** The watchdog runs already, as an application left it: a reset over USB does not stop it. */
void board_run_watchdog(sim_board *board);
void board_stop_watchdog(sim_board *board);

#endif
