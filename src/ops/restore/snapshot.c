/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/restore/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "device/visit/restart.h"
#include "ops/capture/capture.h"
#include "ops/content/backup_common.h"

/* Ranges that a backup has files for; more of them are joined across what stands between. */
enum { RANGES_MAX = 64 };

void snapshot_free(snapshot *s)
{
    free(s->ranges);
    s->ranges = NULL;
    s->count = 0;
}

espbak_status snapshot_add(snapshot *s, uint64_t offset, uint64_t size, espbak_error *err)
{
    espbak_range *grown = realloc(s->ranges, (s->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const uint64_t start = offset - offset % ESPBAK_FLASH_SECTOR;
    const uint64_t end = (offset + size + ESPBAK_FLASH_SECTOR - 1) / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
    s->ranges = grown;
    grown[s->count++] = (espbak_range){start, end - start};
    return ESPBAK_OK;
}

static int by_offset(const void *a, const void *b)
{
    const espbak_range *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Join what is no further apart than `gap`. */
static void join(snapshot *s, uint64_t gap)
{
    size_t last = 0;
    for (size_t i = 1; i < s->count; i++) {
        espbak_range *before = &s->ranges[last];
        const espbak_range *range = &s->ranges[i];
        const uint64_t end = range->offset + range->size;
        if (range->offset > before->offset + before->size + gap)
            s->ranges[++last] = *range;
        else if (end > before->offset + before->size)
            before->size = end - before->offset;
    }
    s->count = last + 1;
}

static espbak_region *make_regions(snapshot *s)
{
    qsort(s->ranges, s->count, sizeof(s->ranges[0]), by_offset);
    join(s, 0);
    for (uint64_t gap = ESPBAK_FLASH_SECTOR; s->count > RANGES_MAX; gap *= 2)
        join(s, gap);
    espbak_region *regions = calloc(s->count, sizeof(*regions));
    for (size_t i = 0; i < s->count && regions != NULL; i++) {
        espbak_region *region = &regions[i];
        snprintf(region->name, sizeof(region->name), "0x%08" PRIX64, s->ranges[i].offset);
        snprintf(region->file, sizeof(region->file), "0x%08" PRIX64 ".bin", s->ranges[i].offset);
        region->offset = s->ranges[i].offset;
        region->size = s->ranges[i].size;
    }
    return regions;
}

static espbak_status read_all(capture *c, const snapshot *s, espbak_error *err)
{
    const saving_wanted wanted = {.full = true, .events = s->options->events};
    if (capture_open(c, s->options, s->wait_seconds, &wanted, err) != ESPBAK_OK || capture_read(c, err) != ESPBAK_OK)
        return err->status;
    if (c->spot_count > 0)
        return capture_fail_spots(c, err);
    espbak_error ignored = {0};
    if (espbak_flash_can_hash(*s->session, &ignored) != ESPBAK_OK)
        return ESPBAK_OK;
    const espbak_status status = capture_verify(c, err);
    return status == ESPBAK_OK ? restart_without_witness(*s->session, err) : status;
}

static void describe(snapshot *s, espbak_manifest *manifest, const capture *c)
{
    espbak_error ignored = {0};
    const bool verified = espbak_flash_can_hash(*s->session, &ignored) == ESPBAK_OK;
    const espbak_session_stats stats = reconnect_stats(&c->again, *s->session);
    manifest->state = verified ? ESPBAK_STATE_VERIFIED : ESPBAK_STATE_UNVERIFIED;
    capture_describe_proof(c, verified, manifest);
    manifest->retries = stats.retries;
    manifest->repairs = stats.repairs;
    manifest->link.baud = espbak_session_device(*s->session)->link.baud;
    manifest->bytes_on_wire = stats.tx_bytes + stats.rx_bytes;
    manifest->reconnects = c->again.times;
    s->reconnected = c->again.times > 0;
    manifest->reread_bytes = c->changed + c->repaired;
}

static espbak_status save(snapshot *s, const espbak_region *regions, capture *c, espbak_backup_writer **writer,
                          espbak_manifest *manifest, espbak_error *err)
{
    char note[512];
    snprintf(note, sizeof(note), "before the restore of %.400s", s->of);
    espbak_manifest_set_device(manifest, espbak_session_device(*s->session));
    backup_common_describe(manifest, note);
    snprintf(manifest->parts, sizeof(manifest->parts), "snapshot");
    if (espbak_backup_create(writer, s->folder, NULL, manifest, err) != ESPBAK_OK)
        return err->status;
    *c = (capture){.session = s->session,
                   .to = to_backup(*writer),
                   .regions = regions,
                   .count = s->count,
                   .spots_max = CAPTURE_SPOTS_MAX,
                   .link = &manifest->link,
                   .events = s->options->events};
    if (read_all(c, s, err) != ESPBAK_OK)
        return err->status;
    describe(s, manifest, c);
    if (espbak_backup_seal(*writer, err) != ESPBAK_OK)
        return err->status;
    s->path = bytes_copy_text(espbak_backup_writer_final_path(*writer));
    return s->path != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

espbak_status snapshot_take(snapshot *s, espbak_error *err)
{
    espbak_manifest manifest = {0};
    espbak_region *regions = s->count > 0 ? make_regions(s) : NULL;
    capture *c = calloc(1, sizeof(*c));
    espbak_backup_writer *writer = NULL;
    espbak_status status = ESPBAK_OK;
    if (s->count > 0 && (regions == NULL || c == NULL))
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    else if (s->count > 0)
        status = save(s, regions, c, &writer, &manifest, err);
    if (c != NULL)
        capture_close(c);
    espbak_backup_writer_close(writer, true);
    espbak_manifest_free(&manifest);
    free(regions);
    free(c);
    if (status == ESPBAK_OK)
        return ESPBAK_OK;
    espbak_error_hint(err, "nothing was written; without --snapshot the restore does without");
    return espbak_error_prefix(err, "saving what will be overwritten");
}
