/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"

/*
 * What happens once may not cost a run. Shares below 100 are what is asked for at rates at which
 * luck decides.
 */
const fault_row fault_rows[] = {
    {"nothing", NULL, 100, 100},
    {"one flipped bit", "flip-at:%llu", 100, 100},
    {"one lost byte", "drop-at:%llu", 100, 100},
    {"one byte too many", "insert-at:%llu", 100, 100},
    {"one stall of 200 ms", "stall-at:%llu", 100, 100},
    {"the line is cut", "cut:%llu", 100, 100},
    {"the chip is reset", "reset:%llu", 100, 100},
    {"the stub dies", "die:%llu", 100, 100},
    {"flips, 1 in 1 MB", "flip:1e-6", 100, 100},
    {"flips, 1 in 100 kB", "flip:1e-5", 100, 95},
    {"flips, 1 in 10 kB", "flip:1e-4", 100, 85},
    {"flips, 1 in 1 kB", "flip:1e-3", 80, 0},
    {"losses, 1 in 1 MB", "drop:1e-6", 100, 100},
    {"losses, 1 in 100 kB", "drop:1e-5", 100, 95},
    {"losses, 1 in 10 kB", "drop:1e-4", 100, 85},
    {"losses, 1 in 1 kB", "drop:1e-3", 80, 0},
    {"noise bytes, 1 in 1 MB", "insert:1e-6", 100, 100},
    {"noise bytes, 1 in 100 kB", "insert:1e-5", 100, 95},
    {"noise bytes, 1 in 10 kB", "insert:1e-4", 100, 85},
    {"noise bytes, 1 in 1 kB", "insert:1e-3", 30, 0},
    {"flips towards the chip, 1 in 1 kB", "flip.to:1e-3", 80, 0},
    {"losses towards the chip, 1 in 1 kB", "drop.to:1e-3", 80, 0},
    {"stalls, 1 in 10 kB", "stall:1e-4", 100, 95},
    {"all of it, 1 in 100 kB each", "flip:1e-5+drop:1e-5+insert:1e-5+stall:1e-5", 100, 95},
    {"wrong MD5, 1 in 100", "lie:0.01", 100, 95},
    {"wrong MD5, 1 in 10", "lie:0.1", 95, 75},
    {"wrong MD5 always", "lie:1", 0, 0},
    {"rate changes fail", "deaf-baud:1", 100, 100},
    {"a sector reads differently each time", "flicker:%llu", 0, -1},
    {"a sector cannot be read", "mute:%llu", 0, -1},
};
const size_t fault_row_count = sizeof(fault_rows) / sizeof(fault_rows[0]);
