/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/handed.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "device/visit/retry.h"
#include "espbak/flash.h"
#include "ops/proof/compare.h"

void handed_free(handed *h)
{
    digest_free(h->hash);
    free(h->blocks);
    *h = (handed){0};
}

espbak_status handed_begin(handed *h, uint64_t offset, espbak_error *err)
{
    h->begun = h->at = offset;
    return digest_new(&h->hash, DIGEST_MD5, err);
}

static espbak_status end_block(handed *h, espbak_error *err)
{
    if (h->count == h->capacity) {
        const size_t capacity = h->capacity * 2 + 16;
        handed_block *blocks = realloc(h->blocks, capacity * sizeof(*blocks));
        if (blocks == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        h->blocks = blocks;
        h->capacity = capacity;
    }
    handed_block *block = &h->blocks[h->count];
    *block = (handed_block){.offset = h->begun, .size = h->at - h->begun};
    const espbak_status status = digest_finish(h->hash, block->md5, err);
    h->count += status == ESPBAK_OK;
    h->begun = h->at;
    return status;
}

espbak_status handed_add(handed *h, const uint8_t *data, size_t size, espbak_error *err)
{
    while (size > 0) {
        const size_t part = (size_t)bytes_min64(size, h->begun + COMPARE_ODD_BLOCK - h->at);
        if (digest_update(h->hash, data, part, err) != ESPBAK_OK)
            return err->status;
        h->at += part;
        data += part;
        size -= part;
        if (h->at - h->begun == COMPARE_ODD_BLOCK && end_block(h, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* ---- comparing ---- */

typedef struct second_look {
    const handed *h;
    size_t asked, right; /* blocks */
    uint64_t done;
    const char *phase;
    const espbak_events *events;
} second_look;

static espbak_status name_block(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    second_look *l = user;
    (void)err;
    *more = l->asked < l->h->count;
    if (!*more)
        return ESPBAK_OK;
    *offset = l->h->blocks[l->asked].offset;
    *size = l->h->blocks[l->asked].size;
    l->asked++;
    return ESPBAK_OK;
}

static espbak_status judge_block(void *user, uint64_t offset, uint64_t size, const uint8_t md5[16], espbak_error *err)
{
    second_look *l = user;
    if (memcmp(md5, l->h->blocks[l->right].md5, DIGEST_MD5_SIZE) != 0) {
        espbak_fail(err, ESPBAK_E_DIFFERS, "what was read from 0x%llX to 0x%llX is not what the chip says is there",
                    (unsigned long long)offset, (unsigned long long)(offset + size));
        espbak_error_hint(err, "read again, with a lower --baud or with --loader rom");
        return ESPBAK_E_DIFFERS;
    }
    l->right++;
    l->done += size;
    espbak_report_progress(l->events, l->phase, l->done, l->h->at - l->h->blocks[0].offset);
    return ESPBAK_OK;
}

espbak_status handed_compare(handed *h, espbak_session *session, const char *phase, const espbak_events *events,
                             espbak_error *err)
{
    if (h->at > h->begun && end_block(h, err) != ESPBAK_OK)
        return err->status;
    for (unsigned tries = 1;; tries++) {
        second_look l = {.h = h, .phase = phase, .events = events};
        const espbak_status status = espbak_flash_md5_many(session, name_block, judge_block, &l, err);
        if (!retry_again(RETRY_STREAM, tries, status))
            return status;
        espbak_error_clear(err);
    }
}
