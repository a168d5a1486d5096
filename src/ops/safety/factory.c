/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/factory.h"

#include <stdio.h>
#include <string.h>

static bool is_same_place(const espbak_contents *known, const espbak_partition *entry)
{
    const espbak_partition_table *table = &known->boot.table;
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *there = &table->entries[i];
        if (there->offset == entry->offset && there->size == entry->size && strcmp(there->label, entry->label) == 0)
            return true;
    }
    return false;
}

/* The command that saves it: a name helps only where the device's table has it. */
static void suggest_saving(const factory_list *list, const espbak_partition *entry, espbak_error *err)
{
    char offset[24], size[24], name[48];
    if (list->by_name) {
        espbak_error_suggest(err, (const char *const[]){"backup-partitions", "--", entry->label, NULL});
        return;
    }
    snprintf(offset, sizeof(offset), "0x%lX", (unsigned long)entry->offset);
    snprintf(size, sizeof(size), "0x%lX", (unsigned long)entry->size);
    snprintf(name, sizeof(name), "factory-%s.bin", offset);
    espbak_error_suggest(err, (const char *const[]){"read", offset, size, name, NULL});
}

static espbak_status refuse(const factory_list *list, size_t index, const char *what, espbak_error *err)
{
    const espbak_partition *entry = &list->items[index];
    espbak_fail(err, ESPBAK_E_REFUSED,
                "refused: this device keeps factory data of its own in %s at 0x%lX, %s; --force overrides this",
                entry->label, (unsigned long)entry->offset, what);
    suggest_saving(list, entry, err);
    espbak_error_hint(err, "nothing was changed; save it first, since nothing else can bring it back:");
    return ESPBAK_E_REFUSED;
}

static void warn_forced(const factory_check *check, const factory_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        espbak_log(check->events, ESPBAK_LOG_WARNING, "forced: factory data of this device in %s is overwritten",
                   list->items[i].label);
}

espbak_status factory_refuse(const factory_check *check, espbak_error *err)
{
    factory_list found = {.count = 0};
    if (factory_find(check, &found, err) != ESPBAK_OK)
        return err->status;
    if (found.count > 0 && !check->force)
        return refuse(&found, 0, "and what is to be written there is not known to be of this device", err);
    warn_forced(check, &found);
    return ESPBAK_OK;
}

static void name_kept(const factory_list *list, char kept[FACTORY_LABELS_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < list->count && used < FACTORY_LABELS_MAX; i++)
        used += (size_t)snprintf(kept + used, FACTORY_LABELS_MAX - used, "%s%s",
                                 i == 0                ? ""
                                 : i + 1 < list->count ? ", "
                                                       : " and ",
                                 list->items[i].label);
}

/* All pieces but those of the list, one after another. */
static espbak_status cut(const piece_list *all, const factory_list *list, piece_list *out, espbak_error *err)
{
    piece_list left = {0};
    espbak_status status = piece_list_without(&left, all, 0, 0, err);
    for (size_t i = 0; status == ESPBAK_OK && i < list->count; i++) {
        piece_list rest = {0};
        status = piece_list_without(&rest, &left, list->items[i].offset, list->items[i].size, err);
        piece_list_free(&left);
        left = rest;
    }
    left.hole_bytes = all->hole_bytes;
    *out = left;
    return status;
}

espbak_status factory_spare(const factory_check *check, piece_list *out, char kept[FACTORY_LABELS_MAX],
                            espbak_error *err)
{
    factory_list found = {.count = 0};
    kept[0] = '\0';
    if (factory_find(check, &found, err) != ESPBAK_OK)
        return err->status;
    if (check->force) {
        warn_forced(check, &found);
        found.count = 0;
    }
    for (size_t i = 0; i < found.count; i++) {
        if (!is_same_place(check->known, &found.items[i]))
            return refuse(&found, i, "where the backup, which is not known to be of this device, has something else",
                          err);
    }
    name_kept(&found, kept);
    if (found.count > 0)
        espbak_log(check->events, ESPBAK_LOG_WARNING,
                   "factory data of this device in %s is left alone, since the backup is not known to be of this "
                   "device; --force overwrites it",
                   kept);
    return cut(check->pieces, &found, out, err);
}
