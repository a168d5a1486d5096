/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_SELECT_H
#define OPS_SELECT_H

/* Names of parts of a flash, as users give them, become places in it. */

#include "espbak/contents.h"
#include "espbak/events.h"
#include "espbak/manifest.h"
#include "espbak/ops.h"

#define SELECT_BOOTLOADER "bootloader"
#define SELECT_TABLE      "partition-table"

enum { SELECT_PARTS_MAX = ESPBAK_PARTITIONS_MAX + 2 };

/* One part; `region` is what a backup of it says: name, type, subtype, offset, size and a file name. */
typedef struct select_part {
    const espbak_partition *entry; /* NULL for bootloader and table */
    espbak_region region;
    uint64_t size; /* of all of it, where the region is only the beginning that a backup holds */
} select_part;

/* No part is in it twice; in the order of the flash. */
typedef struct select_list {
    select_part parts[SELECT_PARTS_MAX];
    size_t count;
} select_list;

/*
 * Labels, "type=app", "subtype=nvs", "bootloader", "partition-table", "app" (the one that boots),
 * "all". ESPBAK_E_USAGE lists the names there are; ESPBAK_E_FILE for parts that overlap or leave the flash.
 */
ESPBAK_MUST_USE espbak_status select_names(select_list *list, const espbak_contents *contents, uint64_t flash_size,
                                           const char *const *names, size_t count, espbak_error *err);

/* Bootloader, table, NVS with its keys, factory data, otadata and the app that boots; what there is not is left out. */
ESPBAK_MUST_USE espbak_status select_critical(select_list *list, const espbak_contents *contents,
                                              const espbak_table_source *source, uint64_t flash_size,
                                              const espbak_events *events, espbak_error *err);

#endif
