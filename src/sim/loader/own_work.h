/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OWN_WORK_H
#define SIM_OWN_WORK_H

/* How long a chip's processor takes for what our own loader does, and the compressor that stands for its ROM's. */

#include <stdbool.h>

#include "sim/loader/machine.h"

typedef enum own_work {
    OWN_WORK_CRC,
    OWN_WORK_MD5,
    OWN_WORK_SHA256, /* by the accelerator, what the processor waits for it included */
    OWN_WORK_FLASH,  /* without waiting for the flash itself */
    OWN_WORK_BLANK,
    OWN_WORK_SEND,
    OWN_WORK_INFLATE, /* a byte that comes out */
    OWN_WORKS
} own_work;

/** Time for `size` bytes. */
sim_time own_work_time(const sim_machine *m, own_work work, uint32_t size);
/** Time to deflate `size` bytes to `packed`. `effort` is as in WIRE_OP_READ. */
sim_time own_work_deflate_time(const sim_machine *m, uint32_t effort, uint32_t size, uint32_t packed);
/** Deflate all of it; 0 when it does not fit. */
uint32_t own_work_deflate(const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort);
/** Inflate (RFC 1951) into exactly `size` bytes; false when it gives anything else. */
bool own_work_inflate(const void *bytes, uint32_t packed, void *out, uint32_t size);
/** The processor's clock while our own loader runs. */
unsigned own_work_mhz(const sim_machine *m);

#endif
