/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_RING_H
#define SIM_RING_H

/* A ring of bytes between an interrupt and the program that it interrupts. */

#include <stdint.h>

enum { RING_MOST = 32 * 1024 };

typedef struct sim_ring {
    uint8_t bytes[RING_MOST];
    uint32_t capacity; /* up to RING_MOST */
    uint32_t head, count;
} sim_ring;

/** Put in what there is room for; returns how many. */
uint32_t ring_put(sim_ring *ring, const uint8_t *bytes, uint32_t size);
/** Take out what there is, at most `capacity`; returns how many. */
uint32_t ring_take(sim_ring *ring, uint8_t *bytes, uint32_t capacity);

#endif
