/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/ring.h"

uint32_t ring_put(sim_ring *ring, const uint8_t *bytes, uint32_t size)
{
    const uint32_t room = ring->capacity - ring->count;
    const uint32_t taken = size < room ? size : room;
    for (uint32_t i = 0; i < taken; i++)
        ring->bytes[(ring->head + ring->count++) % ring->capacity] = bytes[i];
    return taken;
}

uint32_t ring_take(sim_ring *ring, uint8_t *bytes, uint32_t capacity)
{
    const uint32_t taken = ring->count < capacity ? ring->count : capacity;
    for (uint32_t i = 0; i < taken; i++)
        bytes[i] = ring->bytes[(ring->head + i) % ring->capacity];
    ring->head = (ring->head + taken) % ring->capacity;
    ring->count -= taken;
    return taken;
}
