/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/stream.h"

static espbak_status begin(void *impl, const espbak_region *region, espbak_error *err)
{
    stream *s = impl;
    const espbak_status status = handed_begin(&s->handed, region->offset, err);
    return status == ESPBAK_OK ? digest_pair_new(&s->hashes, err) : status;
}

static uint64_t appended(const void *impl)
{
    const stream *s = impl;
    return s->size;
}

static espbak_status append(void *impl, const uint8_t *data, size_t size, espbak_error *err)
{
    stream *s = impl;
    if (digest_pair_update(&s->hashes, data, size, err) != ESPBAK_OK ||
        handed_add(&s->handed, data, size, err) != ESPBAK_OK)
        return err->status;
    s->size += size;
    return s->options->sink(s->options->user, data, size, err);
}

static espbak_status end(void *impl, espbak_error *err)
{
    (void)impl;
    (void)err;
    return ESPBAK_OK;
}

static handed *handed_of(void *impl)
{
    stream *s = impl;
    return &s->handed;
}

destination to_stream(stream *s)
{
    static const destination_ops ops = {
        .what = "what was read",
        .begin = begin,
        .appended = appended,
        .append = append,
        .end = end,
        .handed = handed_of,
    };
    return (destination){.ops = &ops, .impl = s};
}

espbak_status stream_hash(stream *s, uint8_t sha256[32], uint8_t md5[16], espbak_error *err)
{
    return digest_pair_finish(&s->hashes, sha256, md5, err);
}

void stream_close(stream *s)
{
    handed_free(&s->handed);
    digest_pair_free(&s->hashes);
}
