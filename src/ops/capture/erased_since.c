/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/erased_since.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/file.h"

enum { BLOCK = 4096 };

/* False also where it cannot be read: other steps tell that. */
static bool file_is_erased(const char *folder, const char *name)
{
    char *const path = file_join(folder, name);
    uint8_t block[BLOCK];
    file *f = NULL;
    uint64_t size = 0;
    bool erased = path != NULL && file_open(&f, path, NULL) == ESPBAK_OK && file_size(f, &size, NULL) == ESPBAK_OK;
    for (uint64_t at = 0; erased && at < size; at += BLOCK) {
        const size_t count = (size_t)bytes_min64(BLOCK, size - at);
        erased = file_read_at(f, at, block, count, NULL) == ESPBAK_OK && bytes_are_all(block, count, 0xFF);
    }
    if (f != NULL)
        file_close(f, false);
    free(path);
    return erased && size > 0;
}

static bool base_holds_something(const saving *before)
{
    uint8_t block[BLOCK];
    for (size_t i = 0; i < before->pieces.count; i++) {
        const piece *const item = &before->pieces.items[i];
        for (uint64_t at = item->offset; at < item->offset + item->size; at += BLOCK) {
            const size_t count = (size_t)bytes_min64(BLOCK, item->offset + item->size - at);
            if (piece_list_read((void *)(uintptr_t)&before->pieces, at, block, count, NULL) != ESPBAK_OK)
                return false;
            if (!bytes_are_all(block, count, 0xFF))
                return true;
        }
    }
    return false;
}

void erased_since_warn(saving *before, const espbak_device_info *device, const espbak_region *region,
                       const char *folder)
{
    if (!file_is_erased(folder, region->file) || !saving_find_earlier(before, device, region->size) ||
        before->base_failed || !base_holds_something(before))
        return;
    espbak_log(before->wanted.events, ESPBAK_LOG_WARNING,
               "all of this flash is erased, and %s of the same device holds something: it was erased since then; "
               "restoring that one puts it back",
               espbak_backup_path(before->base));
}
