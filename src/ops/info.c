/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/job.h"

espbak_status espbak_info_run(const espbak_session_options *options, espbak_device_info *device, espbak_error *err)
{
    espbak_session_options lenient = *options;
    espbak_session *session = NULL;
    *device = (espbak_device_info){0};
    lenient.flash_not_needed = true;
    lenient.allow_secure_download = true;
    const espbak_status status = espbak_session_open(&session, &lenient, err);
    if (status == ESPBAK_OK)
        *device = *espbak_session_device(session);
    espbak_session_close(session);
    return status;
}
