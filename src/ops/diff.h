/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_DIFF_H
#define OPS_DIFF_H

/* What the files of diff share. */

#include "ops/content/source.h"
#include "ops/proof/compare.h"

/* One of the two flashes. */
typedef struct diff_side {
    espbak_image_reader reader;
    const espbak_contents *contents;
    flash_source *source; /* NULL for a device, which holds everything */
} diff_side;

/* Lay out the parts by a's table: bootloader, table, partitions, and at last what none of them has. */
ESPBAK_MUST_USE espbak_status diff_parts_lay_out(espbak_diff_result *result, const espbak_contents *contents,
                                                 uint64_t size, espbak_error *err);

/* The part that a sector belongs to. Never NULL. */
espbak_diff_part *diff_parts_find(espbak_diff_result *result, uint64_t offset);

bool diff_tables_differ(const espbak_partition_table *a, const espbak_partition_table *b);

/* Whether a side has all of a partition. */
bool diff_side_holds(const diff_side *side, const espbak_partition *entry);

/*
 * By file what differs in the file systems of partitions that differ at all. `differences`, where it is known in
 * advance what differs, keeps from reading the second flash elsewhere; NULL: it may be read.
 */
ESPBAK_MUST_USE espbak_status diff_files(espbak_diff_result *result, const diff_side *a, const diff_side *b,
                                         const difference_list *differences, const espbak_cancel *cancel,
                                         espbak_error *err);

/* By key what differs in the NVS partitions that differ at all. */
ESPBAK_MUST_USE espbak_status diff_nvs(espbak_diff_result *result, const espbak_diff_options *options,
                                       const diff_side *a, const diff_side *b, espbak_error *err);

#endif
