/* SPDX-License-Identifier: Apache-2.0 */
/* --reset-sequence: steps that make sense, or a usage error. */
#include <string.h>

#include "device/loader/reset.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';

    reset_step steps[RESET_CUSTOM_MAX];
    size_t count = 0;
    espbak_error err = {0};
    const espbak_status status = reset_parse(text, steps, RESET_CUSTOM_MAX, &count, &err);
    FUZZ_CHECK(status == ESPBAK_OK || status == ESPBAK_E_USAGE);
    FUZZ_CHECK(count <= RESET_CUSTOM_MAX);
    for (size_t i = 0; status == ESPBAK_OK && i < count; i++)
        FUZZ_CHECK(steps[i].wait >= 0 && steps[i].wait <= 60 * (espbak_time)ESPBAK_S);
    free(text);
    return 0;
}
