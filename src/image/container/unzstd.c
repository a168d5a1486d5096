/* SPDX-License-Identifier: Apache-2.0 */
#include "image/container/unzstd.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

static const uint32_t MAGIC = UINT32_C(0xFD2FB528);

bool unzstd_begins(const uint8_t *bytes, size_t size)
{
    return size > 4 && bytes_get_le32(bytes) == MAGIC;
}

#ifdef ESPBAK_HAVE_ZSTD
#include <zstd.h>

enum {
    INPUT = 16 * 1024,
    OUTPUT = 64 * 1024,
    BEGINNING = 1024 * 1024, /* where bootloader, partition table and the heads of applications are looked at often */
};

struct unzstd {
    espbak_image_reader packed;
    ZSTD_DStream *stream;
    uint64_t size;    /* of what it holds */
    uint64_t in, out; /* where the input ends that was fetched, and the output that was given */
    bool whole;       /* a frame has ended, and no other begun */
    bool ended;       /* so has the file */
    ZSTD_inBuffer left;
    uint8_t *beginning; /* the first bytes of the output */
    size_t kept;
    uint8_t input[INPUT];
};

static espbak_status start_anew(unzstd *z, espbak_error *err)
{
    z->in = z->out = 0;
    z->whole = z->ended = false;
    z->left = (ZSTD_inBuffer){.src = z->input};
    return ZSTD_isError(ZSTD_initDStream(z->stream)) ? espbak_fail(err, ESPBAK_E_INTERNAL, "libzstd cannot begin")
                                                     : ESPBAK_OK;
}

static espbak_status fill(unzstd *z, espbak_error *err)
{
    const size_t part = (size_t)bytes_min64(INPUT, z->packed.size - z->in);
    if (z->left.pos < z->left.size || part == 0)
        return ESPBAK_OK;
    if (z->packed.read(z->packed.ctx, z->in, z->input, part, err) != ESPBAK_OK)
        return err->status;
    z->left = (ZSTD_inBuffer){.src = z->input, .size = part};
    z->in += part;
    return ESPBAK_OK;
}

/* As many bytes as are wanted, or all that there are. */
static espbak_status unpack(unzstd *z, uint8_t *bytes, size_t size, espbak_error *err)
{
    ZSTD_outBuffer to = {.dst = bytes, .size = size};
    while (to.pos < to.size && !z->ended) {
        if (fill(z, err) != ESPBAK_OK)
            return err->status;
        const size_t before = to.pos, taken = z->left.pos;
        if (z->whole && z->left.pos == z->left.size) {
            z->ended = true;
            break;
        }
        const size_t code = ZSTD_decompressStream(z->stream, &to, &z->left);
        if (ZSTD_isError(code))
            return espbak_fail(err, ESPBAK_E_FILE, "it is packed with zstd and damaged: %s", ZSTD_getErrorName(code));
        z->whole = code == 0;
        if (!z->whole && to.pos == before && z->left.pos == taken)
            return espbak_fail(err, ESPBAK_E_FILE, "it is packed with zstd and damaged: it is cut short");
    }
    z->out += to.pos;
    return ESPBAK_OK;
}

static espbak_status read_unpacked(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    enum { SKIPPED = 4096 };
    unzstd *z = ctx;
    uint8_t skipped[SKIPPED];
    if (bytes_range_within(offset, size, z->kept)) {
        memcpy(buffer, z->beginning + offset, size);
        return ESPBAK_OK;
    }
    if (z->out > offset && start_anew(z, err) != ESPBAK_OK)
        return err->status;
    while (z->out < offset && !z->ended) {
        if (unpack(z, skipped, (size_t)bytes_min64(SKIPPED, offset - z->out), err) != ESPBAK_OK)
            return err->status;
    }
    if (z->out == offset && unpack(z, buffer, size, err) != ESPBAK_OK)
        return err->status;
    if (z->out != offset + size)
        return espbak_fail(err, ESPBAK_E_FILE, "it was changed while it was in use: it holds less than before");
    return ESPBAK_OK;
}

static espbak_status unpack_all(unzstd *z, uint64_t limit, espbak_error *err)
{
    uint8_t *bytes = malloc(OUTPUT);
    espbak_status status = bytes != NULL ? start_anew(z, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    while (status == ESPBAK_OK && !z->ended) {
        const uint64_t before = z->out;
        status = unpack(z, bytes, OUTPUT, err);
        const size_t got = (size_t)(z->out - before), room = (size_t)(BEGINNING - z->kept);
        if (status == ESPBAK_OK && z->out > limit)
            status = espbak_fail(err, ESPBAK_E_FILE, "it is packed with zstd, and holds more than any flash");
        memcpy(z->beginning + z->kept, bytes, got < room ? got : room);
        z->kept += got < room ? got : room;
    }
    free(bytes);
    z->size = z->out;
    return status;
}

espbak_status unzstd_open(unzstd **out, const espbak_image_reader *packed, uint64_t limit, espbak_error *err)
{
    unzstd *z = calloc(1, sizeof(*z));
    *out = NULL;
    if (z == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    z->packed = *packed;
    z->stream = ZSTD_createDStream();
    z->beginning = malloc(BEGINNING);
    const espbak_status status = z->stream != NULL && z->beginning != NULL
                                     ? unpack_all(z, limit, err)
                                     : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        *out = z;
    else
        unzstd_close(z);
    return status;
}

espbak_image_reader unzstd_reader(unzstd *z)
{
    return (espbak_image_reader){.read = read_unpacked, .ctx = z, .size = z->size};
}

void unzstd_close(unzstd *z)
{
    if (z == NULL)
        return;
    (void)ZSTD_freeDStream(z->stream);
    free(z->beginning);
    free(z);
}

#else

espbak_status unzstd_open(unzstd **out, const espbak_image_reader *packed, uint64_t limit, espbak_error *err)
{
    (void)packed;
    (void)limit;
    *out = NULL;
    espbak_fail(err, ESPBAK_E_FILE, "it is packed with zstd, which this espbak was built without");
    espbak_error_hint(err, "unpack it first, with zstd -d");
    return ESPBAK_E_FILE;
}

espbak_image_reader unzstd_reader(unzstd *z)
{
    (void)z;
    return (espbak_image_reader){.read = NULL};
}

void unzstd_close(unzstd *z)
{
    (void)z;
}
#endif
