/* SPDX-License-Identifier: Apache-2.0 */
#ifndef READER_IMAGES_H
#define READER_IMAGES_H

#include "reader/image.h"

extern const reader_image reader_image_esp32;
extern const reader_image reader_image_esp32c3;

#endif
