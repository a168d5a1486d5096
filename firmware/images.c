/* SPDX-License-Identifier: Apache-2.0 */
/* All images: each file esp*.c of images/ is one, and defines loader_image_<name of the file>. */
#include "firmware/images.h"

#include <stddef.h>
#include <string.h>

#include "chips/firmware.h" /* made by CMake from the names of the files: CHIPS(DO) is DO(esp32) DO(esp32c2) … */

#define DECLARE(name) extern const loader_image loader_image_##name;
#define IMAGE(name)   &loader_image_##name,

CHIPS(DECLARE)

static const loader_image *const images[] = {CHIPS(IMAGE)};

const loader_image *loader_image_find(const char *chip_name)
{
    for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
        if (strcmp(images[i]->chip, chip_name) == 0)
            return images[i];
    return NULL;
}
