/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "reader/images/images.h"

static const reader_image *const images[] = {
    &reader_image_esp32,
    &reader_image_esp32c3,
};

const reader_image *reader_image_find(const char *chip_name)
{
    for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
        if (strcmp(images[i]->chip, chip_name) == 0)
            return images[i];
    return NULL;
}
