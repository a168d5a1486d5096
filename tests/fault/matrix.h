/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAULT_MATRIX_H
#define TESTS_FAULT_MATRIX_H

/* What is damaged, how often, and how many of the runs have to finish in spite of it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"

/* Of a run. */
typedef enum outcome {
    OUTCOME_COMPLETE, /* finished, and the result is identical */
    OUTCOME_FAILED,   /* said so, with a status that fits, and nothing is wrong */
    OUTCOME_WRONG,    /* anything else */
    OUTCOMES
} outcome;

typedef struct fault_row {
    const char *kind;    /* for people */
    const char *plan;    /* of the simulator; %llu is a place in the run */
    int backup, restore; /* least share of runs that complete, percent; -1: not tried */
    espbak_status ends;  /* what a run that does not complete has to end as; ESPBAK_OK: as any that fits */
} fault_row;

extern const fault_row fault_rows[];
extern const size_t fault_row_count;

/* One run. */
typedef struct fault_result {
    outcome what;
    unsigned long long strikes; /* faults that happened in it */
    char why[512];
} fault_result;

/* Seeded and repeatable. `folder` is empty and is left empty. */
fault_result matrix_backup(const fault_row *row, uint64_t seed, const char *folder); /* by a stub or the ROM */
fault_result matrix_own(const fault_row *row, uint64_t seed, const char *folder);    /* by our own loader */
fault_result matrix_restore(const fault_row *row, uint64_t seed, const char *folder);

#endif
