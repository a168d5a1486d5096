/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_OWN_WIRE_H
#define TESTS_SIM_OWN_WIRE_H

/* Requests to our own loader on a simulated chip and replies of it, beside the frames of sim_wire.h. */

#include "support/sim_wire.h"

#include <zlib.h>

#include "firmware/wire.h"

typedef struct reply {
    uint32_t words[WIRE_REPLY_WORDS];
    uint8_t payload[WIRE_BLOCK_MOST];
    sim_time at; /* when it was complete */
} reply;

/* Load something that passes for our own loader of the ESP32, and start it. */
void own_load(wire *w, const char *mark);

void own_request(uint8_t bytes[WIRE_REQUEST_SIZE], uint32_t tag, uint32_t op, uint32_t address, uint32_t length,
                 uint32_t argument);

void own_ask(wire *w, uint32_t tag, uint32_t op, uint32_t address, uint32_t length, uint32_t argument);

/* The next reply within `limit`; false when none came. */
bool own_reply(wire *w, reply *r, sim_time limit);

uint32_t own_kind_of(const reply *r);

/* Ask and take the answer, which is of this kind, or a refusal for this reason. */
void own_do(wire *w, reply *r, uint32_t tag, uint32_t op, uint32_t address, uint32_t length, uint32_t argument,
            uint32_t kind, uint32_t reason);

/* A chip with our own loader, which has greeted. */
void own_open(wire *w, const char *spec);

#endif
