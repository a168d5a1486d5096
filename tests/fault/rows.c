/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"

/*
 * What happens once may not cost a run, nor one wrong byte in 10 kB. Shares below 100 are what is asked
 * for at rates at which luck decides.
 */
const fault_row fault_rows[] = {
    {"nothing", NULL, 100, 100, ESPBAK_OK},
    {"one flipped bit", "flip-at:%llu", 100, 100, ESPBAK_OK},
    {"one lost byte", "drop-at:%llu", 100, 100, ESPBAK_OK},
    {"one byte too many", "insert-at:%llu", 100, 100, ESPBAK_OK},
    {"one stall of 200 ms", "stall-at:%llu", 100, 100, ESPBAK_OK},
    {"the line is cut", "cut:%llu", 100, 100, ESPBAK_OK},
    {"the chip is reset", "reset:%llu", 100, 100, ESPBAK_OK},
    {"the stub dies", "die:%llu", 100, 100, ESPBAK_OK},
    {"flips, 1 in 1 MB", "flip:1e-6", 100, 100, ESPBAK_OK},
    {"flips, 1 in 100 kB", "flip:1e-5", 100, 100, ESPBAK_OK},
    {"flips, 1 in 10 kB", "flip:1e-4", 100, 100, ESPBAK_OK},
    {"flips, 1 in 1 kB", "flip:1e-3", 85, 85, ESPBAK_OK},
    {"losses, 1 in 1 MB", "drop:1e-6", 100, 100, ESPBAK_OK},
    {"losses, 1 in 100 kB", "drop:1e-5", 100, 100, ESPBAK_OK},
    {"losses, 1 in 10 kB", "drop:1e-4", 100, 100, ESPBAK_OK},
    {"losses, 1 in 1 kB", "drop:1e-3", 85, 85, ESPBAK_OK},
    {"noise bytes, 1 in 1 MB", "insert:1e-6", 100, 100, ESPBAK_OK},
    {"noise bytes, 1 in 100 kB", "insert:1e-5", 100, 100, ESPBAK_OK},
    {"noise bytes, 1 in 10 kB", "insert:1e-4", 100, 100, ESPBAK_OK},
    {"noise bytes, 1 in 1 kB", "insert:1e-3", 85, 85, ESPBAK_OK},
    {"flips towards the chip, 1 in 1 kB", "flip.to:1e-3", 85, 85, ESPBAK_OK},
    {"losses towards the chip, 1 in 1 kB", "drop.to:1e-3", 85, 85, ESPBAK_OK},
    {"stalls, 1 in 10 kB", "stall:1e-4", 100, 100, ESPBAK_OK},
    {"one burst of 32 to 512 wrong bytes", "burst-at:%llu", 100, 100, ESPBAK_OK},
    {"bursts, 1 in 100 kB", "burst:1e-5", 100, 100, ESPBAK_OK},
    {"bursts, 1 in 10 kB", "burst:1e-4", 80, 80, ESPBAK_OK},
    {"all of it, 1 in 100 kB each", "flip:1e-5+drop:1e-5+insert:1e-5+stall:1e-5+burst:1e-5", 100, 100, ESPBAK_OK},
    {"flips 1 in 10 kB, losses and noise 1 in 50 kB", "flip:1e-4+drop:2e-5+insert:2e-5", 100, 95, ESPBAK_OK},
    {"a wrong MD5 of true data, 1 in 100", "lie:0.01", 100, 100, ESPBAK_OK},
    {"a wrong MD5 of true data, 1 in 10", "lie:0.1", 95, 95, ESPBAK_OK},
    {"a wrong MD5 of true data always", "lie:1", 0, 0, ESPBAK_OK},
    {"wrong data under a true MD5, 1 in 100", "lie-data:0.01", 100, -1, ESPBAK_OK},
    {"wrong data under a true MD5, 1 in 10", "lie-data:0.1", 100, -1, ESPBAK_OK},
    {"wrong data under a true MD5 always", "lie-data:1", 0, -1, ESPBAK_OK},
    {"a queued request is lost, 1 in 100", "lose:0.01", 100, 100, ESPBAK_OK},
    {"a queued request is lost, 1 in 10", "lose:0.1", 100, 100, ESPBAK_OK},
    {"a write lies, 1 in 100 sectors", "lie-write:0.01", -1, 100, ESPBAK_OK},
    {"a write lies, 1 in 10 sectors", "lie-write:0.1", -1, 100, ESPBAK_OK},
    {"writes always lie", "lie-write:1", -1, 0, ESPBAK_OK},
    {"rate changes fail", "deaf-baud:1", 100, 100, ESPBAK_OK},
    {"a sector reads differently twice", "waver:%llu", 100, 100, ESPBAK_OK},
    {"a sector reads differently each time", "flicker:%llu", 0, -1, ESPBAK_E_DIFFERS},
    {"a sector reads differently each time", "flicker:%llu", -1, 0, ESPBAK_E_DEVICE},
    {"a sector cannot be read", "mute:%llu", 0, -1, ESPBAK_OK},
};
const size_t fault_row_count = sizeof(fault_rows) / sizeof(fault_rows[0]);
