/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

/*
 * What a simulated device is like: each room has the options that it works by. One table of names serves both forms:
 * `espsim --size 4M` and `sim:esp32,size=4M`.
 */

#include <stdio.h>

#include "espbak/error.h"
#include "sim/chip/options.h"
#include "sim/line/options.h"
#include "sim/loader/options.h"

typedef enum sim_boot { SIM_BOOT_AUTO, SIM_BOOT_DOWNLOAD, SIM_BOOT_APP } sim_boot;

typedef struct sim_options {
    sim_chip_options chip;
    sim_line_options line;
    sim_loader_options loader;
    bool mac_given;
    sim_boot boot;
    bool real_time;                 /**< sim: transport only: live on the computer's clock */
    char report[SIM_PATH_MAX];      /**< gets a line at the end; empty for none */
    char fault_count[SIM_PATH_MAX]; /**< where to tell how many faults happened; empty for nowhere */
} sim_options;

void sim_options_init(sim_options *options, const sim_chip *chip);

/** Set one by name; `value` is NULL for a bare word. ESPBAK_E_USAGE names what cannot be meant. */
ESPBAK_MUST_USE espbak_status sim_options_set(sim_options *options, const char *name, const char *value,
                                              espbak_error *err);

/** Whether `name` is followed by a value; false also for a name that is not known. */
bool sim_option_takes_value(const char *name);

/** Fill in what follows from the chip, and check what must agree. Call once, after all are set. */
ESPBAK_MUST_USE espbak_status sim_options_finish(sim_options *options, espbak_error *err);

/** Parse `CHIP[,name[=value]]…`, the part behind `sim:`, and finish. */
ESPBAK_MUST_USE espbak_status sim_options_parse(sim_options *options, const char *spec, espbak_error *err);

/** Print a line or two for each option, for espsim --help. */
void sim_options_help(FILE *out);

#endif
