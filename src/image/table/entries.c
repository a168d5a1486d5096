/* SPDX-License-Identifier: Apache-2.0 */
#include "image/table/entries.h"

#include <stdlib.h>

void espbak_partition_table_free(espbak_partition_table *table)
{
    free(table->entries);
    *table = (espbak_partition_table){0};
}

espbak_status entries_add(espbak_partition_table *table, const espbak_partition *entry, espbak_error *err)
{
    if (table->count == ESPBAK_PARTITIONS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "there are more than %d partitions", ESPBAK_PARTITIONS_MAX);
    if (table->entries == NULL)
        table->entries = calloc(ESPBAK_PARTITIONS_MAX, sizeof(table->entries[0]));
    if (table->entries == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    table->entries[table->count++] = *entry;
    return ESPBAK_OK;
}

espbak_status entries_copy(espbak_partition_table *to, const espbak_partition_table *from, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    *to = *from;
    to->entries = NULL;
    to->count = 0;
    for (size_t i = 0; i < from->count && status == ESPBAK_OK; i++)
        status = entries_add(to, &from->entries[i], err);
    return status;
}
