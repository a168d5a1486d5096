/* SPDX-License-Identifier: Apache-2.0 */
/* What is written: files as what they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/change/view.h"

/* A piece as a file of its own. */
typedef struct run_reader {
    const piece_list *pieces;
    uint64_t base;
} run_reader;

static espbak_status read_run(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const run_reader *run = ctx;
    return piece_list_read((void *)(uintptr_t)run->pieces, run->base + offset, buffer, size, err);
}

static void name_image(const espbak_boot_report *report, char out[ESPBAK_PLAN_TEXT_MAX])
{
    const espbak_image *image = &report->bootloader;
    const char *state = espbak_image_sound(image) ? "sound" : "damaged";
    if (image->app_described)
        snprintf(out, ESPBAK_PLAN_TEXT_MAX, "application %s %s (ESP-IDF %s), %s", image->app.project,
                 image->app.version, image->app.idf, state);
    else if (strcmp(report->cause, "application-alone") == 0)
        snprintf(out, ESPBAK_PLAN_TEXT_MAX, "application without a description, %s", state);
    else if (image->bootloader.idf[0] != '\0')
        snprintf(out, ESPBAK_PLAN_TEXT_MAX, "bootloader (ESP-IDF %s), %s", image->bootloader.idf, state);
    else
        snprintf(out, ESPBAK_PLAN_TEXT_MAX, "bootloader, %s", state);
}

/* What it is when it is one thing alone. */
static void name_alone(const espbak_boot_report *report, char out[ESPBAK_PLAN_TEXT_MAX])
{
    if (report->table_found)
        snprintf(out, ESPBAK_PLAN_TEXT_MAX, "partition table of %zu rows", report->table.count);
    else if (report->otadata_found)
        snprintf(out, ESPBAK_PLAN_TEXT_MAX, "otadata");
    else if (strcmp(report->cause, "nvs-alone") == 0)
        snprintf(out, ESPBAK_PLAN_TEXT_MAX, "NVS");
    else if (strcmp(report->cause, "files-alone") == 0)
        snprintf(out, ESPBAK_PLAN_TEXT_MAX, "file system");
    else
        name_image(report, out);
}

static espbak_status describe(const view_wish *wish, const piece_list *pieces, const piece *item,
                              espbak_planned_run *out, espbak_error *err)
{
    const espbak_chip *chip = espbak_session_device(wish->session)->chip;
    run_reader run = {pieces, item->offset};
    const espbak_image_reader reader = {.read = read_run, .ctx = &run, .size = item->size};
    const uint64_t place = chip->bootloader_offset;
    espbak_image_header header;
    espbak_boot_report report;
    bool alone = false, merged = false;
    espbak_status status = ESPBAK_OK;
    if (item->offset <= place && item->offset + item->size > ESPBAK_PARTITION_TABLE_OFFSET)
        status = espbak_image_header_read(&reader, place - item->offset, &header, &merged, err);
    if (status == ESPBAK_OK)
        status = explain_alone(&reader, chip, &report, &chip, &alone, err);
    if (status != ESPBAK_OK)
        return status;
    const bool foreign = item->raw != NULL && item->raw->file->inside.foreign != NULL;
    snprintf(out->what, sizeof(out->what), "%s",
             foreign  ? item->raw->file->inside.foreign->what
             : merged ? "merged image"
                      : "data");
    if (alone)
        name_alone(&report, out->what);
    espbak_boot_report_free(&report);
    return ESPBAK_OK;
}

espbak_status view_describe_runs(view *v, const view_wish *wish, const piece_list *pieces, espbak_error *err)
{
    v->runs = calloc(pieces->count + 1, sizeof(*v->runs));
    if (v->runs == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < pieces->count; i++) {
        const piece *item = &pieces->items[i];
        espbak_planned_run *run = &v->runs[i];
        *run = (espbak_planned_run){.offset = item->offset, .size = item->size};
        if (wish->erase)
            snprintf(run->what, sizeof(run->what), "%s", item->name);
        else if (view_is_otadata(v, item))
            snprintf(run->what, sizeof(run->what), "otadata that starts %s", v->activated);
        else if (describe(wish, pieces, item, run, err) != ESPBAK_OK)
            return err->status;
        run->file = item->raw != NULL ? item->name : NULL;
    }
    v->plan.run_count = pieces->count;
    return ESPBAK_OK;
}
