/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "image/nvs/nvs_blank.h"
#include "ops/safety/refuse_rows.h"

/* A redacted export says so in each page of NVS, whatever it was packed in and whoever has imported it since. */
bool refuse_redacted(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    espbak_error ignored = {0};
    uint8_t head[NVS_BLANK_HEAD];
    for (size_t i = 0; i < t->pieces->count && !t->erase; i++) {
        const piece *p = &t->pieces->items[i];
        uint64_t at = (p->offset + ESPBAK_FLASH_SECTOR - 1) / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
        for (; at + sizeof(head) <= p->offset + p->size; at += ESPBAK_FLASH_SECTOR) {
            if (piece_list_read((void *)t->pieces, at, head, sizeof(head), &ignored) != ESPBAK_OK ||
                !nvs_blank_is_done(head))
                continue;
            snprintf(why, REFUSE_WHY_MAX,
                     "it is redacted, from 0x%llX on: its values were blanked, and the device would lose its own",
                     (unsigned long long)at);
            return true;
        }
    }
    return false;
}
