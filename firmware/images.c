/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "firmware/images/all.h"

static const loader_image *const images[] = {
    &loader_image_esp8266,  &loader_image_esp32,   &loader_image_esp32s2, &loader_image_esp32s3,
    &loader_image_esp32c2,  &loader_image_esp32c3, &loader_image_esp32c5, &loader_image_esp32c6,
    &loader_image_esp32c61, &loader_image_esp32h2, &loader_image_esp32p4,
};

const loader_image *loader_image_find(const char *chip_name)
{
    for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
        if (strcmp(images[i]->chip, chip_name) == 0)
            return images[i];
    return NULL;
}
