/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_DUMP_H
#define OPS_DUMP_H

/* A plain file: a whole flash, or the beginning of one as a merged image is. */

#include "base/file.h"
#include "espbak/reader.h"

typedef struct dump_file {
    file *file;
    uint64_t held;       /* bytes in the file */
    uint64_t flash_size; /* of the flash that it is of, as far as that can be told */
} dump_file;

/*
 * Whether it is the whole flash is told by its size: flashes have powers of two. Of others the bootloader's header says
 * how large the flash is. ESPBAK_E_FILE for an empty file, and for one larger than any flash.
 */
ESPBAK_MUST_USE espbak_status dump_open(dump_file *dump, const char *path, espbak_error *err);

/* Its flash; what the file does not hold reads as erased. `dump` must stay where it is. */
espbak_image_reader dump_reader(dump_file *dump);

/* What is in the file, and no more. */
espbak_image_reader dump_held_reader(dump_file *dump);

#endif
