/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/factory.h"

#include <stdlib.h>

#include "espbak/flash.h"
#include "ops/content/device_contents.h"
#include "ops/safety/match.h"

const espbak_partition *espbak_factory_partition(const espbak_partition_table *table)
{
    /* SenseCAP Watcher and AiPi-Lite; ESP RainMaker and ESP-Matter; names seen elsewhere. */
    static const char *const labels[] = {"nvsfactory", "fctry", "nvs_factory", "factory_nvs", "esp_secure_cert"};
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        const espbak_partition *found = espbak_partition_find(table, labels[i]);
        if (found != NULL && found->type != ESPBAK_PARTITION_APP && !found->outside && found->size > 0)
            return found;
    }
    return NULL;
}

/* Where the place is erased nothing can be lost; where the chip cannot say, it is taken to hold data. */
static bool is_erased(espbak_session *session, const espbak_partition *entry)
{
    bool erased = false;
    espbak_error ignored = {0};
    return espbak_flash_can_hash(session, &ignored) == ESPBAK_OK &&
           device_contents_erased(session, entry->offset, entry->size, &erased, &ignored) == ESPBAK_OK && erased;
}

/*
 * By the device's table; by the backup's where the device has none, which is what a restore that was
 * interrupted while it wrote the table leaves behind.
 */
static espbak_status look(const factory_check *guard, espbak_partition *found, espbak_error *err)
{
    const espbak_table_source anywhere = {.file = NULL};
    espbak_contents *device = calloc(1, sizeof(*device));
    if (device == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = device_contents_look(guard->session, &anywhere, NULL, device, err);
    if (status == ESPBAK_OK) {
        const espbak_partition_table *table =
            device->boot.table_found ? &device->boot.table : &guard->backup->boot.table;
        const espbak_partition *entry = espbak_factory_partition(table);
        if (entry != NULL)
            *found = *entry;
    }
    explain_discard(device);
    return status;
}

static bool is_same_place(const espbak_contents *backup, const espbak_partition *entry)
{
    const espbak_partition *there = espbak_partition_find(&backup->boot.table, entry->label);
    return there != NULL && there->offset == entry->offset && there->size == entry->size;
}

static espbak_status refuse(const espbak_partition *entry, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_REFUSED,
                "refused: this device keeps factory data of its own in %s at 0x%lX, where the backup, which is not of "
                "this device, has something else; --force overrides this",
                entry->label, (unsigned long)entry->offset);
    espbak_error_hint(err, "save it first with espbak backup-partitions %s: nothing can bring it back", entry->label);
    return ESPBAK_E_REFUSED;
}

static bool is_own(const factory_check *guard)
{
    return guard->manifest->mac_known && espbak_session_device(guard->session)->mac_known &&
           !match_is_other_device(guard->manifest, espbak_session_device(guard->session));
}

espbak_status factory_spare(const factory_check *guard, piece_list *out, const piece_list *all, espbak_partition *kept,
                            espbak_error *err)
{
    const espbak_events *events = guard->options->session.events;
    espbak_error ignored = {0};
    *kept = (espbak_partition){.size = 0};
    if (!is_own(guard) && espbak_flash_can_read(guard->session, &ignored) == ESPBAK_OK &&
        look(guard, kept, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "looking for factory data");
    const bool meant = kept->size > 0 && piece_list_touches(all, kept->offset, kept->size);
    if (!meant || is_erased(guard->session, kept)) {
        *kept = (espbak_partition){.size = 0};
    } else if (guard->options->force) {
        espbak_log(events, ESPBAK_LOG_WARNING, "forced: factory data of this device in %s is overwritten", kept->label);
        *kept = (espbak_partition){.size = 0};
    } else if (!is_same_place(guard->backup, kept)) {
        return refuse(kept, err);
    }
    if (kept->size > 0)
        espbak_log(events, ESPBAK_LOG_WARNING,
                   "%s holds factory data of this device, and the backup is of another: it is left alone; --force "
                   "overwrites it",
                   kept->label);
    out->hole_bytes = all->hole_bytes;
    return piece_list_without(out, all, kept->offset, kept->size, err);
}
