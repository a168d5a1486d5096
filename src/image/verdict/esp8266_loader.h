/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESP8266_LOADER_H
#define ESP8266_LOADER_H

#include "espbak/boot.h"

/*
 * Whether the image at 0x0 is a loader, which only starts others, and of which layout; ESPBAK_ESP8266_NON_OTA when it
 * is none that is known. Errors are the reader's.
 */
ESPBAK_MUST_USE espbak_status esp8266_loader_find(const espbak_image_reader *reader, const espbak_image *first,
                                                  espbak_esp8266_layout *layout, espbak_error *err);

#endif
