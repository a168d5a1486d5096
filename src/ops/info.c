/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "ops/job.h"

typedef struct table_bytes {
    uint8_t bytes[ESPBAK_PARTITION_TABLE_SIZE];
    size_t size;
} table_bytes;

static espbak_status take(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    table_bytes *table = user;
    (void)offset;
    if (!bytes_range_within(table->size, size, sizeof(table->bytes)))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "more was read than was asked for");
    memcpy(table->bytes + table->size, data, size);
    table->size += size;
    return ESPBAK_OK;
}

/* A device without a table, or one that cannot be read, is still worth telling about. */
static espbak_status look_for_table(espbak_session *session, const espbak_events *events, espbak_info_result *result,
                                    espbak_error *err)
{
    const uint64_t at = ESPBAK_PARTITION_TABLE_OFFSET;
    const uint64_t flash = result->device.flash.size;
    table_bytes table = {.size = 0};
    espbak_error why = {0};
    if (!bytes_range_within(at, sizeof(table.bytes), flash) || espbak_flash_can_read(session, &why) != ESPBAK_OK)
        return ESPBAK_OK;
    espbak_status status = espbak_flash_read(session, at, sizeof(table.bytes), NULL, take, &table, &why);
    if (status == ESPBAK_OK && espbak_partition_table_begins(table.bytes, table.size)) {
        status = espbak_partition_table_parse(&result->partitions, table.bytes, table.size, flash, &why);
        result->partitions_known = status == ESPBAK_OK;
    }
    if (status == ESPBAK_E_CANCELLED) {
        *err = why;
        return status;
    }
    if (status != ESPBAK_OK)
        espbak_log(events, ESPBAK_LOG_WARNING, "partition table: %s", why.message);
    return ESPBAK_OK;
}

espbak_status espbak_info_run(const espbak_session_options *options, espbak_info_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_session_options lenient = *options;
    espbak_session *session = NULL;
    if (err == NULL)
        err = &unheard;
    *result = (espbak_info_result){0};
    lenient.flash_not_needed = true;
    lenient.allow_secure_download = true;
    espbak_status status = espbak_session_open(&session, &lenient, err);
    if (status == ESPBAK_OK) {
        result->device = *espbak_session_device(session);
        status = look_for_table(session, options->events, result, err);
    }
    espbak_session_close(session);
    return status;
}
