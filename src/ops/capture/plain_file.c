/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/plain_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { BUFFER_SIZE = 64 * 1024 };

/* ---- making it ---- */

static espbak_status check_free(const plain_file *f, const char *path, espbak_error *err)
{
    if (f->overwrite || file_kind_of(path) != FILE_KIND_REGULAR)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "%s exists already", path);
    espbak_error_hint(err, "give another name, or --overwrite to replace it");
    return ESPBAK_E_FILE;
}

espbak_status plain_file_create(plain_file *f, const char *path, bool overwrite, espbak_error *err)
{
    const size_t capacity = strlen(path) + sizeof(".sha256");
    f->path = path;
    f->overwrite = overwrite;
    f->sum_path = malloc(capacity);
    if (f->sum_path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    snprintf(f->sum_path, capacity, "%s.sha256", path);
    if (check_free(f, path, err) != ESPBAK_OK || check_free(f, f->sum_path, err) != ESPBAK_OK)
        return err->status;
    return file_create_atomic(&f->out, path, overwrite, err);
}

/* ---- the destination ---- */

/* Check before reading for minutes. */
static espbak_status begin(void *impl, const espbak_region *region, espbak_error *err)
{
    plain_file *f = impl;
    char *folder = file_folder_of(f->path);
    espbak_status status = folder == NULL ? espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory")
                                          : file_need_space(folder, region->size, err);
    free(folder);
    return status == ESPBAK_OK ? digest_pair_new(&f->hashes, err) : status;
}

static uint64_t appended(const void *impl)
{
    const plain_file *f = impl;
    return f->size;
}

static espbak_status append(void *impl, const uint8_t *data, size_t size, espbak_error *err)
{
    plain_file *f = impl;
    if (digest_pair_update(&f->hashes, data, size, err) != ESPBAK_OK ||
        file_write_at(f->out, f->size, data, size, err) != ESPBAK_OK)
        return err->status;
    f->size += size;
    return ESPBAK_OK;
}

static espbak_status end(void *impl, espbak_error *err)
{
    (void)impl;
    (void)err;
    return ESPBAK_OK;
}

static espbak_status read_back(void *impl, size_t region, uint64_t offset, uint8_t *data, size_t size,
                               espbak_error *err)
{
    const plain_file *f = impl;
    (void)region;
    return file_read_at(f->out, offset, data, size, err);
}

static espbak_status patch(void *impl, size_t region, uint64_t offset, const uint8_t *data, size_t size,
                           espbak_error *err)
{
    plain_file *f = impl;
    (void)region;
    f->patched = true;
    return file_write_at(f->out, offset, data, size, err);
}

destination to_file(plain_file *f)
{
    static const destination_ops ops = {
        .what = "what was read",
        .begin = begin,
        .appended = appended,
        .append = append,
        .end = end,
        .read_back = read_back,
        .patch = patch,
    };
    return (destination){.ops = &ops, .impl = f};
}

/* ---- keeping it ---- */

static espbak_status hash_contents(plain_file *f, espbak_error *err)
{
    uint8_t *buffer = malloc(BUFFER_SIZE);
    digest_pair_free(&f->hashes);
    espbak_status status =
        buffer != NULL ? digest_pair_new(&f->hashes, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (uint64_t at = 0; at < f->size && status == ESPBAK_OK;) {
        const size_t part = (size_t)bytes_min64(BUFFER_SIZE, f->size - at);
        status = file_read_at(f->out, at, buffer, part, err);
        if (status == ESPBAK_OK)
            status = digest_pair_update(&f->hashes, buffer, part, err);
        at += part;
    }
    free(buffer);
    return status;
}

espbak_status plain_file_hash(plain_file *f, uint8_t sha256[32], uint8_t md5[16], espbak_error *err)
{
    if (f->patched && hash_contents(f, err) != ESPBAK_OK)
        return err->status;
    return digest_pair_finish(&f->hashes, sha256, md5, err);
}

/* The data first: a file without its hash is still of use, a hash without its file is not. */
espbak_status plain_file_keep(plain_file *f, const uint8_t sha256[32], espbak_error *err)
{
    char hex[65];
    const char *name = file_name_of(f->path);
    file *out = f->out, *sum = NULL;
    f->out = NULL;
    if (file_commit(out, err) != ESPBAK_OK)
        return err->status;
    bytes_to_hex(hex, sha256, 32);
    if (file_create_atomic(&sum, f->sum_path, f->overwrite, err) != ESPBAK_OK)
        return err->status;
    const bool whole = file_write(sum, hex, 64, err) == ESPBAK_OK && file_write(sum, "  ", 2, err) == ESPBAK_OK &&
                       file_write(sum, name, strlen(name), err) == ESPBAK_OK &&
                       file_write(sum, "\n", 1, err) == ESPBAK_OK;
    return file_end(sum, whole ? ESPBAK_OK : err->status, err);
}

void plain_file_close(plain_file *f)
{
    file_close(f->out, true);
    digest_pair_free(&f->hashes);
    free(f->sum_path);
    *f = (plain_file){0};
}
