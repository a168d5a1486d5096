/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/complete.h"

#include <string.h>

#include "base/bytes.h"

enum { SECTOR = ESPBAK_FLASH_SECTOR };

static const espbak_image *find_image(const espbak_contents *contents, const select_part *part)
{
    const espbak_boot_report *boot = &contents->boot;
    if (part->entry == NULL)
        return strcmp(part->region.name, SELECT_BOOTLOADER) == 0 && boot->bootloader_found ? &boot->bootloader : NULL;
    const espbak_boot_app *app = espbak_contents_app(contents, part->entry);
    return app != NULL && app->present ? &app->image : NULL;
}

static uint64_t sector_ceiling(uint64_t size)
{
    return (size + SECTOR - 1) / SECTOR * SECTOR;
}

/* With its signature. */
static uint64_t end_of(const espbak_image *image)
{
    enum { V1_SIZE = 68 };
    if (image->signature == ESPBAK_SIGNATURE_V2)
        return sector_ceiling(image->size) + SECTOR;
    return image->size + (image->signature == ESPBAK_SIGNATURE_V1 ? V1_SIZE : 0);
}

bool complete_part(const espbak_contents *contents, select_part *part, uint64_t held)
{
    if (held >= part->region.size)
        return true;
    const espbak_image *image = find_image(contents, part);
    if (image == NULL || !image->whole || end_of(image) > held)
        return false;
    part->region.size = bytes_min64(sector_ceiling(end_of(image)), held);
    return true;
}
