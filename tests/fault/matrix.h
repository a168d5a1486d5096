/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAULT_MATRIX_H
#define TESTS_FAULT_MATRIX_H

/* What is damaged, how often, and how many of the runs have to finish in spite of it. */

#include <stddef.h>
#include <stdint.h>

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
} fault_row;

extern const fault_row fault_rows[];
extern const size_t fault_row_count;

/* Seeded and repeatable. `folder` is empty and is left empty. */
outcome matrix_backup(const fault_row *row, uint64_t seed, const char *folder, char why[512]);
outcome matrix_restore(const fault_row *row, uint64_t seed, const char *folder, char why[512]);

#endif
