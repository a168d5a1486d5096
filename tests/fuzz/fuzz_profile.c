/* SPDX-License-Identifier: Apache-2.0 */
/* A profile from anybody. */
#include <string.h>

#include "espbak/profile.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    espbak_profile profile;
    espbak_error err = {0};
    const espbak_status status = espbak_profile_parse(&profile, (const char *)data, size, &err);
    FUZZ_CHECK(status == ESPBAK_OK || err.message[0] != '\0');
    if (status != ESPBAK_OK)
        return 0;
    FUZZ_CHECK(profile.name[0] != '\0' && strchr(profile.name, '/') == NULL);
    FUZZ_CHECK(profile.part_count <= ESPBAK_PROFILE_PARTS_MAX);
    for (size_t i = 0; i < profile.part_count; i++) {
        FUZZ_CHECK(profile.parts[i].size > 0 && profile.parts[i].offset % 4096 == 0);
        FUZZ_CHECK(profile.parts[i].offset + profile.parts[i].size <= (uint64_t)256 * 1024 * 1024);
    }
    return 0;
}
