/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_LOADER_OPTIONS_H
#define SIM_LOADER_OPTIONS_H

/* How what is loaded into a simulated chip behaves. */

#include <stdint.h>

/** A program in RAM; as an option AUTO is whatever it seems to be, or any. */
typedef enum sim_stub_kind { SIM_STUB_AUTO, SIM_STUB_CURRENT, SIM_STUB_LEGACY, SIM_STUB_OWN } sim_stub_kind;

typedef enum sim_own_fate {
    SIM_OWN_WORKS,
    SIM_OWN_SILENT,
    SIM_OWN_CRASHES,
    SIM_OWN_MISREADS, /**< what it sends is wrong in some places, with checksums that fit; its digests are right */
    SIM_OWN_LIES,     /**< so are its digests wrong, and what it writes: nobody can tell who asks it alone */
} sim_own_fate;

typedef struct sim_loader_options {
    sim_stub_kind stub_kind;
    sim_stub_kind fault_stub; /**< mute, garble and crash only while such a one runs */
    sim_own_fate own_fate;
    unsigned own_mhz;   /**< the processor's clock while espbak's own loader runs; 0: the chip's usual one */
    double own_cycles;  /**< an instruction */
    uint32_t own_block; /**< the longest block that it takes; 0: the chip's */
    uint32_t own_dies;  /**< after so many answers; 0: never */
} sim_loader_options;

#endif
