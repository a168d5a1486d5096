/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/line/queue.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAPACITY = 1024,
    KEPT_CAPACITY = 1 << 16, /* what grew beyond is given back when it is empty */
    MOST_CAPACITY = 1 << 20, /* more than any window of those who read; who does not read gets no more kept */
};

static bool grow(sim_queue *q)
{
    const size_t capacity = q->capacity == 0 ? FIRST_CAPACITY : 2 * q->capacity;
    if (capacity > MOST_CAPACITY)
        return false;
    sim_byte *ring = malloc(capacity * sizeof(*ring));
    if (ring == NULL)
        return false;
    for (size_t i = 0; i < q->count; i++)
        ring[i] = q->ring[(q->head + i) & (q->capacity - 1)];
    free(q->ring);
    q->ring = ring;
    q->capacity = capacity;
    q->head = 0;
    return true;
}

bool queue_push(sim_queue *q, sim_byte byte)
{
    if (q->count == q->capacity && !grow(q))
        return false;
    q->ring[(q->head + q->count++) & (q->capacity - 1)] = byte;
    return true;
}

const sim_byte *queue_first(const sim_queue *q)
{
    return q->count == 0 ? NULL : &q->ring[q->head];
}

void queue_pop(sim_queue *q)
{
    q->head = (q->head + 1) & (q->capacity - 1);
    q->count--;
    if (q->count > 0 || q->capacity <= KEPT_CAPACITY)
        return;
    free(q->ring);
    memset(q, 0, sizeof(*q));
}

void queue_cut(sim_queue *q, sim_time time)
{
    while (q->count > 0 && q->ring[(q->head + q->count - 1) & (q->capacity - 1)].at > time)
        q->count--;
}

void queue_free(sim_queue *q)
{
    free(q->ring);
    memset(q, 0, sizeof(*q));
}
