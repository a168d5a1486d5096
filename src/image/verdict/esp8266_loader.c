/* SPDX-License-Identifier: Apache-2.0 */
#include "image/verdict/esp8266_loader.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOADER_MAX = 16 << 10,      /* the largest is that of the RTOS SDK, with 11 KB */
    EBOOT_ENTRY_PAGE = 0x4010F, /* the loader of the Arduino core runs at the end of IRAM */
};

/* What each of them prints. */
static const struct {
    const char *words;
    espbak_esp8266_layout layout;
} loaders[] = {
    {"2nd boot version", ESPBAK_ESP8266_TWO_SLOT},
    {"rBoot v", ESPBAK_ESP8266_RBOOT},
    {"load partition table error", ESPBAK_ESP8266_RTOS},
};

static bool says(const uint8_t *bytes, size_t size, const char *words)
{
    const size_t length = strlen(words);
    for (size_t i = 0; i + length <= size; i++) {
        if (memcmp(bytes + i, words, length) == 0)
            return true;
    }
    return false;
}

espbak_status esp8266_loader_find(const espbak_image_reader *reader, const espbak_image *first,
                                  espbak_esp8266_layout *layout, espbak_error *err)
{
    *layout = ESPBAK_ESP8266_NON_OTA;
    if (first->header.entry >> 12 == EBOOT_ENTRY_PAGE)
        *layout = ESPBAK_ESP8266_ARDUINO;
    if (*layout != ESPBAK_ESP8266_NON_OTA || !first->whole || first->size > LOADER_MAX)
        return ESPBAK_OK;
    const size_t size = (size_t)first->size;
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = reader->read(reader->ctx, first->offset, bytes, size, err);
    for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]) && status == ESPBAK_OK; i++) {
        if (*layout == ESPBAK_ESP8266_NON_OTA && says(bytes, size, loaders[i].words))
            *layout = loaders[i].layout;
    }
    free(bytes);
    return status;
}
