/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_STATUS_H
#define SIM_STATUS_H

/*
 * The status registers of a serial flash, as Winbond's W25Q parts have them: what is kept without power, what counts
 * until power goes or the flash is reset, and which sectors may not be changed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_STATUS_REGISTERS = 3 };

typedef struct sim_status {
    uint8_t now[SIM_STATUS_REGISTERS], kept[SIM_STATUS_REGISTERS];
    bool write_enabled;    /**< WEL, by 06 */
    bool volatile_enabled; /**< by 50, for the one command that follows */
    bool lasting_only;     /**< the part knows no volatile bits, and takes no notice of 50 */
    bool deaf_to_reset;    /**< nor of 66 99 */
    bool reset_enabled;    /**< 66 was the command before */
    unsigned lasting_writes;
} sim_status;

void status_power_on(sim_status *status);
/** A command that is about the status registers. False when this one is not; it is to be done, and then noted. */
bool status_run(sim_status *status, uint8_t opcode, const uint8_t *out, size_t out_size, uint8_t *in, size_t in_size);
/** What a loader does that unlocks before it erases: 06 01, for good, unless the status is locked (SRP). */
void status_unlock(sim_status *status);

/** Whether this sector of so many is protected; whether any is. */
bool status_protects(const sim_status *status, uint64_t sector, uint64_t sectors);
bool status_protects_any(const sim_status *status);

#endif
