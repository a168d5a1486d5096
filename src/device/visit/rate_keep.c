/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "device/rate/rate_memory.h"
#include "device/visit/rate.h"
#include "device/visit/visit.h"

/* What is remembered is a convenience: where it cannot be read or written, nothing fails. */

static bool load(rate_memory *memory, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    espbak_error ignored = {0};
    memory->count = 0;
    if (file_load(path, RATE_MEMORY_SIZE, &text, &size, &ignored) != ESPBAK_OK)
        return false;
    rate_memory_parse(memory, text);
    free(text);
    return true;
}

static espbak_status save(const rate_memory *memory, const char *path, espbak_error *err)
{
    char text[RATE_MEMORY_SIZE];
    char *const folder = file_folder_of(path);
    file *out = NULL;
    rate_memory_format(memory, text);
    espbak_status status =
        folder != NULL ? file_make_folders(folder, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = file_create_atomic(&out, path, true, err);
    if (status == ESPBAK_OK)
        status = file_write(out, text, strlen(text), err);
    status = file_end(out, status, err);
    free(folder);
    return status;
}

void rate_recall(espbak_session *session)
{
    visit *const kept = session->visit;
    rate_memory memory;
    kept->remembered = (rate_entry){.baud = 0};
    if (kept->way.options.rate_memory == NULL || kept->way.options.baud != 0 ||
        !rate_memory_key(kept->remembered.key, espbak_transport_get_usb(session->transport)) ||
        !load(&memory, kept->way.options.rate_memory))
        return;
    const rate_entry *known = rate_memory_find(&memory, kept->remembered.key);
    if (known != NULL)
        kept->remembered = *known;
}

void rate_remember(const espbak_session *session)
{
    const visit *const kept = session->visit;
    uint32_t below = 0;
    const uint32_t baud = ladder_rates_found_out(&kept->ladder.rates, &below);
    rate_memory memory;
    if (kept->way.options.rate_memory == NULL || kept->remembered.key[0] == '\0' || baud == 0)
        return;
    const rate_entry next = rate_memory_next(&kept->remembered, baud, below);
    if (next.baud == kept->remembered.baud && next.below == kept->remembered.below &&
        next.sessions == kept->remembered.sessions)
        return;
    (void)load(&memory, kept->way.options.rate_memory);
    rate_memory_put(&memory, &next);
    espbak_error why = {0};
    if (save(&memory, kept->way.options.rate_memory, &why) != ESPBAK_OK)
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "the rate is not remembered: %s", why.message);
}
