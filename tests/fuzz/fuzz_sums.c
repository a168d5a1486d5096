/* SPDX-License-Identifier: Apache-2.0 */
/* SHA256SUMS from anybody. */
#include "fuzz.h"
#include "store/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sums *parsed = calloc(1, sizeof(*parsed));
    FUZZ_CHECK(parsed != NULL);
    espbak_error err = {0};
    const espbak_status status = sums_parse(parsed, (const char *)data, size, &err);
    FUZZ_CHECK(status == ESPBAK_OK || err.message[0] != '\0');
    for (size_t i = 0; status == ESPBAK_OK && i < parsed->count; i++)
        FUZZ_CHECK(sums_find(parsed, parsed->lines[i].name) == &parsed->lines[i]);
    free(parsed);
    return 0;
}
