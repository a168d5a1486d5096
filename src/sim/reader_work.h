/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_READER_WORK_H
#define SIM_READER_WORK_H

/* How long a chip's processor takes for what a reader does, and the compressor that stands for its ROM's. */

#include "options.h"

typedef enum reader_work {
    READER_WORK_CRC,
    READER_WORK_MD5,
    READER_WORK_FLASH, /* without waiting for the flash itself */
    READER_WORK_BLANK,
    READER_WORK_SEND,
    READER_WORKS
} reader_work;

/** Time for `size` bytes. */
sim_time reader_work_time(const sim_options *options, reader_work work, uint32_t size);
/** Time to deflate `size` bytes to `packed`. `effort` is as in READER_OP_READ. */
sim_time reader_work_deflate_time(const sim_options *options, uint32_t effort, uint32_t size, uint32_t packed);
/** Deflate all of it; 0 when it does not fit. */
uint32_t reader_work_deflate(const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort);
/** The processor's clock while a reader runs. */
unsigned reader_work_mhz(const sim_options *options);

#endif
