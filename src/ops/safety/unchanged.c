/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/unchanged.h"

#include "device/loader/resync.h"
#include "device/protect/watch.h"
#include "device/visit/visit.h"

enum { ATTEMPTS = 3 };

/* After a failure the loader may be in the middle of something, or gone. */
static espbak_status look(espbak_session *session, const reconnect *again, bool failed, espbak_error *why)
{
    espbak_status status = failed ? loader_resync(session, why) : ESPBAK_OK;
    if (status == ESPBAK_OK)
        status = watch_look(session, why);
    if (status == ESPBAK_OK && again != NULL)
        status = watch_look_after(session, &again->watched, why);
    return status;
}

static espbak_status look_anew(espbak_session **session, const espbak_session_options *options,
                               const watch_facts *before, espbak_error *why)
{
    espbak_session_options own = *options;
    own.connect_attempts = own.connect_attempts != 0 ? own.connect_attempts : ATTEMPTS;
    espbak_session_close(*session);
    *session = NULL;
    espbak_error_clear(why);
    const espbak_status status = espbak_session_open(session, &own, why);
    return status == ESPBAK_OK ? watch_look_after(*session, before, why) : status;
}

/* Another device, or none, has nothing to say about this one. */
static bool may_be_there(espbak_status status)
{
    return status != ESPBAK_E_CANCELLED && status != ESPBAK_E_PORT && status != ESPBAK_E_CONNECT;
}

espbak_status unchanged_end(espbak_session **session, const espbak_session_options *options, const reconnect *again,
                            espbak_status status, espbak_error *err)
{
    watch_facts before = {.known = false};
    espbak_error why = {0};
    if ((again != NULL && again->changed) || (*session != NULL && !visit_has_only_read(*session)))
        return status;
    if (*session != NULL)
        before = *watch_of(*session);
    if (!before.known && again != NULL)
        before = again->watched;
    if (!before.known || err->flash_changed)
        return status;
    if (status == ESPBAK_E_CANCELLED && *session != NULL)
        espbak_transport_ignore_cancel(espbak_session_transport(*session));
    espbak_status found = *session != NULL ? look(*session, again, status != ESPBAK_OK, &why) : ESPBAK_E_LINK;
    if (found != ESPBAK_OK && !why.flash_changed && may_be_there(status))
        found = look_anew(session, options, &before, &why);
    if (why.flash_changed) {
        *err = why;
        return err->status;
    }
    if (found != ESPBAK_OK)
        espbak_log(options->events, ESPBAK_LOG_WARNING,
                   "whether the flash of this device is as it was could not be looked at any more");
    return status;
}
