/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/device_contents.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "espbak/flash.h"
#include "ops/content/flash_reader.h"

espbak_status device_contents_look(espbak_session *session, const espbak_table_source *table,
                                   const espbak_partition_table *known, espbak_contents *out, espbak_error *err)
{
    const espbak_device_info *device = espbak_session_device(session);
    flash_reader *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_image_reader reader = flash_reader_open(cache, session);
    const explain_options options = {
        .reader = &reader,
        .chip = device->chip,
        .revision_known = device->revision_known,
        .revision = device->revision,
        .security = &device->security,
        .table = *table,
        .known = known,
        .outline = true,
    };
    const espbak_status status = explain_flash(out, &options, err);
    free(cache);
    return status;
}

espbak_status device_contents_erased(espbak_session *session, uint64_t offset, uint64_t size, bool *erased,
                                     espbak_error *err)
{
    uint8_t expected[DIGEST_MD5_SIZE], found[DIGEST_MD5_SIZE];
    if (digest_md5_of_erased(size, expected, err) != ESPBAK_OK ||
        espbak_flash_md5(session, offset, size, found, err) != ESPBAK_OK)
        return err->status;
    *erased = memcmp(expected, found, sizeof(found)) == 0;
    return ESPBAK_OK;
}
