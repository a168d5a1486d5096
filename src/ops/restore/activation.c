/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/restore/activation.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/content/flash_reader.h"

espbak_status activation_prepare(activation *a, espbak_session *session, const espbak_contents *device,
                                 const espbak_partition *app, espbak_error *err)
{
    const espbak_partition_table *table = &device->boot.table;
    const espbak_partition *ota = espbak_otadata_partition(table);
    if (device->ciphertext == ESPBAK_YES)
        return espbak_fail(err, ESPBAK_E_REFUSED, "the flash is encrypted, so otadata cannot be written from here");
    if (ota == NULL || ota->size < ESPBAK_OTADATA_SIZE || ota->outside)
        return espbak_fail(err, ESPBAK_E_USAGE, "--activate: the device's table has no otadata, so %s cannot be chosen",
                           app->label);
    flash_reader *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_image_reader reader = flash_reader_open(cache, session);
    a->offset = ota->offset;
    espbak_status status = reader.read(reader.ctx, ota->offset, a->otadata, sizeof(a->otadata), err);
    if (status == ESPBAK_OK)
        status =
            espbak_otadata_select(a->otadata, espbak_ota_slot_of(app), espbak_ota_slot_count(table), a->changed, err);
    free(cache);
    return status;
}

espbak_status activation_supply(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    const activation *a = user;
    if (offset < a->offset || !bytes_range_within(offset - a->offset, size, sizeof(a->otadata)))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "otadata ends before 0x%llX", (unsigned long long)offset);
    memcpy(data, a->otadata + (offset - a->offset), size);
    return ESPBAK_OK;
}
