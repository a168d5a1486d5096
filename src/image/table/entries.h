/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_ENTRIES_H
#define IMAGE_ENTRIES_H

/* The entries that a partition table owns. There is room for all that a table can have, so none of them ever moves. */

#include "espbak/partition.h"

/* Append a copy. ESPBAK_E_FILE where a table is full. */
ESPBAK_MUST_USE espbak_status entries_add(espbak_partition_table *table, const espbak_partition *entry,
                                          espbak_error *err);

/* Make `to`, whatever it was, a copy of `from`. */
ESPBAK_MUST_USE espbak_status entries_copy(espbak_partition_table *to, const espbak_partition_table *from,
                                           espbak_error *err);

#endif
