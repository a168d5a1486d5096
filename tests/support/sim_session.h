/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_SESSION_H
#define TESTS_SIM_SESSION_H

/* Sessions with simulated chips: what was logged, stubs made up for a chip, flash images. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/chip/registers.h"
#include "device/session.h"
#include "espbak/session.h"
#include "support/group.h"

typedef struct sim_log {
    char text[16384];
    espbak_events events;
} sim_log;

void sim_log_init(sim_log *log);

/*
 * A stub that fits the chip, in a file; the simulator runs whatever has arrived whole. `legacy`:
 * with its data where the simulator expects them of a legacy stub (0 for a current one).
 */
void sim_write_stub(const char *path, const espbak_chip *chip, uint32_t legacy_data);

/* A stub of each kind that fits the chip, in the subfolders 2 (current) and 1 (legacy) of `folder`. */
void sim_write_both_stubs(const char *folder, const char *chip);

/* A flash that holds different things in the places that are looked at; `size` bytes. */
void sim_write_flash(const char *path, size_t size);

#endif
