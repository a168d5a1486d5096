/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "ops/content/nvs_key.h"
#include "ops/content/source.h"

enum { NVS_MAX = 16 }; /* partitions that are looked into */

struct espbak_inspection_state {
    flash_source source;
    uint16_t *sectors;
    espbak_inspected_nvs *nvs;
    const char *keys;      /* a file */
    espbak_partition only; /* what stands for a file that is NVS alone */
};

static void describe(espbak_inspection *out, const flash_source *source)
{
    out->path = source->path;
    out->format = source->backup == NULL ? container_name(&source->dump.raw->inside) : NULL;
    out->manifest = source->backup != NULL ? espbak_backup_manifest(source->backup) : NULL;
    out->contents = source->contents;
    out->alone = source->alone;
    out->size = source->reader.size;
}

/* One byte for each sector: whether it is held, and how much of it is used. */
static espbak_status look_at_sector(espbak_inspection *out, flash_source *source, uint64_t index, espbak_error *err)
{
    uint8_t bytes[ESPBAK_USAGE_SECTOR];
    const uint64_t at = index * ESPBAK_USAGE_SECTOR;
    const size_t size = (size_t)bytes_min64(sizeof(bytes), out->size - at);
    if (!flash_source_holds(source, at, size)) {
        out->state->sectors[index] = ESPBAK_SECTOR_NOT_HELD;
        return ESPBAK_OK;
    }
    if (source->reader.read(source->reader.ctx, at, bytes, size, err) != ESPBAK_OK)
        return err->status;
    uint16_t used = 0;
    for (size_t i = 0; i < size; i++)
        used = (uint16_t)(used + (bytes[i] != 0xFF));
    out->state->sectors[index] = used;
    return ESPBAK_OK;
}

static espbak_status look_at_sectors(espbak_inspection *out, flash_source *source,
                                     const espbak_inspect_options *options, espbak_error *err)
{
    out->sector_count = (size_t)((out->size + ESPBAK_USAGE_SECTOR - 1) / ESPBAK_USAGE_SECTOR);
    out->state->sectors = calloc(out->sector_count, sizeof(out->sectors[0]));
    out->sectors = out->state->sectors;
    if (out->sectors == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < out->sector_count; i++) {
        if (cancel_check(options->cancel, err) != ESPBAK_OK || look_at_sector(out, source, i, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status open_nvs(espbak_inspection *out, flash_source *source, const espbak_partition *entry,
                              espbak_error *err)
{
    const nvs_place place = {&source->reader, &source->contents->boot.table, out->state->keys};
    espbak_nvs *nvs = NULL;
    if (out->nvs_count == NVS_MAX || entry->outside || !flash_source_holds(source, entry->offset, entry->size))
        return ESPBAK_OK;
    if (nvs_key_open(&nvs, &place, entry->offset, entry->size, NULL, &source->contents->boot.findings, err) !=
        ESPBAK_OK)
        return espbak_error_prefix(err, "%s", entry->label);
    out->state->nvs[out->nvs_count++] = (espbak_inspected_nvs){.partition = entry, .nvs = nvs};
    return ESPBAK_OK;
}

static espbak_status look_at_nvs(espbak_inspection *out, flash_source *source, espbak_error *err)
{
    const espbak_partition_table *table = &source->contents->boot.table;
    if (source->contents->ciphertext == ESPBAK_YES && out->state->keys == NULL)
        return ESPBAK_OK;
    out->state->nvs = calloc(NVS_MAX, sizeof(out->nvs[0]));
    out->nvs = out->state->nvs;
    if (out->nvs == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (source->alone && strcmp(source->contents->boot.cause, "nvs-alone") == 0) {
        out->state->only = (espbak_partition){.label = "nvs", .size = (uint32_t)out->size};
        return open_nvs(out, source, &out->state->only, err);
    }
    for (size_t i = 0; i < table->count && !source->alone; i++) {
        const espbak_partition *entry = &table->entries[i];
        if (entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_NVS &&
            open_nvs(out, source, entry, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status espbak_inspect_open(espbak_inspection *out, const espbak_inspect_options *options, espbak_error *err)
{
    espbak_error unheard = {0};
    if (err == NULL)
        err = &unheard;
    *out = (espbak_inspection){.size = 0};
    out->state = calloc(1, sizeof(*out->state));
    if (out->state == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    out->state->keys = options->keys;
    flash_source *source = &out->state->source;
    espbak_status status = flash_source_open(source, options->path, options->chip, &options->table, err);
    if (status == ESPBAK_OK) {
        describe(out, source);
        status = out->alone ? ESPBAK_OK : look_at_sectors(out, source, options, err);
    }
    if (status == ESPBAK_OK)
        status = look_at_nvs(out, source, err);
    if (status != ESPBAK_OK)
        espbak_inspect_close(out);
    return status;
}

void espbak_inspect_close(espbak_inspection *inspection)
{
    if (inspection->state != NULL) {
        for (size_t i = 0; i < inspection->nvs_count; i++)
            espbak_nvs_free((espbak_nvs *)inspection->nvs[i].nvs);
        flash_source_close(&inspection->state->source);
        free(inspection->state->sectors);
        free(inspection->state->nvs);
        free(inspection->state);
    }
    *inspection = (espbak_inspection){.size = 0};
}

bool espbak_inspect_usage(const espbak_inspection *inspection, uint64_t offset, uint64_t size, espbak_usage *usage)
{
    *usage = (espbak_usage){.used_bytes = 0};
    const uint64_t first = offset / ESPBAK_USAGE_SECTOR;
    bool held = true;
    for (uint64_t i = first; i * ESPBAK_USAGE_SECTOR < offset + size; i++) {
        if (i >= inspection->sector_count || inspection->sectors[i] == ESPBAK_SECTOR_NOT_HELD) {
            held = false;
            continue;
        }
        usage->used_bytes += inspection->sectors[i];
        if (inspection->sectors[i] == 0)
            usage->erased_sectors++;
        else
            usage->used_sectors++;
    }
    return held;
}
