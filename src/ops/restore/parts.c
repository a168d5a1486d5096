/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/restore/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "ops/content/device_contents.h"
#include "ops/pieces/piece_contents.h"

void restore_parts_free(restore_parts *parts)
{
    backup_parts_free(&parts->from);
    explain_discard(parts->on_device);
    *parts = (restore_parts){0};
}

espbak_status restore_parts_choose(restore_parts *parts, const espbak_restore_options *options, espbak_backup *backup,
                                   espbak_error *err)
{
    parts->options = options;
    parts->on_device = calloc(1, sizeof(*parts->on_device));
    if (parts->on_device == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (backup_parts_explain(&parts->from, backup, &options->table, true, err) != ESPBAK_OK)
        return err->status;
    return backup_parts_choose(&parts->from, options->only, options->only_count, err);
}

static espbak_status look_at_device(restore_parts *parts, espbak_session *session, espbak_error *err)
{
    const espbak_manifest *manifest = espbak_backup_manifest(parts->from.backup);
    const bool unreadable = espbak_session_device(session)->security.flash_encryption == ESPBAK_YES;
    espbak_partition_table told = {0};
    espbak_status status = ESPBAK_OK;
    /* The table of an encrypted flash cannot be read: take it to be the one that the backup has. */
    if (unreadable)
        status = piece_contents_table(&told, manifest, err);
    if (status == ESPBAK_OK)
        status =
            device_contents_look(session, &parts->options->table, told.count > 0 ? &told : NULL, parts->on_device, err);
    espbak_partition_table_free(&told);
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "looking for the device's partition table");
}

static espbak_status refuse(const restore_parts *parts, espbak_error *err, const char *why)
{
    if (parts->options->force) {
        espbak_log(parts->options->session.events, ESPBAK_LOG_WARNING, "forced: %s", why);
        return ESPBAK_OK;
    }
    espbak_fail(err, ESPBAK_E_REFUSED, "refused: %s; --force overrides this", why);
    espbak_error_hint(err, "nothing was changed; --force writes it to the place that the device's table names");
    return ESPBAK_E_REFUSED;
}

static espbak_status check_place(const restore_parts *parts, const select_part *part, const espbak_region *to,
                                 espbak_error *err)
{
    char why[320];
    const espbak_region *from = &part->region;
    if (from->size > to->size || to->offset % ESPBAK_FLASH_SECTOR != 0 || from->size % ESPBAK_FLASH_SECTOR != 0) {
        espbak_fail(err, ESPBAK_E_REFUSED, "%s has %llu bytes in the backup and does not fit into %llu at 0x%llX",
                    from->name, (unsigned long long)from->size, (unsigned long long)to->size,
                    (unsigned long long)to->offset);
        espbak_error_hint(err, "extract it, and write what is needed of it yourself");
        return ESPBAK_E_REFUSED;
    }
    if (from->offset != to->offset || part->size != to->size) {
        snprintf(why, sizeof(why),
                 "%s is 0x%llX bytes at 0x%llX in the backup, but 0x%llX bytes at 0x%llX on the device", from->name,
                 (unsigned long long)part->size, (unsigned long long)from->offset, (unsigned long long)to->size,
                 (unsigned long long)to->offset);
        return refuse(parts, err, why);
    }
    if (strcmp(from->type, to->type) != 0 || strcmp(from->subtype, to->subtype) != 0) {
        snprintf(why, sizeof(why), "%s is of type %s, %s in the backup, but %s, %s on the device", from->name,
                 from->type, from->subtype, to->type, to->subtype);
        return refuse(parts, err, why);
    }
    return ESPBAK_OK;
}

static bool restores_otadata(const restore_parts *parts)
{
    for (size_t i = 0; parts->from.wanted != NULL && i < parts->from.wanted->count; i++) {
        const espbak_region *region = &parts->from.wanted->parts[i].region;
        if (strcmp(region->type, "data") == 0 && strcmp(region->subtype, "ota") == 0)
            return true;
    }
    return false;
}

static espbak_status note_app(restore_parts *parts, const espbak_partition *entry, espbak_error *err)
{
    const espbak_boot_app *active = espbak_boot_active(&parts->on_device->boot);
    const espbak_events *events = parts->options->session.events;
    if (parts->options->activate && parts->activate != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "--activate: both %s and %s are restored, and only one can boot",
                           parts->activate->label, entry->label);
    if (parts->options->activate)
        parts->activate = entry;
    else if (!restores_otadata(parts) && active != NULL && active->partition != entry)
        espbak_log(events, ESPBAK_LOG_WARNING, "%s will not boot: the device starts %s; --activate makes it start %s",
                   entry->label, active->partition->label, entry->label);
    return ESPBAK_OK;
}

/* Of several partitions with one name it is the one that stands where the backup has it. */
static const select_part *choose_twin(const select_list *found, const espbak_region *from)
{
    for (size_t i = 0; i < found->count; i++) {
        if (found->parts[i].region.offset == from->offset)
            return &found->parts[i];
    }
    return &found->parts[0];
}

static espbak_status place(restore_parts *parts, const select_part *part, piece_list *pieces, espbak_error *err)
{
    const espbak_region *from = &part->region;
    const char *name = from->name;
    const uint64_t flash_size = parts->on_device->flash_size;
    select_list *found = calloc(1, sizeof(*found));
    if (found == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = select_names(found, parts->on_device, flash_size, &name, 1, err);
    if (status != ESPBAK_OK)
        espbak_error_prefix(err, "on the device");
    const select_part *there = choose_twin(found, from);
    const espbak_region *to = &there->region;
    if (status == ESPBAK_OK)
        status = check_place(parts, part, to, err);
    if (status == ESPBAK_OK)
        status = piece_list_move(pieces, &parts->from.whole, from->offset, from->size, to->offset, err);
    if (status == ESPBAK_OK && there->entry != NULL && strcmp(to->type, "app") == 0)
        status = note_app(parts, there->entry, err);
    free(found);
    return status;
}

static espbak_status prepare_activation(restore_parts *parts, espbak_session *session, espbak_error *err)
{
    if (!parts->options->activate)
        return ESPBAK_OK;
    if (parts->activate == NULL || restores_otadata(parts))
        return espbak_fail(err, ESPBAK_E_USAGE, "--activate needs one application to be restored, and no otadata");
    return activation_prepare(&parts->boot, session, parts->on_device, parts->activate, err);
}

espbak_status restore_parts_place(restore_parts *parts, espbak_session *session, piece_list *pieces, espbak_error *err)
{
    if (look_at_device(parts, session, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < parts->from.wanted->count; i++) {
        if (place(parts, &parts->from.wanted->parts[i], pieces, err) != ESPBAK_OK)
            return err->status;
    }
    return prepare_activation(parts, session, err);
}

uint64_t restore_parts_activation_bytes(const restore_parts *parts)
{
    return ((uint64_t)parts->boot.changed[0] + parts->boot.changed[1]) * ESPBAK_OTADATA_SECTOR;
}

static espbak_status write_sector(restore_parts *parts, espbak_session *session, uint64_t at, espbak_error *err)
{
    uint8_t expected[16], found[16];
    espbak_error unsure = {0};
    if (espbak_flash_write(session, at, ESPBAK_OTADATA_SECTOR, NULL, activation_supply, &parts->boot, err) != ESPBAK_OK)
        return err->status;
    err->flash_changed = true;
    if (espbak_flash_can_hash(session, &unsure) != ESPBAK_OK)
        return ESPBAK_OK;
    if (digest_of(DIGEST_MD5, parts->boot.otadata + (at - parts->boot.offset), ESPBAK_OTADATA_SECTOR, expected, err) !=
            ESPBAK_OK ||
        espbak_flash_md5(session, at, ESPBAK_OTADATA_SECTOR, found, err) != ESPBAK_OK)
        return err->status;
    if (memcmp(expected, found, sizeof(found)) == 0)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_DIFFERS, "otadata at 0x%llX does not hold what was written there",
                       (unsigned long long)at);
}

espbak_status restore_parts_activate(restore_parts *parts, espbak_session *session, espbak_error *err)
{
    for (size_t i = 0; i < 2; i++) {
        const uint64_t at = parts->boot.offset + i * ESPBAK_OTADATA_SECTOR;
        if (parts->boot.changed[i] && write_sector(parts, session, at, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "activating %s", parts->activate->label);
    }
    return ESPBAK_OK;
}
