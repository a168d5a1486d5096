/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "espbak/contents.h"

static const espbak_partition *find_part(const espbak_partition_table *table, const espbak_profile_part *part)
{
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        if (bytes_same_text(entry->label, part->name) && entry->offset == part->offset && entry->size == part->size)
            return entry;
    }
    return NULL;
}

const espbak_profile *espbak_contents_board(const espbak_contents *contents, const espbak_profile *profiles,
                                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const espbak_profile *profile = &profiles[i];
        bool same =
            profile->part_count > 0 && contents->chip != NULL && strcmp(profile->chip, contents->chip->name) == 0;
        if (profile->flash_size != 0 && profile->flash_size != contents->flash_size)
            same = false;
        for (size_t k = 0; k < profile->part_count && same; k++)
            same = find_part(&contents->boot.table, &profile->parts[k]) != NULL;
        if (same)
            return profile;
    }
    return NULL;
}

bool espbak_contents_is_factory(const espbak_contents *contents, const espbak_table_source *source,
                                const espbak_partition *entry)
{
    if (espbak_partition_is_factory(entry))
        return true;
    for (size_t i = 0; i < source->place_count; i++) {
        if (bytes_same_text(source->places[i].label, entry->label))
            return true;
    }
    const espbak_profile *board = espbak_contents_board(contents, source->boards, source->board_count);
    for (size_t i = 0; board != NULL && i < board->part_count; i++) {
        if (bytes_same_text(board->parts[i].name, entry->label))
            return true;
    }
    return false;
}
