/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/difference_list.h"

#include <stdlib.h>

void difference_list_free(difference_list *list)
{
    free(list->ranges);
    *list = (difference_list){0};
}

espbak_status difference_list_put(difference_list *list, uint64_t offset, uint64_t size, bool joins, espbak_error *err)
{
    list->bytes += size;
    if (joins && list->count > 0) {
        espbak_range *last = &list->ranges[list->count - 1];
        if (last->offset + last->size == offset) {
            last->size += size;
            return ESPBAK_OK;
        }
    }
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity * 2 + 16;
        espbak_range *ranges = realloc(list->ranges, capacity * sizeof(*ranges));
        if (ranges == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        list->ranges = ranges;
        list->capacity = capacity;
    }
    list->ranges[list->count++] = (espbak_range){offset, size};
    return ESPBAK_OK;
}

espbak_status difference_list_add(difference_list *list, uint64_t offset, uint64_t size, espbak_error *err)
{
    return difference_list_put(list, offset, size, false, err);
}

static int by_offset(const void *a, const void *b)
{
    const espbak_range *left = a, *right = b;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

void difference_list_sort(difference_list *list)
{
    if (list->count > 0)
        qsort(list->ranges, list->count, sizeof(list->ranges[0]), by_offset);
}

espbak_status difference_list_merge(difference_list *out, const difference_list *a, const difference_list *b,
                                    espbak_error *err)
{
    for (size_t i = 0, k = 0; i < a->count || k < b->count;) {
        const bool first = k == b->count || (i < a->count && a->ranges[i].offset < b->ranges[k].offset);
        const espbak_range *next = first ? &a->ranges[i++] : &b->ranges[k++];
        if (difference_list_put(out, next->offset, next->size, true, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status difference_list_subtract(const difference_list *all, const difference_list *some, difference_list *rest,
                                       espbak_error *err)
{
    size_t k = 0;
    for (size_t i = 0; i < all->count; i++) {
        const uint64_t end = all->ranges[i].offset + all->ranges[i].size;
        uint64_t at = all->ranges[i].offset;
        while (k < some->count && some->ranges[k].offset + some->ranges[k].size <= at)
            k++;
        for (size_t j = k; j < some->count && some->ranges[j].offset < end; j++) {
            const espbak_range *hole = &some->ranges[j];
            if (hole->offset > at && difference_list_put(rest, at, hole->offset - at, false, err) != ESPBAK_OK)
                return err->status;
            at = hole->offset + hole->size > at ? hole->offset + hole->size : at;
        }
        if (at < end && difference_list_put(rest, at, end - at, false, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}
