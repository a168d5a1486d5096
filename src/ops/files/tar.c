/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX.1-2001, "pax": ustar Interchange Format, and pax Extended Header. */
#include "ops/files/tar.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "store/tar_header.h"

enum {
    PAX_MAX = ESPBAK_FILE_PATH_MAX + 32,
    END_BLOCKS = 2,
};

static espbak_status put_zeros(tar *out, uint64_t size, espbak_error *err)
{
    static const uint8_t zeros[TAR_BLOCK];
    while (size > 0) {
        const size_t part = (size_t)bytes_min64(size, TAR_BLOCK);
        if (out->sink(out->user, zeros, part, err) != ESPBAK_OK)
            return err->status;
        size -= part;
    }
    return ESPBAK_OK;
}

static uint64_t padding_of(uint64_t size)
{
    return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

static espbak_status put_header(tar *out, const char *name, char type, const espbak_file *entry, uint64_t size,
                                espbak_error *err)
{
    const int64_t latest = 077777777777;
    const bool dated = entry->dated && entry->modified > 0 && entry->modified <= latest;
    const unsigned mode = (entry->attributes & ESPBAK_FILE_READ_ONLY) != 0 ? 0444 : 0644;
    uint8_t block[TAR_BLOCK];
    tar_header_make(block, &(tar_member){.prefix = "",
                                         .name = name,
                                         .mode = entry->folder ? 0755 : mode,
                                         .size = size,
                                         .time = dated ? (uint64_t)entry->modified : 0,
                                         .type = type});
    return out->sink(out->user, block, sizeof(block), err);
}

/* "LENGTH path=NAME\n", where LENGTH counts itself too. */
static espbak_status put_long_name(tar *out, const char *name, const espbak_file *entry, espbak_error *err)
{
    char text[PAX_MAX];
    const size_t rest = strlen(name) + sizeof(" path=\n") - 1;
    size_t size = rest + 1;
    for (int length = 0; (size_t)length != size;) {
        length = (int)size;
        size = (size_t)snprintf(text, sizeof(text), "%d path=%s\n", length, name);
    }
    if (put_header(out, "././@PaxHeader", TAR_EXTENDED, entry, size, err) != ESPBAK_OK ||
        out->sink(out->user, (const uint8_t *)text, size, err) != ESPBAK_OK)
        return err->status;
    return put_zeros(out, padding_of(size), err);
}

static bool is_short(const char *name)
{
    const char *p = name;
    while (*p > 0)
        p++;
    return *p == '\0' && p - name <= TAR_NAME;
}

espbak_status tar_begin(tar *out, const espbak_file *entry, espbak_error *err)
{
    char name[ESPBAK_FILE_PATH_MAX + 1];
    const uint64_t size = entry->folder ? 0 : entry->size;
    snprintf(name, sizeof(name), "%s%s", entry->path + 1, entry->folder ? "/" : "");
    if (!is_short(name) && put_long_name(out, name, entry, err) != ESPBAK_OK)
        return err->status;
    out->left = size;
    out->padding = padding_of(size);
    return put_header(out, name, entry->folder ? TAR_FOLDER : TAR_FILE, entry, size, err);
}

espbak_status tar_write(tar *out, const uint8_t *data, size_t size, espbak_error *err)
{
    if (size > out->left)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a file is longer than its header says");
    out->left -= size;
    return out->sink(out->user, data, size, err);
}

espbak_status tar_end(tar *out, espbak_error *err)
{
    const uint64_t missing = out->left + out->padding;
    out->left = out->padding = 0;
    return put_zeros(out, missing, err);
}

espbak_status tar_finish(tar *out, espbak_error *err)
{
    return put_zeros(out, END_BLOCKS * TAR_BLOCK, err);
}
