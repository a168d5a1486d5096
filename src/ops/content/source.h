/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_SOURCE_H
#define OPS_SOURCE_H

/* A flash that lies in files: a backup, or a dump made with another tool. */

#include "base/file.h"
#include "espbak/backup.h"
#include "ops/content/backup_parts.h"
#include "ops/pieces/dump.h"

typedef struct flash_source {
    espbak_backup *backup; /* NULL for a dump */
    backup_parts parts;
    dump_file dump; /* all zero for a backup */
    char *path;
    bool alone;                 /* it is one part of a flash, and its place is not known: nothing of a flash is held */
    espbak_image_reader reader; /* the whole flash; what is not held reads as erased */
    espbak_contents *contents;
} flash_source;

/* `out` must stay where it is until closed. `chip` is for dumps without a bootloader; NULL: by it. */
ESPBAK_MUST_USE espbak_status flash_source_open(flash_source *out, const char *path, const espbak_chip *chip,
                                                const espbak_table_source *table, espbak_error *err);
void flash_source_close(flash_source *source);

/* True when all of a range is held. */
bool flash_source_holds(const flash_source *source, uint64_t offset, uint64_t size);

/* The one part that a name means, as far as it is held and matters. */
ESPBAK_MUST_USE espbak_status flash_source_choose(flash_source *source, const char *name, espbak_region *part,
                                                  espbak_error *err);

#endif
