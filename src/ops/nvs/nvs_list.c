/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cancel.h"
#include "ops/content/nvs_key.h"
#include "ops/files/flash_view.h"

static espbak_status visit_range(flash_view *view, const flash_range *range, size_t of, espbak_nvs_visit visit,
                                 void *user, espbak_error *err)
{
    espbak_findings findings = {0};
    espbak_nvs *nvs = NULL;
    const nvs_place place = {&view->reader, &view->contents->boot.table, view->from->keys};
    espbak_status status = nvs_key_open(&nvs, &place, range->offset, range->size, NULL, &findings, err);
    const espbak_nvs_found found = {range->name, nvs, &findings, of};
    if (status == ESPBAK_OK)
        status = visit(user, &found, err);
    espbak_nvs_free(nvs);
    espbak_findings_free(&findings);
    return status == ESPBAK_OK ? ESPBAK_OK : espbak_error_prefix(err, "keys of %s", range->name);
}

static espbak_status visit_ranges(flash_view *view, espbak_nvs_visit visit, void *user, espbak_error *err)
{
    const espbak_files_source *from = view->from;
    flash_range ranges[ESPBAK_PARTITIONS_MAX];
    size_t count = 0, of = 0;
    if (flash_view_ranges(view, ranges, &count, err) != ESPBAK_OK)
        return err->status;
    /* NVS is not encrypted with the flash, but in its own way: with its key it can be read there too. */
    if (view->contents->ciphertext == ESPBAK_YES && from->keys == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "no keys can be read: the flash is encrypted");
    for (size_t i = 0; i < count; i++) {
        if (from->name != NULL || ranges[i].nvs)
            ranges[of++] = ranges[i];
    }
    for (size_t i = 0; i < of; i++) {
        if (cancel_check(from->session.cancel, err) != ESPBAK_OK ||
            visit_range(view, &ranges[i], of, visit, user, err) != ESPBAK_OK)
            return err->status;
    }
    return of > 0 ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_FILE, "there is no partition of NVS that can be read");
}

espbak_status espbak_nvs_run(const espbak_files_source *source, espbak_nvs_visit visit, void *user, espbak_error *err)
{
    espbak_error unheard = {0};
    flash_view view;
    if (err == NULL)
        err = &unheard;
    espbak_status status = flash_view_open(&view, source, err);
    if (status == ESPBAK_OK)
        status = visit_ranges(&view, visit, user, err);
    return flash_view_end(&view, status, err);
}
