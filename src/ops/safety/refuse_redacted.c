/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "ops/pieces/piece_contents.h"
#include "ops/pieces/redacted.h"
#include "ops/safety/refuse_rows.h"

bool refuse_redacted(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_image_reader flash = piece_contents_reader((piece_list *)t->pieces, ESPBAK_FLASH_SIZE_MAX);
    uint64_t at = 0;
    for (size_t i = 0; i < t->pieces->count && !t->erase; i++) {
        if (!redacted_find(&flash, t->pieces->items[i].offset, t->pieces->items[i].size, &at))
            continue;
        snprintf(why, REFUSE_WHY_MAX,
                 "it is redacted, from 0x%llX on: its values were blanked, and the device would lose its own",
                 (unsigned long long)at);
        return true;
    }
    return false;
}
