/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_VISIT_H
#define TESTS_FUZZ_VISIT_H

/* A whole visit to a chip over any transport: what is asked of it says the head of the input. */

#include "espbak/clock.h"
#include "espbak/transport.h"
#include "fuzz.h"

enum { VISIT_HEAD = 8 };

/* A flash that must come out as it is, however its chip's answers are spoilt. */
typedef struct visit_flash {
    const uint8_t *bytes;
    size_t size;
    const bool *doubtful; /* true once the chip may have been asked for something else */
} visit_flash;

/*
 * Opens a session over `transport` (taken over), does what `head` says, and leaves. Checks on the way
 * what must hold whatever the chip does: what was read is the flash's (NULL: not known), each byte once and in order,
 * errors say something, and no time limit of the library's own is missing.
 */
void visit_run(espbak_transport *transport, const uint8_t head[VISIT_HEAD], const visit_flash *flash);

#endif
