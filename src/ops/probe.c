/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/ops.h"

espbak_status espbak_probe_run(const espbak_session_options *options, espbak_device_info *device, espbak_error *err)
{
    espbak_session_options brief = *options;
    espbak_session *session = NULL;
    brief.reads_only = true;
    brief.flash_not_needed = true;
    brief.allow_secure_download = true;
    brief.no_stub = true;
    brief.own_loader = ESPBAK_OWN_LOADER_OFF;
    const espbak_status status = espbak_session_open(&session, &brief, err);
    if (status == ESPBAK_OK)
        *device = *espbak_session_device(session);
    espbak_session_close(session);
    return status;
}
