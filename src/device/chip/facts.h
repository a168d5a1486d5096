/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CHIP_FACTS_H
#define DEVICE_CHIP_FACTS_H

/* What is kept of the attached chip besides info; written within device/chip alone. */

#include <stdint.h>

enum { CHIP_WORDS = 16 };

/* A register that stays as it is from one reset to the next. */
typedef struct chip_word {
    uint32_t address, value;
} chip_word;

typedef struct chip_facts {
    chip_word words[CHIP_WORDS]; /* read since the loader was entered */
    unsigned word_count;
} chip_facts;

#endif
