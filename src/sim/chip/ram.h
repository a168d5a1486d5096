/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_RAM_H
#define SIM_RAM_H

/* The RAM that a loader fills by MEM_BEGIN and MEM_DATA: enough to know whether a stub came whole. */

#include "sim/chip/chip.h"

enum { RAM_PAGE = 4096, RAM_PAGES = 256, RAM_SEGMENT_MAX = 512 * 1024 };

/** What is known of a byte. */
typedef enum sim_ram_state { RAM_NOTHING, RAM_ANNOUNCED, RAM_LOADED } sim_ram_state;

typedef struct sim_ram_page {
    uint32_t base;
    uint8_t bytes[RAM_PAGE], states[RAM_PAGE];
} sim_ram_page;

typedef struct sim_ram {
    sim_ram_page *pages[RAM_PAGES];
    size_t count;
    uint32_t next, left; /**< of what was announced last */
} sim_ram;

void ram_reset(sim_ram *ram);
/** Announce a segment, over whatever was there. False when there is no room for it. */
bool ram_begin(sim_ram *ram, uint32_t start, uint32_t size);
/** Put bytes anywhere. False when there is no room for them. */
bool ram_store(sim_ram *ram, uint32_t address, const uint8_t *bytes, uint32_t size);
/** Append to the segment announced last. False when it does not fit. */
bool ram_append(sim_ram *ram, const uint8_t *bytes, uint32_t size);
/** Every announced byte came, and `entry` is among them. */
bool ram_can_run(const sim_ram *ram, uint32_t entry);
/** Whether something that begins at `start` was loaded, in one segment or in several. */
bool ram_has_segment(const sim_ram *ram, uint32_t start);
/** Whether the segment that has `entry` begins with these bytes. */
bool ram_segment_begins(const sim_ram *ram, uint32_t entry, const uint8_t *bytes, uint32_t size);
/** A word of a segment; false where nothing was loaded. */
bool ram_read(const sim_ram *ram, uint32_t address, uint32_t *value);
bool ram_write(sim_ram *ram, uint32_t address, uint32_t value);
/** Whether the chip has RAM at these addresses. */
bool ram_exists(const sim_chip *chip, uint32_t start, uint32_t size);

#endif
