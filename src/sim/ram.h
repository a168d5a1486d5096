/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_RAM_H
#define SIM_RAM_H

/* The RAM that a loader fills by MEM_BEGIN and MEM_DATA: enough to know whether a stub came whole. */

#include "chips.h"

enum { RAM_SEGMENTS = 8, RAM_SEGMENT_MAX = 512 * 1024 };

typedef struct sim_ram_segment {
    uint32_t start, size, filled;
    uint8_t *bytes;
} sim_ram_segment;

typedef struct sim_ram {
    sim_ram_segment segments[RAM_SEGMENTS];
    size_t count;
} sim_ram;

void ram_reset(sim_ram *ram);
/** Announce a segment; older ones that overlap it are forgotten. False when there is no room for it. */
bool ram_begin(sim_ram *ram, uint32_t start, uint32_t size);
/** Append to the segment announced last. False when it does not fit. */
bool ram_append(sim_ram *ram, const uint8_t *bytes, uint32_t size);
/** Every announced byte came, and `entry` lies in one of the segments. */
bool ram_can_run(const sim_ram *ram, uint32_t entry);
/** Whether a segment starts at `start`. */
bool ram_has_segment(const sim_ram *ram, uint32_t start);
/** Whether the segment that has `entry` begins with these bytes. */
bool ram_segment_begins(const sim_ram *ram, uint32_t entry, const uint8_t *bytes, uint32_t size);
/** A word of a segment; false where nothing was loaded. */
bool ram_read(const sim_ram *ram, uint32_t address, uint32_t *value);
bool ram_write(sim_ram *ram, uint32_t address, uint32_t value);
/** Whether the chip has RAM at these addresses. */
bool ram_exists(const sim_chip *chip, uint32_t start, uint32_t size);

#endif
