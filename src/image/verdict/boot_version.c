/* SPDX-License-Identifier: Apache-2.0 */
/* Read out of ESP-IDF's releases: esp_image_format.c, flash_partitions.c, bootloader_common_loader.c, and
 * update_flash_config. */
#include "image/verdict/boot_version.h"

#include <stddef.h>
#include <string.h>

enum { BRANCHES_MAX = 5 };

/* The first release of each branch that has it; later branches have it from the beginning. */
typedef struct habit_row {
    unsigned since[BRANCHES_MAX]; /* rising; 0: no more */
} habit_row;

static const habit_row habits[] = {
    [BOOT_READS_FULL_REVISIONS] = {{40305, 40405, 50001, 50100}},
    [BOOT_READS_BLOCK_REVISIONS] = {{50107, 50203, 50302, 50400}},
    [BOOT_READS_PAGE_SIZES] = {{50400}},
    [BOOT_BOUNDS_PAGE_SIZES] = {{60200}},
    [BOOT_KNOWS_LARGE_FLASH] = {{60000}},
    [BOOT_LOADS_LARGE_SLOTS] = {{50304, 50402, 50500}},
    [BOOT_REFUSES_WRAPS] = {{60100}},
    [BOOT_WANTS_BOTH_MAPPED] = {{50000}},
    [BOOT_WANTS_TWO_MAPPED] = {{50100}},
    [BOOT_WANTS_LONG_SEGMENT] = {{60200}},
};

static const char *take_number(const char *text, unsigned *value)
{
    *value = 0;
    for (; *text >= '0' && *text <= '9' && *value < 1000; text++)
        *value = *value * 10 + (unsigned)(*text - '0');
    return text;
}

unsigned boot_version_parse(const char *text)
{
    unsigned major, minor, patch = 0;
    if (text[0] != 'v')
        return 0;
    text = take_number(text + 1, &major);
    if (text[0] != '.' || major == 0)
        return 0;
    text = take_number(text + 1, &minor);
    if (text[0] == '.')
        text = take_number(text + 1, &patch);
    if (minor > 99 || patch > 99)
        return 0;
    const unsigned version = major * 10000 + minor * 100 + patch;
    /* "-dev" is what comes before a release, with some of it; boot_version_has knows it by the patch 99. */
    return strncmp(text, "-dev", 4) == 0 ? version - 1 : version;
}

static espbak_tristate release_has(unsigned version, boot_habit habit)
{
    const habit_row *row = &habits[habit];
    for (size_t i = 0; i < BRANCHES_MAX && row->since[i] != 0; i++) {
        if (version / 100 == row->since[i] / 100)
            return version >= row->since[i] ? ESPBAK_YES : ESPBAK_NO;
        const bool last = i + 1 == BRANCHES_MAX || row->since[i + 1] == 0;
        if (last && version > row->since[i])
            return ESPBAK_YES;
    }
    return ESPBAK_NO;
}

/* What came between two releases may be in a version between them, or not yet. */
espbak_tristate boot_version_has(unsigned version, boot_habit habit)
{
    enum { BRANCH = 100 };
    const bool development = version % BRANCH == BRANCH - 1;
    if (version == 0)
        return ESPBAK_UNKNOWN;
    if (!development)
        return release_has(version, habit);
    if (release_has(version + 1, habit) == ESPBAK_NO)
        return ESPBAK_NO;
    return release_has(version + 1 - BRANCH, habit) == ESPBAK_YES ? ESPBAK_YES : ESPBAK_UNKNOWN;
}
