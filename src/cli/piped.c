/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/piped.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/file.h"
#include "cli/os/stdin_file.h"
#include "espbak/backup.h"
#include "image/container/unpack.h"

enum { HEAD = 512, PIECE = 64 * 1024 };
static const uint64_t UNPACKED_MAX = 1024 * 1024 * 1024;

static espbak_status read_packed(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    const espbak_image_reader *in = user;
    return in->read(in->ctx, offset, data, size, err);
}

static bool is_backup(const espbak_image_reader *in)
{
    uint8_t head[HEAD];
    espbak_error ignored = {0};
    return in->size >= HEAD && in->read(in->ctx, 0, head, HEAD, &ignored) == ESPBAK_OK && espbak_backup_is_packed(head);
}

/* Whatever it is, whoever is given a file finds out. */
static espbak_status keep_file(const espbak_image_reader *in, const char *folder, char **path, espbak_error *err)
{
    uint8_t piece[PIECE];
    file *out = NULL;
    *path = file_join(folder, "standard-input");
    espbak_status status =
        *path != NULL ? file_create(&out, *path, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (uint64_t at = 0; at < in->size && status == ESPBAK_OK; at += PIECE) {
        const size_t part = (size_t)bytes_min64(PIECE, in->size - at);
        status = in->read(in->ctx, at, piece, part, err);
        if (status == ESPBAK_OK)
            status = file_write(out, piece, part, err);
    }
    return file_end(out, status, err);
}

static espbak_status keep(const espbak_image_reader *in, const char *folder, char **path, espbak_error *err)
{
    if (is_backup(in))
        return espbak_backup_unpack(folder, in->size, read_packed, (void *)(uintptr_t)in, path, err);
    return keep_file(in, folder, path, err);
}

/* What is packed with gzip or zstd may be a backup; anything else is unpacked by whoever gets the file. */
static espbak_status look_inside(const espbak_image_reader *in, const char *folder, char **path, espbak_error *err)
{
    unpacked packed;
    espbak_error why = {0};
    /* What cannot be unpacked is not a backup, and whoever gets the file says why. */
    const bool whole = unpack_open(&packed, in, UNPACKED_MAX, &why) == ESPBAK_OK;
    const espbak_status status = keep(whole && is_backup(&packed.reader) ? &packed.reader : in, folder, path, err);
    unpack_close(&packed);
    return status;
}

espbak_status piped_keep(cli *c, char **path, espbak_error *err)
{
    stdin_file in = {.kept = NULL};
    *path = NULL;
    if (c->temporary != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "standard input can be one backup only, but - is there twice");
    espbak_status status = stdin_file_open(&in, c->cancel, err);
    if (status == ESPBAK_OK) {
        c->temporary = file_make_temporary_folder(err);
        status = c->temporary != NULL ? ESPBAK_OK : err->status;
    }
    if (status == ESPBAK_OK)
        status = look_inside(&in.reader, c->temporary, path, err);
    stdin_file_close(&in);
    return status;
}
