/* SPDX-License-Identifier: Apache-2.0 */
#include "image/container/gunzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"

enum {
    INPUT = 16 * 1024,
    OUTPUT = 64 * 1024,
    GZIP_ONLY = 16 + MAX_WBITS, /* as inflateInit2 wants it */
    MARKS = 64,                 /* each takes some 45 KB */
    FIRST_SPACING = 256 * 1024,
    MAGIC = 0x8B1F,
    DEFLATED = 8,
};

/* zlib's state at one place. It must stay at its address, which the state knows. */
typedef struct mark {
    z_stream state;
    uint64_t in, out; /* bytes that it has used, and given */
} mark;

struct gunzip {
    espbak_image_reader packed;
    uint64_t size; /* of what it holds */
    mark now;      /* `in`: where its input ends, which is behind what it has used */
    bool ended;    /* of the input */
    mark *marks[MARKS];
    size_t mark_count;
    uint64_t spacing;
    uint8_t input[INPUT];
};

bool gunzip_begins(const uint8_t *bytes, size_t size)
{
    return size > 2 && bytes_get_le16(bytes) == MAGIC && bytes[2] == DEFLATED;
}

static espbak_status fail(const gunzip *g, int code, espbak_error *err)
{
    if (code == Z_MEM_ERROR)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const char *why = g->now.state.msg;
    return espbak_fail(err, ESPBAK_E_FILE, "it is packed with gzip and damaged: %s",
                       code == Z_BUF_ERROR ? "it is cut short"
                       : why != NULL       ? why
                                           : "its data make no sense");
}

static espbak_status fill(gunzip *g, espbak_error *err)
{
    z_stream *state = &g->now.state;
    const size_t part = (size_t)bytes_min64(INPUT, g->packed.size - g->now.in);
    if (state->avail_in > 0 || part == 0)
        return ESPBAK_OK;
    if (g->packed.read(g->packed.ctx, g->now.in, g->input, part, err) != ESPBAK_OK)
        return err->status;
    state->next_in = g->input;
    state->avail_in = (uInt)part;
    g->now.in += part;
    return ESPBAK_OK;
}

/* Behind the end of a member there may be another, or the zeros that tapes and some tools fill up with. */
static espbak_status end_member(gunzip *g, espbak_error *err)
{
    z_stream *state = &g->now.state;
    for (;;) {
        if (fill(g, err) != ESPBAK_OK)
            return err->status;
        g->ended = state->avail_in == 0;
        if (g->ended || state->next_in[0] != 0)
            break;
        state->next_in++;
        state->avail_in--;
    }
    if (g->ended)
        return ESPBAK_OK;
    if (state->next_in[0] != (MAGIC & 0xFF))
        return espbak_fail(err, ESPBAK_E_FILE, "it is packed with gzip, and something else stands behind that");
    const int code = inflateReset(state);
    return code == Z_OK ? ESPBAK_OK : fail(g, code, err);
}

/* Up to `size` further bytes; fewer only where the file ends. */
static espbak_status unpack(gunzip *g, uint8_t *bytes, size_t size, size_t *got, espbak_error *err)
{
    z_stream *state = &g->now.state;
    state->next_out = bytes;
    state->avail_out = (uInt)size;
    while (state->avail_out > 0 && !g->ended) {
        if (fill(g, err) != ESPBAK_OK)
            return err->status;
        const int code = state->avail_in == 0 ? Z_BUF_ERROR : inflate(state, Z_NO_FLUSH);
        if (code == Z_STREAM_END && end_member(g, err) != ESPBAK_OK)
            return err->status;
        if (code != Z_OK && code != Z_STREAM_END)
            return fail(g, code, err);
    }
    *got = size - state->avail_out;
    g->now.out += *got;
    return ESPBAK_OK;
}

static void discard(mark *m)
{
    inflateEnd(&m->state);
    free(m);
}

/* With all of them in use every other one goes, and the spacing is twice as wide. */
static void thin_out(gunzip *g)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->mark_count; i++) {
        if (i % 2 == 0)
            g->marks[kept++] = g->marks[i];
        else
            discard(g->marks[i]);
    }
    g->mark_count = kept;
    g->spacing *= 2;
}

static espbak_status set_mark(gunzip *g, espbak_error *err)
{
    if (g->mark_count == MARKS)
        thin_out(g);
    if (g->ended || (g->mark_count > 0 && g->now.out < g->marks[g->mark_count - 1]->out + g->spacing))
        return ESPBAK_OK;
    mark *m = calloc(1, sizeof(*m));
    const int code = m != NULL ? inflateCopy(&m->state, &g->now.state) : Z_MEM_ERROR;
    if (code != Z_OK) {
        free(m);
        return fail(g, code, err);
    }
    m->in = g->now.in - g->now.state.avail_in;
    m->out = g->now.out;
    g->marks[g->mark_count++] = m;
    return ESPBAK_OK;
}

static espbak_status go_to_mark(gunzip *g, mark *m, espbak_error *err)
{
    inflateEnd(&g->now.state);
    g->now = (mark){.in = m->in, .out = m->out};
    const int code = inflateCopy(&g->now.state, &m->state);
    g->now.state.avail_in = 0;
    g->ended = false;
    return code == Z_OK ? ESPBAK_OK : fail(g, code, err);
}

/* The last mark before `offset`, unless going on from here is nearer. */
static espbak_status seek(gunzip *g, uint64_t offset, espbak_error *err)
{
    size_t i = g->mark_count - 1;
    while (g->marks[i]->out > offset)
        i--; /* the first one stands at 0 */
    if (g->now.out <= offset && g->now.out >= g->marks[i]->out)
        return ESPBAK_OK;
    return go_to_mark(g, g->marks[i], err);
}

static espbak_status read_unpacked(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    enum { SKIPPED = 4096 };
    gunzip *g = ctx;
    uint8_t skipped[SKIPPED];
    size_t got = 0;
    if (seek(g, offset, err) != ESPBAK_OK)
        return err->status;
    while (g->now.out < offset) {
        const uint64_t before = offset - g->now.out;
        if (unpack(g, skipped, (size_t)bytes_min64(SKIPPED, before), &got, err) != ESPBAK_OK)
            return err->status;
        if (got == 0)
            break;
    }
    if (g->now.out == offset && unpack(g, buffer, size, &got, err) != ESPBAK_OK)
        return err->status;
    if (g->now.out != offset + size)
        return espbak_fail(err, ESPBAK_E_FILE, "it was changed while it was in use: it holds less than before");
    return ESPBAK_OK;
}

static espbak_status unpack_all(gunzip *g, uint64_t limit, espbak_error *err)
{
    uint8_t *bytes = malloc(OUTPUT);
    espbak_status status = bytes != NULL ? set_mark(g, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    while (status == ESPBAK_OK && !g->ended) {
        size_t got;
        status = unpack(g, bytes, OUTPUT, &got, err);
        if (status == ESPBAK_OK && g->now.out > limit)
            status = espbak_fail(err, ESPBAK_E_FILE, "it is packed with gzip, and holds more than any flash");
        if (status == ESPBAK_OK)
            status = set_mark(g, err);
    }
    free(bytes);
    g->size = g->now.out;
    return status;
}

espbak_status gunzip_open(gunzip **out, const espbak_image_reader *packed, uint64_t limit, espbak_error *err)
{
    gunzip *g = calloc(1, sizeof(*g));
    *out = NULL;
    if (g == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    g->packed = *packed;
    g->spacing = FIRST_SPACING;
    const int code = inflateInit2(&g->now.state, GZIP_ONLY);
    const espbak_status status = code == Z_OK ? unpack_all(g, limit, err) : fail(g, code, err);
    if (status == ESPBAK_OK)
        *out = g;
    else
        gunzip_close(g);
    return status;
}

espbak_image_reader gunzip_reader(gunzip *g)
{
    return (espbak_image_reader){.read = read_unpacked, .ctx = g, .size = g->size};
}

void gunzip_close(gunzip *g)
{
    if (g == NULL)
        return;
    inflateEnd(&g->now.state);
    for (size_t i = 0; i < g->mark_count; i++)
        discard(g->marks[i]);
    free(g);
}
