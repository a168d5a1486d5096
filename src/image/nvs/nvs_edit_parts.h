/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NVS_EDIT_PARTS_H
#define NVS_EDIT_PARTS_H

/* Pages of an NVS in memory that is changed: which one is written to, and what stands where. */

#include "base/cipher/xts.h"
#include "image/nvs/nvs_parts.h"

struct espbak_nvs_edit {
    uint8_t *bytes; /* of the partition, borrowed */
    size_t pages;
    xts *cipher;     /* NULL where entries are plain */
    uint8_t version; /* of pages that begin */
};

enum { NVS_EDIT_NONE = -1 };

/* An entry by page and number; entry NVS_EDIT_NONE begins a walk. */
typedef struct nvs_edit_place {
    size_t page;
    int entry;
    uint8_t head[NVS_ENTRY_SIZE]; /* what it says, decrypted */
} nvs_edit_place;

/* Whether all pages that are used are of version 1. */
bool nvs_edit_is_old(const espbak_nvs_edit *edit);

/* Put right what a device puts right when it opens it: a page that was being moved, entries that cannot be. */
ESPBAK_MUST_USE espbak_status nvs_edit_mend(espbak_nvs_edit *edit, espbak_error *err);

/* The next item, in whatever order; false behind the last. */
ESPBAK_MUST_USE espbak_status nvs_edit_next(espbak_nvs_edit *edit, nvs_edit_place *place, bool *found,
                                            espbak_error *err);

/* Give up an item with all entries of it. Nothing of what they held remains. */
void nvs_edit_erase(espbak_nvs_edit *edit, const nvs_edit_place *place);

/* Entries that can still be written in the page under way; 0 where there is none. */
size_t nvs_edit_room(const espbak_nvs_edit *edit);

/* Another page is the one under way then, with what another one held where no more are free. */
ESPBAK_MUST_USE espbak_status nvs_edit_turn_page(espbak_nvs_edit *edit, espbak_error *err);

/* Put an item behind the last one of the page under way, which has room for it; head[4..7], its CRC, is filled in. */
ESPBAK_MUST_USE espbak_status nvs_edit_append(espbak_nvs_edit *edit, uint8_t head[NVS_ENTRY_SIZE], const uint8_t *data,
                                              size_t size, espbak_error *err);

#endif
