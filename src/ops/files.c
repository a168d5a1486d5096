/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "ops/files/flash_view.h"

static espbak_status list_volume(const flash_view *view, espbak_listed_volume *out, espbak_error *err)
{
    espbak_volume *volume = NULL;
    if (espbak_volume_open(&volume, &view->reader, out->offset, out->size, &view->from->options, &out->findings, err) !=
        ESPBAK_OK)
        return err->status;
    if (volume == NULL)
        return ESPBAK_OK;
    out->opened = true;
    out->info = *espbak_volume_describe(volume);
    const espbak_status status = espbak_volume_list(volume, &out->files, err);
    espbak_volume_close(volume);
    return status;
}

static void forget(espbak_listed_volume *volume)
{
    espbak_file_list_free(&volume->files);
    espbak_findings_free(&volume->findings);
    *volume = (espbak_listed_volume){.opened = false};
}

static espbak_status list_ranges(flash_view *view, espbak_files_result *result, espbak_error *err)
{
    const espbak_files_source *from = view->from;
    flash_range ranges[ESPBAK_PARTITIONS_MAX];
    size_t count = 0;
    if (flash_view_ranges(view, ranges, &count, err) != ESPBAK_OK)
        return err->status;
    result->volumes = calloc(count + 1, sizeof(result->volumes[0]));
    if (result->volumes == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        espbak_listed_volume *volume = &result->volumes[result->volume_count++];
        memcpy(volume->name, ranges[i].name, sizeof(volume->name));
        volume->offset = ranges[i].offset;
        volume->size = ranges[i].size;
        if (cancel_check(from->session.cancel, err) != ESPBAK_OK || list_volume(view, volume, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "files of %s", volume->name);
        if (volume->opened)
            continue;
        if (from->name != NULL || from->placed)
            return flash_view_fail_none(view, volume->name, &volume->findings, err);
        if (volume->findings.count == 0) {
            forget(volume);
            result->volume_count--;
        }
    }
    return ESPBAK_OK;
}

espbak_status espbak_files_run(const espbak_files_source *source, espbak_files_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    flash_view view;
    if (err == NULL)
        err = &unheard;
    *result = (espbak_files_result){.volume_count = 0};
    espbak_status status = flash_view_open(&view, source, err);
    if (view.session != NULL)
        result->device = *espbak_session_device(view.session);
    if (status == ESPBAK_OK)
        status = list_ranges(&view, result, err);
    if (view.session != NULL)
        result->read_bytes = view.cache->fetched;
    return flash_view_end(&view, status, err);
}

void espbak_files_result_free(espbak_files_result *result)
{
    for (size_t i = 0; i < result->volume_count; i++)
        forget(&result->volumes[i]);
    free(result->volumes);
    *result = (espbak_files_result){.volume_count = 0};
}
