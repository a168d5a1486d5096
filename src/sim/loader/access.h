/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_ACCESS_H
#define SIM_ACCESS_H

/* The flash as the loader that runs gets at it: as far as its addresses reach, with its time and its faults. */

#include "sim/loader/machine.h"

/** The flash address that the running loader really uses: some know three bytes of it only. */
uint64_t access_reach(const sim_machine *m, uint64_t address);
/** Whether a fault of the flash strikes while the loader works on this range. */
bool access_fails(sim_machine *m, sim_fault_kind kind, uint64_t address, size_t size);
/** Make data that leaves the chip wrong, where a fault wants that. */
void access_lie(sim_machine *m, uint64_t address, uint8_t *bytes, size_t size);
/** Read with the CPU waiting. */
void access_read(sim_machine *m, uint32_t address, uint8_t *bytes, size_t size);
/** MD5 of flash as the CPU would make it, with its time. False when memory is short. */
bool access_md5(sim_machine *m, uint32_t address, uint32_t size, uint8_t out[16]);

#endif
