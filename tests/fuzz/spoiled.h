/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_SPOILED_H
#define TESTS_FUZZ_SPOILED_H

/*
 * A simulated chip whose answers the fuzz input spoils. It is a list of steps: how many frames to let
 * pass (one byte), what to do with the next one (one byte, a row of the table in spoiled.c), and what
 * that needs. Where the list ends the chip is well.
 */

#include "espbak/transport.h"
#include "fuzz.h"
#include "protocol/slip.h"

enum { SPOILED_FRAME_MAX = 8192, SPOILED_RULES = 4, SPOILED_LIMIT_S = 2 * 3600 };

/* A byte that is wrong in each answer to one request. */
typedef struct spoiled_rule {
    uint8_t op, offset, change;
} spoiled_rule;

typedef struct spoiled {
    espbak_transport *chip;
    const uint8_t *steps;
    size_t size, at;
    unsigned pass;     /* frames until the next step */
    bool waiting;      /* a step is due then */
    espbak_time limit; /* simulated time that nothing may take */
    bool requests_too; /* requests were spoilt as well: the chip may do what nobody asked for */
    bool broken;       /* the port fails at the next read */
    bool lose_request;
    uint16_t change_at;
    uint8_t change; /* of the next request, at change_at; 0 for none */
    spoiled_rule rules[SPOILED_RULES];
    size_t rule_count;
    slip_decoder decoder; /* of what the chip says, into `frame` */
    uint8_t frame[SPOILED_FRAME_MAX];
    size_t frame_size;
    uint8_t ready[8 * SPOILED_FRAME_MAX]; /* what the host gets next; what does not fit is lost */
    size_t ready_size, ready_used;
    uint8_t held[SPOILED_FRAME_MAX]; /* a frame that comes behind the next one */
    size_t held_size;
} spoiled;

/* `url` names the chip; steps, size and limit are the caller's to set before. `s` must outlive the transport. */
espbak_transport *spoiled_open(spoiled *s, const char *url);

#endif
