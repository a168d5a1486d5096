/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sector_digests.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { SECTOR = 4096, BUFFER_SIZE = 16 * SECTOR };

struct sector_digests {
    uint64_t size, done;
    digest *hash; /* of the sector under way */
    uint8_t (*sha256)[DIGEST_SHA256_SIZE];
};

espbak_status sector_digests_begin(sector_digests **out, uint64_t size, espbak_error *err)
{
    *out = NULL;
    sector_digests *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    s->size = size;
    s->sha256 = calloc((size_t)(size / SECTOR) + 1, sizeof(s->sha256[0]));
    espbak_status status = s->sha256 != NULL ? digest_new(&s->hash, DIGEST_SHA256, err)
                                             : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        *out = s;
    else
        sector_digests_free(s);
    return status;
}

void sector_digests_free(sector_digests *s)
{
    if (s == NULL)
        return;
    digest_free(s->hash);
    free(s->sha256);
    free(s);
}

espbak_status sector_digests_add(sector_digests *s, const uint8_t *bytes, size_t size, espbak_error *err)
{
    if (size > s->size - s->done)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a file has more bytes than it had");
    while (size > 0) {
        const size_t part = (size_t)bytes_min64(size, SECTOR - s->done % SECTOR);
        if (digest_update(s->hash, bytes, part, err) != ESPBAK_OK)
            return err->status;
        s->done += part;
        bytes += part;
        size -= part;
        if ((s->done % SECTOR == 0 || s->done == s->size) &&
            digest_finish(s->hash, s->sha256[(s->done - 1) / SECTOR], err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status sector_digests_file(void *from, uint64_t offset, void *bytes, size_t size, espbak_error *err)
{
    return file_read_at(from, offset, bytes, size, err);
}

espbak_status sector_digests_of(sector_digests **out, sector_source *source, void *from, uint64_t size,
                                espbak_error *err)
{
    uint8_t *buffer = malloc(BUFFER_SIZE);
    espbak_status status =
        buffer != NULL ? sector_digests_begin(out, size, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (uint64_t at = 0; status == ESPBAK_OK && at < size;) {
        const size_t part = (size_t)bytes_min64(size - at, BUFFER_SIZE);
        status = source(from, at, buffer, part, err);
        if (status == ESPBAK_OK)
            status = sector_digests_add(*out, buffer, part, err);
        at += part;
    }
    free(buffer);
    return status;
}

/* Whole sectors, the last of the file may be short. */
static espbak_status check(const sector_digests *s, const char *name, uint64_t offset, const uint8_t *bytes,
                           size_t size, espbak_error *err)
{
    for (size_t done = 0; done < size;) {
        uint8_t found[DIGEST_SHA256_SIZE];
        const size_t part = (size_t)bytes_min64(SECTOR, size - done);
        const uint64_t at = offset + done;
        if (digest_of(DIGEST_SHA256, bytes + done, part, found, err) != ESPBAK_OK)
            return err->status;
        if (memcmp(found, s->sha256[at / SECTOR], sizeof(found)) != 0) {
            espbak_fail(err, ESPBAK_E_FILE,
                        "%s was changed while it was in use: its bytes from 0x%llX on are not those "
                        "that were checked",
                        name, (unsigned long long)at);
            espbak_error_hint(err, "find out what writes to it, take it from a copy, and run the command again");
            return ESPBAK_E_FILE;
        }
        done += part;
    }
    return ESPBAK_OK;
}

/* Bytes of one sector. */
static espbak_status read_part(const sector_digests *s, sector_source *source, void *from, const char *name,
                               uint64_t offset, uint8_t *bytes, size_t size, espbak_error *err)
{
    uint8_t sector[SECTOR];
    const uint64_t start = offset - offset % SECTOR;
    const size_t whole = (size_t)bytes_min64(SECTOR, s->size - start);
    if (source(from, start, sector, whole, err) != ESPBAK_OK || check(s, name, start, sector, whole, err) != ESPBAK_OK)
        return err->status;
    memcpy(bytes, sector + (offset - start), size);
    return ESPBAK_OK;
}

espbak_status sector_digests_read(const sector_digests *s, sector_source *source, void *from, const char *name,
                                  uint64_t offset, uint8_t *bytes, size_t size, espbak_error *err)
{
    if (!bytes_range_within(offset, size, s->done))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "bytes of %s that were not checked are asked for", name);
    while (size > 0) {
        const size_t skip = (size_t)(offset % SECTOR);
        size_t part = (size_t)bytes_min64(size, SECTOR - skip);
        espbak_status status;
        if (skip == 0 && (size >= SECTOR || offset + size == s->size)) {
            part = offset + size == s->size ? size : size - size % SECTOR;
            status = source(from, offset, bytes, part, err);
            if (status == ESPBAK_OK)
                status = check(s, name, offset, bytes, part, err);
        } else {
            status = read_part(s, source, from, name, offset, bytes, part, err);
        }
        if (status != ESPBAK_OK)
            return status;
        offset += part;
        bytes += part;
        size -= part;
    }
    return ESPBAK_OK;
}
