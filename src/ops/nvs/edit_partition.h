/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_EDIT_PARTITION_H
#define OPS_EDIT_PARTITION_H

/* A partition of NVS out of a backup, and changed in memory. */

#include "espbak/inspect.h"
#include "ops/content/source.h"

/* Starts as {0}. */
typedef struct edited_partition {
    const espbak_partition *entry; /* of the backup's table */
    uint8_t *bytes;                /* all of it, as it shall be */
    espbak_manifest_edit *edits;   /* what differs */
    size_t edit_count;
} edited_partition;

/* Find the partition that is meant, and apply the settings to a copy of it; what was asked for is all that differs. */
ESPBAK_MUST_USE espbak_status edit_partition(edited_partition *out, flash_source *source,
                                             const espbak_nvs_edit_options *options, espbak_error *err);
void edit_partition_free(edited_partition *edited);

#endif
