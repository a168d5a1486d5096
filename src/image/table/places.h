/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_PLACES_H
#define TABLE_PLACES_H

#include "espbak/partition.h"

/*
 * Where else than at `known` a table stands that a bootloader would take, at most `max` of them. A partition that is
 * meant for a table is not looked into. Errors are the reader's.
 */
ESPBAK_MUST_USE espbak_status partition_tables_list(const espbak_image_reader *reader,
                                                    const espbak_partition_table *known, uint64_t *places, size_t max,
                                                    size_t *count, espbak_error *err);

#endif
