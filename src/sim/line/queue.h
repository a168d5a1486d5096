/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

/* Bytes under way on one direction of the line, in the order in which they arrive. */

#include <stdbool.h>
#include <stddef.h>

#include "sim/common/time.h"

typedef struct sim_byte {
    sim_time at;   /* arrives */
    uint32_t baud; /* rate it was sent at; 0: suits any */
    uint8_t value;
} sim_byte;

typedef struct sim_queue {
    sim_byte *ring;
    size_t capacity; /* a power of two */
    size_t head, count;
} sim_queue;

/** Returns false when memory is short or a megabyte waits; the byte is lost then, as on a bad line. */
bool queue_push(sim_queue *queue, sim_byte byte);
/** The first one, or NULL. */
const sim_byte *queue_first(const sim_queue *queue);
void queue_pop(sim_queue *queue);
/** Forget bytes that arrive after `time`: the sender stopped. */
void queue_cut(sim_queue *queue, sim_time time);
void queue_free(sim_queue *queue);

#endif
