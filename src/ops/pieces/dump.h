/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_DUMP_H
#define OPS_DUMP_H

/* A file that is no backup: a whole flash, the beginning of one as a merged image is, or parts of one. */

#include "ops/pieces/raw_file.h"

typedef struct dump_file {
    raw_file *raw;
    uint64_t held;       /* where the last byte of the file belongs */
    uint64_t flash_size; /* of the flash that it is of, as far as that can be told */
} dump_file;

/*
 * Whether it is the whole flash is told by its size: flashes have powers of two. Of others the bootloader's header says
 * how large the flash is. ESPBAK_E_FILE for an empty file, and for one larger than any flash.
 */
ESPBAK_MUST_USE espbak_status dump_open(dump_file *dump, const char *path, espbak_error *err);
/* All zero is valid to close. */
void dump_close(dump_file *dump);

/* Whether all of it is there. */
bool dump_is_whole(const dump_file *dump);

/* How many bytes from `offset` on are there. */
uint64_t dump_held_from(const dump_file *dump, uint64_t offset);

/* Its flash; what the file does not hold reads as erased. `dump` must stay where it is. */
espbak_image_reader dump_reader(dump_file *dump);

/* What is in the file, and no more: from its first byte on, if it is in one part. */
espbak_image_reader dump_held_reader(dump_file *dump);

#endif
