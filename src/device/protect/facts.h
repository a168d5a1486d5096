/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_PROTECT_FACTS_H
#define DEVICE_PROTECT_FACTS_H

/* What is kept of a flash that is only read; written within device/protect alone. */

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"

enum { PROTECT_REGISTERS = 2, WATCH_RANGES = 8 };

/* A range that is watched; the first one holds bootloader and table, which no application writes. */
typedef struct watch_range {
    uint32_t offset, size;
    bool erased;
    uint8_t md5[DIGEST_MD5_SIZE];
} watch_range;

typedef struct watch_facts {
    bool known;
    unsigned count;
    watch_range ranges[WATCH_RANGES];
} watch_facts;

typedef struct protect_facts {
    bool on;                           /* its block protection is set for the time being */
    uint8_t before[PROTECT_REGISTERS]; /* its status registers without that */
    watch_facts watch;
} protect_facts;

#endif
