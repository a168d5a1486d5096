/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_DIFFERENCE_LIST_H
#define OPS_DIFFERENCE_LIST_H

/* Ranges of a flash that are not as they should be. */

#include "espbak/error.h"
#include "espbak/ops.h"

typedef struct difference_list {
    espbak_range *ranges; /* sorted; neighbours are one */
    size_t count, capacity;
    uint64_t bytes;
} difference_list;

void difference_list_free(difference_list *list);

/* Append a range; where it `joins`, the last one is made longer by it when it ends there. */
ESPBAK_MUST_USE espbak_status difference_list_put(difference_list *list, uint64_t offset, uint64_t size, bool joins,
                                                  espbak_error *err);

/* Append a range, without joining it to its neighbour. */
ESPBAK_MUST_USE espbak_status difference_list_add(difference_list *list, uint64_t offset, uint64_t size,
                                                  espbak_error *err);

void difference_list_sort(difference_list *list);

/* Both are sorted, and have nothing in common. `out` is added to, as in the next one. */
ESPBAK_MUST_USE espbak_status difference_list_merge(difference_list *out, const difference_list *a,
                                                    const difference_list *b, espbak_error *err);

/* `rest` gets what is in `all` and not in `some`; both are sorted. */
ESPBAK_MUST_USE espbak_status difference_list_subtract(const difference_list *all, const difference_list *some,
                                                       difference_list *rest, espbak_error *err);

#endif
