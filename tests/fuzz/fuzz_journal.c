/* SPDX-License-Identifier: Apache-2.0 */
/* journal.json from anybody: what is taken lies inside the flash. */
#include "base/bytes.h"
#include "fuzz.h"
#include "store/journal.h"
#include "store/manifest/manifest_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    journal log;
    espbak_error err = {0};
    const espbak_status status = journal_parse(&log, (const char *)data, size, &err);
    FUZZ_CHECK(status == ESPBAK_OK || (err.message[0] != '\0' && log.region_count == 0));
    for (size_t i = 0; i < log.region_count; i++) {
        const journal_region *region = &log.regions[i];
        FUZZ_CHECK(bytes_range_within(region->offset, region->size, log.flash_size));
        FUZZ_CHECK(region->done <= region->size && manifest_file_name_ok(region->file));
    }
    journal_free(&log);
    return 0;
}
