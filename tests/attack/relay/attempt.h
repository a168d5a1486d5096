/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_ATTACK_ATTEMPT_H
#define TESTS_ATTACK_ATTEMPT_H

/* One job on one simulated device, with one lie told on the way. */

#include "lies.h"

typedef enum attempt_outcome {
    ATTEMPT_COMPLETE, /* finished, and what came of it is right */
    ATTEMPT_FAILED,   /* said so, with a status that fits, and nothing is wrong */
    ATTEMPT_WRONG,    /* anything else */
    ATTEMPT_OUTCOMES
} attempt_outcome;

typedef struct attempt_result {
    attempt_outcome outcome;
    unsigned told;      /* lies */
    espbak_time waited; /* how long it took, on the clock of the device */
    liar_rate rate;
    const char *job;
    char why[1600];
} attempt_result;

/* Seeded and repeatable. `folder` is empty and is left empty. */
attempt_result attempt_lie(const lie *row, uint64_t seed, const char *folder);

#endif
