/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SLIP_H
#define SIM_SLIP_H

/* SLIP as loaders speak it; the simulator's own, or a mistake in src/protocol would prove itself right. */

#include "sim/line/uart.h"

typedef struct sim_slip {
    bool lenient; /* an escape makes any byte one of the frame, a delimiter too */
    bool inside, escaped, bad;
    size_t size;
} sim_slip;

/** One byte into `frame`; true when a frame ended there (slip->size bytes, slip->bad if damaged). */
bool sim_slip_take(sim_slip *slip, uint8_t byte, uint8_t *frame, size_t capacity);
/** Send a frame that is given in two pieces. */
void sim_slip_send(sim_line *line, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size);

#endif
