/* SPDX-License-Identifier: Apache-2.0 */
#ifndef READER_IMAGES_H
#define READER_IMAGES_H

#include "reader/image.h"

extern const reader_image reader_image_esp8266;
extern const reader_image reader_image_esp32;
extern const reader_image reader_image_esp32s2;
extern const reader_image reader_image_esp32s3;
extern const reader_image reader_image_esp32c2;
extern const reader_image reader_image_esp32c3;
extern const reader_image reader_image_esp32c5;
extern const reader_image reader_image_esp32c6;
extern const reader_image reader_image_esp32c61;
extern const reader_image reader_image_esp32h2;
extern const reader_image reader_image_esp32p4;

#endif
