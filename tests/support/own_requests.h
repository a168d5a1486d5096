/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_OWN_REQUESTS_H
#define TESTS_OWN_REQUESTS_H

/* Requests to the core of our own loader on a chip that is made up, and what it answers. */

#include <stddef.h>
#include <stdint.h>

#include "support/group.h"
#include "support/own_fake.h"

/* One test has one chip. */
extern loader_hal hal;
extern loader_core core;
extern uint32_t replies_seen; /* bytes of hal.out */

typedef struct reply {
    uint32_t words[WIRE_REPLY_WORDS];
    const uint8_t *payload;
} reply;

/* A new chip, as a set-up of cmocka. */
int start(void **state);
/* Let the chip do all there is to do. */
void run(void);

void send_bytes(const void *bytes, uint32_t size);
/* A request; `arguments` are address, length, argument. */
void make_request(uint32_t words[WIRE_REQUEST_WORDS], uint32_t tag, uint32_t op, const uint32_t arguments[3]);
void ask(uint32_t tag, uint32_t op, const uint32_t arguments[3]);
/* `...`: address, length, argument */
#define ASK(tag, op, ...) ask((tag), (op), (const uint32_t[3]){__VA_ARGS__})

/* The next reply; fails when there is none, or it is not in order. */
reply take_reply(void);
void assert_no_reply(void);
void assert_reply(const reply *got, uint32_t tag, uint32_t kind, uint32_t status);
/* Run, and then there is this reply. */
void expect(uint32_t tag, uint32_t kind, uint32_t status);
uint32_t word_at(const uint8_t *bytes, uint32_t index);

#endif
