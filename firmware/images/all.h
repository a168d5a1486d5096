/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_IMAGES_ALL_H
#define FIRMWARE_IMAGES_ALL_H

#include "firmware/images.h"

extern const loader_image loader_image_esp8266;
extern const loader_image loader_image_esp32;
extern const loader_image loader_image_esp32s2;
extern const loader_image loader_image_esp32s3;
extern const loader_image loader_image_esp32c2;
extern const loader_image loader_image_esp32c3;
extern const loader_image loader_image_esp32c5;
extern const loader_image loader_image_esp32c6;
extern const loader_image loader_image_esp32c61;
extern const loader_image loader_image_esp32h2;
extern const loader_image loader_image_esp32p4;

#endif
