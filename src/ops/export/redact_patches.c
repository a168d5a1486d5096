/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/export/redact.h"

static espbak_status add(redaction *r, const redact_patch *patch, espbak_error *err)
{
    if (r->patches == NULL || r->count == r->capacity) {
        const size_t capacity = r->capacity == 0 ? 64 : 2 * r->capacity;
        redact_patch *larger = realloc(r->patches, capacity * sizeof(*larger));
        if (larger == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        r->patches = larger;
        r->capacity = capacity;
    }
    r->patches[r->count++] = *patch;
    return ESPBAK_OK;
}

espbak_status redact_fill(redaction *r, uint64_t offset, uint64_t size, uint8_t fill, espbak_error *err)
{
    redact_patch *last = r->count > 0 ? &r->patches[r->count - 1] : NULL;
    if (last != NULL && last->bytes == NULL && last->fill == fill && last->offset + last->size == offset) {
        last->size += size;
        return ESPBAK_OK;
    }
    return add(r, &(redact_patch){.offset = offset, .size = size, .fill = fill}, err);
}

espbak_status redact_replace(redaction *r, uint64_t offset, const uint8_t *bytes, size_t size, espbak_error *err)
{
    uint8_t *copy = malloc(size);
    if (copy == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    memcpy(copy, bytes, size);
    const espbak_status status = add(r, &(redact_patch){.offset = offset, .size = size, .bytes = copy}, err);
    if (status != ESPBAK_OK)
        free(copy);
    return status;
}

espbak_status redact_note(redaction *r, const char *name, uint64_t offset, uint64_t size, const char *what,
                          size_t count, espbak_error *err)
{
    espbak_export_result *result = r->job->result;
    espbak_redacted *list = realloc(result->redacted, (result->redacted_count + 1) * sizeof(*list));
    if (list == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    result->redacted = list;
    espbak_redacted *row = &list[result->redacted_count++];
    *row = (espbak_redacted){.offset = offset, .size = size, .what = what, .count = count};
    snprintf(row->name, sizeof(row->name), "%s", name);
    if (r->job->options->sink != NULL)
        espbak_log(r->job->options->events, ESPBAK_LOG_INFO, "blanked in %s: %s", name, what);
    return ESPBAK_OK;
}

static void apply(const redact_patch *patch, uint64_t offset, uint8_t *out, size_t size)
{
    const uint64_t first = patch->offset > offset ? patch->offset : offset;
    const uint64_t end = patch->offset + patch->size < offset + size ? patch->offset + patch->size : offset + size;
    if (first >= end)
        return;
    if (patch->bytes != NULL)
        memcpy(out + (first - offset), patch->bytes + (first - patch->offset), (size_t)(end - first));
    else
        memset(out + (first - offset), patch->fill, (size_t)(end - first));
}

static espbak_status read_redacted(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const redaction *r = ctx;
    if (r->flash.read(r->flash.ctx, offset, buffer, size, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < r->count; i++)
        apply(&r->patches[i], offset, buffer, size);
    return ESPBAK_OK;
}

redaction *redact_new(export_job *job)
{
    redaction *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    r->job = job;
    r->flash = job->reader;
    job->reader = (espbak_image_reader){.read = read_redacted, .ctx = r, .size = r->flash.size};
    return r;
}

void redact_free(redaction *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        free(r->patches[i].bytes);
    free(r->patches);
    free(r);
}
