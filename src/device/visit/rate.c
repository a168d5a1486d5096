/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/rate.h"

#include <inttypes.h>

#include "device/loader/baud.h"
#include "device/visit/visit.h"

void rate_begin(espbak_session *session, uint32_t asked)
{
    const espbak_link_info *link = &session->info.link;
    const bool has_rates = espbak_transport_get_caps(session->transport)->baud && !link->native_usb;
    const uint32_t highest = asked > link->baud ? asked : link->baud;
    ladder_rates_init(&session->visit->ladder.rates, has_rates ? highest : 0, session->line.first_baud, link->baud);
    ladder_loaders_init(&session->visit->ladder.loaders, link->loader);
}

static uint32_t rate_at(const ladder_rates *rates, size_t i)
{
    return i < rates->count ? rates->list[i].baud : 0;
}

uint32_t rate_now(const espbak_session *session)
{
    const ladder_rates *rates = &session->visit->ladder.rates;
    return rate_at(rates, rates->at);
}

espbak_status rate_change(espbak_session *session, size_t to, const char *why, bool *changed, espbak_error *err)
{
    ladder_rates *rates = &session->visit->ladder.rates;
    const uint32_t from = session->info.link.baud, wanted = rate_at(rates, to);
    const espbak_status status = baud_step(session, wanted, changed, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "changing the rate from %" PRIu32 " to %" PRIu32 " baud", from, wanted);
    if (*changed)
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "%s: from %" PRIu32 " to %" PRIu32 " baud", why, from, wanted);
    else
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "%s: %" PRIu32 " baud does not work, so it stays at %" PRIu32,
                   why, wanted, from);
    session->visit->counts.repairs.baud_steps += *changed;
    ladder_rates_moved(rates, to, *changed);
    return ESPBAK_OK;
}

void rate_note(espbak_session *session, uint32_t spot, uint64_t bytes, bool failed)
{
    ladder_rates_note(&session->visit->ladder.rates, session_now(session), spot, bytes, failed);
}

void rate_resume(espbak_session *session)
{
    ladder_rates_resume(&session->visit->ladder.rates, session_now(session));
}

bool rate_can_change(const espbak_session *session)
{
    return session->visit->ladder.rates.count > 1 && visit_can_restart(session) && baud_can_change(session);
}

espbak_status rate_lower(espbak_session *session, espbak_error *err)
{
    size_t to = 0;
    bool changed = false;
    if (!rate_can_change(session) || !ladder_rates_lower(&session->visit->ladder.rates, &to))
        return ESPBAK_OK;
    return rate_change(session, to, "too many errors", &changed, err);
}
