/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "espbak/flash.h"
#include "espbak/ops.h"
#include "ops/content/device_contents.h"
#include "ops/safety/unchanged.h"

/* *known is false where nothing was hashed, because reading would be faster. */
static espbak_status measure_entry(espbak_session *session, const espbak_partition *entry, uint64_t *erased,
                                   bool *known, espbak_error *err)
{
    const espbak_sparse_options options = {.alone = true, .measure = true};
    espbak_sparse_plan *plan = NULL;
    if (entry->outside || entry->size == 0)
        return ESPBAK_OK;
    if (espbak_sparse_plan_make(&plan, session, entry->offset, entry->size, &options, err) != ESPBAK_OK)
        return err->status;
    *erased = espbak_sparse_plan_summary(plan).erased_bytes;
    *known = *known && espbak_sparse_plan_summary(plan).hashes > 0;
    espbak_sparse_plan_free(plan);
    return ESPBAK_OK;
}

static espbak_status measure(espbak_session *session, espbak_info_result *result, espbak_error *err)
{
    const espbak_partition_table *table = &result->contents->boot.table;
    espbak_error why = {0};
    espbak_status status = ESPBAK_OK;
    if (espbak_flash_can_hash(session, &why) != ESPBAK_OK)
        return ESPBAK_OK;
    uint64_t *erased = calloc(table->count + 1, sizeof(*erased));
    if (erased == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    bool known = true;
    for (size_t i = 0; i < table->count && known && status == ESPBAK_OK; i++) {
        status = measure_entry(session, &table->entries[i], &erased[i], &known, err);
        if (status != ESPBAK_OK)
            espbak_error_prefix(err, "looking at %s", table->entries[i].label);
    }
    if (status == ESPBAK_OK && known)
        result->erased = erased;
    else
        free(erased);
    return status;
}

/* A device whose contents cannot be understood, or read, is still worth telling about. */
static espbak_status look(espbak_session *session, const espbak_info_options *options, espbak_info_result *result,
                          espbak_error *err)
{
    espbak_error why = {0};
    if (result->device.flash.size == 0 || espbak_flash_can_read(session, &why) != ESPBAK_OK)
        return ESPBAK_OK;
    espbak_contents *found = calloc(1, sizeof(*found));
    if (found == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = device_contents_look(session, &options->table, NULL, found, &why);
    if (status == ESPBAK_OK)
        result->contents = found;
    else
        explain_discard(found);
    if (status == ESPBAK_OK || status == ESPBAK_E_CANCELLED || options->table.file != NULL) {
        *err = why;
        return status;
    }
    espbak_log(options->session.events, ESPBAK_LOG_WARNING, "looking at the flash: %s", why.message);
    return ESPBAK_OK;
}

espbak_status espbak_info_run(const espbak_info_options *options, espbak_info_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_session_options lenient = options->session;
    espbak_session *session = NULL;
    if (err == NULL)
        err = &unheard;
    *result = (espbak_info_result){0};
    lenient.reads_only = true;
    lenient.flash_not_needed = true;
    lenient.allow_secure_download = true;
    espbak_status status = espbak_session_open(&session, &lenient, err);
    if (status == ESPBAK_OK) {
        result->device = *espbak_session_device(session);
        status = look(session, options, result, err);
        if (status == ESPBAK_OK && result->contents != NULL && options->measure)
            status = measure(session, result, err);
        status = unchanged_end(&session, &lenient, NULL, status, err);
    }
    espbak_session_close(session);
    if (result->contents != NULL)
        explain_warn(result->contents, options->session.events);
    return status;
}

void espbak_info_result_free(espbak_info_result *result)
{
    explain_discard(result->contents);
    free(result->erased);
    *result = (espbak_info_result){0};
}
