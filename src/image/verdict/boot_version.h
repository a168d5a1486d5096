/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_VERSION_H
#define BOOT_VERSION_H

/* What differs between the versions of ESP-IDF's bootloader. */

#include "espbak/device.h"

typedef enum boot_habit {
    BOOT_READS_FULL_REVISIONS,  /* majors and minors; before, one byte with one of them */
    BOOT_READS_BLOCK_REVISIONS, /* of the eFuse block, out of the application */
    BOOT_READS_PAGE_SIZES,      /* out of the application's description, which must be there; chips whose pages vary */
    BOOT_BOUNDS_PAGE_SIZES,     /* takes those that no chip has for its own */
    BOOT_KNOWS_LARGE_FLASH,     /* the codes for 32, 64 and 128 MB, on every chip */
    BOOT_LOADS_LARGE_SLOTS,     /* above 16 MB, on chips that can map so much */
    BOOT_REFUSES_WRAPS,         /* partitions whose end is beyond 4 GB */
    BOOT_WANTS_BOTH_MAPPED,     /* code and data in the flash cache, on chips that have a bus for each */
    BOOT_WANTS_TWO_MAPPED,      /* the same where there is one bus: two segments there, no more and no less */
    BOOT_WANTS_LONG_SEGMENT,    /* the first, for a description to be in it */
} boot_habit;

/* major * 10000 + minor * 100 + patch of "v5.4.1", "v5.1-dev-4528-g…"; 0 for what is none. */
unsigned boot_version_parse(const char *text);

/* Whether the bootloader of a version, 0 for one that is not known, has the habit. */
espbak_tristate boot_version_has(unsigned version, boot_habit habit);

#endif
