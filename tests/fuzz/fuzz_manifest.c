/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json from anybody: refused, or taken and then written so that it is taken again. */
#include <string.h>

#include "espbak/manifest.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';

    espbak_manifest manifest = {0};
    espbak_error err = {0};
    const espbak_status status = espbak_manifest_parse(&manifest, text, size, &err);
    FUZZ_CHECK(status == ESPBAK_OK || (err.status == status && err.message[0] != '\0'));
    if (status == ESPBAK_OK) {
        char *json = NULL;
        espbak_manifest again = {0};
        FUZZ_CHECK(espbak_manifest_format(&manifest, &json, &err) == ESPBAK_OK);
        FUZZ_CHECK(espbak_manifest_parse(&again, json, strlen(json), &err) == ESPBAK_OK);
        FUZZ_CHECK(again.region_count == manifest.region_count);
        espbak_manifest_free(&again);
        free(json);
    }
    espbak_manifest_free(&manifest);
    free(text);
    return 0;
}
