/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/pieces/redacted.h"

#include "image/nvs/nvs_blank.h"

bool redacted_find(const espbak_image_reader *reader, uint64_t offset, uint64_t size, uint64_t *at)
{
    enum { PAGE = 4096 };
    espbak_error ignored = {0};
    uint8_t head[NVS_BLANK_HEAD];
    for (*at = (offset + PAGE - 1) / PAGE * PAGE; *at + sizeof(head) <= offset + size; *at += PAGE) {
        if (reader->read(reader->ctx, *at, head, sizeof(head), &ignored) == ESPBAK_OK && nvs_blank_is_done(head))
            return true;
    }
    return false;
}
