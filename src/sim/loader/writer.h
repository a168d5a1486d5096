/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_WRITER_H
#define SIM_WRITER_H

/*
 * A write in progress, from FLASH_BEGIN or DEFL_BEGIN to its END, with the erasing that goes before
 * it and the inflating in between. ROM, current stub and legacy stub differ in when they erase.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sim_machine sim_machine;

typedef enum sim_erase_policy {
    SIM_ERASE_DONE,        /* ROM: everything was erased at the beginning */
    SIM_ERASE_AHEAD,       /* legacy stub: sector by sector, just before they are written */
    SIM_ERASE_CONDITIONAL, /* current stub: likewise, but erased sectors are skipped up to the first that is not */
} sim_erase_policy;

typedef enum sim_write_result {
    SIM_WRITE_OK,
    SIM_WRITE_BAD_STREAM, /* deflate data is damaged */
    SIM_WRITE_BAD_SUM,    /* … and its Adler-32 alone is wrong */
    SIM_WRITE_MISMATCH,   /* reading back gives something else: protected, or not erased */
    SIM_WRITE_TOO_MUCH,
} sim_write_result;

typedef struct sim_writer {
    bool active, compressed;
    sim_erase_policy policy;
    uint32_t offset;    /* of the next write */
    uint32_t remaining; /* bytes still to be written */
    uint32_t next_erase, erase_remaining;
    bool seen_dirty;
    bool dropped; /* what comes goes nowhere */
    bool ended;   /* the deflate stream is over */
    struct sim_inflate *inflate;
} sim_writer;

/** False when memory is short. */
bool sim_writer_begin(sim_machine *m, sim_erase_policy policy, uint32_t offset, uint32_t size, bool compressed);
sim_write_result sim_writer_data(sim_machine *m, const uint8_t *bytes, size_t size);
void sim_writer_free(sim_writer *writer);

/** Erase with the CPU waiting, as ROMs and ERASE_REGION do. */
void sim_writer_erase_now(sim_machine *m, uint32_t offset, uint32_t size);
/** Program within a page, with the CPU waiting. */
void sim_writer_program_now(sim_machine *m, uint32_t address, const uint8_t *bytes, uint32_t size);

#endif
