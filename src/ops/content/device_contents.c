/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/device_contents.h"

#include <stdlib.h>

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
