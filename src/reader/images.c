/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "reader/images/images.h"

static const reader_image *const images[] = {
    &reader_image_esp8266,  &reader_image_esp32,   &reader_image_esp32s2, &reader_image_esp32s3,
    &reader_image_esp32c2,  &reader_image_esp32c3, &reader_image_esp32c5, &reader_image_esp32c6,
    &reader_image_esp32c61, &reader_image_esp32h2, &reader_image_esp32p4,
};

const reader_image *reader_image_find(const char *chip_name)
{
    for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
        if (strcmp(images[i]->chip, chip_name) == 0)
            return images[i];
    return NULL;
}
