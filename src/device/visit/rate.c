/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/rate.h"

#include <inttypes.h>
#include <stdio.h>

#include "device/chip/registers.h"
#include "device/flash/facts.h"
#include "device/loader/baud.h"
#include "device/loader/own/policy.h"
#include "device/loader/state.h"
#include "device/rate/rate_steps.h"
#include "device/visit/visit.h"

static const uint32_t MHZ = 1000000;
enum { LOAD_MOST = 460800 };

static const ports_bridge *bridge_of(const espbak_session *session)
{
    const espbak_usb_id *usb = espbak_transport_get_usb(session->transport);
    return usb->known ? ports_find_bridge(usb->vid, usb->pid, usb->product) : NULL;
}

static rate_ends ends_of(const espbak_session *session)
{
    const chip_registers *registers = session->info.chip->registers;
    const uint32_t mhz = registers->own_uart_mhz != 0 ? registers->own_uart_mhz : session->info.crystal_mhz;
    return (rate_ends){
        .bridge = bridge_of(session),
        .chip_hz = mhz * MHZ,
        .chip_parts = registers->own_uart_whole ? 1 : 16,
        .below = session->visit->remembered.below,
    };
}

uint32_t rate_wanted(const espbak_session *session)
{
    const uint32_t asked = session->visit->way.options.baud, known = session->visit->remembered.baud;
    const rate_ends ends = ends_of(session);
    if (asked != 0 || !(session_has_own_loader(session) || session_has_stub(session)))
        return asked;
    return known != 0 && rate_is_made(&ends, known) ? known : 0;
}

size_t rate_list(const espbak_session *session, uint32_t rates[RATE_STEPS])
{
    rate_ends ends = ends_of(session);
    ends.below = 0;
    return rate_steps(&ends, rates);
}

uint32_t rate_to_load_own(const espbak_session *session)
{
    const visit *const kept = session->visit;
    const espbak_transport_caps *const caps = espbak_transport_get_caps(session->transport);
    const rate_ends ends = ends_of(session);
    uint32_t baud = LOAD_MOST;
    if (kept->way.options.baud != 0 && kept->way.options.baud < baud)
        baud = kept->way.options.baud;
    const bool too_high = (caps->max_baud != 0 && baud > caps->max_baud) || (ends.below != 0 && baud >= ends.below);
    const bool daring = kept->way.plan.count == 0 && kept->way.options.baud == 0;
    if (too_high || daring || session_is_locked(session) || !baud_can_change(session) ||
        session->info.chip->registers->own_judges_rate || !rate_is_made(&ends, baud))
        return 0;
    return baud_choose(session, baud);
}

/*
 * Trying costs nothing but time where each block proves itself and each request has a checksum. Of a line that is
 * neither USB nor a server's, which says whether it has set a rate, nobody knows what carries it.
 */
static bool may_climb(const espbak_session *session)
{
    const espbak_transport_caps *caps = espbak_transport_get_caps(session->transport);
    const bool answers_for_rates = espbak_transport_get_usb(session->transport)->known || caps->remote;
    return session->visit->way.options.baud == 0 && session_has_own_loader(session) && caps->baud &&
           !session->info.link.native_usb && answers_for_rates;
}

static void begin_climbing(espbak_session *session)
{
    uint32_t steps[RATE_STEPS];
    const rate_ends ends = ends_of(session);
    const size_t count = rate_steps(&ends, steps);
    ladder_rates_init_steps(&session->visit->ladder.rates, steps, count, session->line.first_baud,
                            session->info.link.baud);
}

void rate_begin(espbak_session *session, uint32_t asked)
{
    const espbak_link_info *link = &session->info.link;
    const bool has_rates = espbak_transport_get_caps(session->transport)->baud && !link->native_usb;
    const uint32_t highest = asked > link->baud ? asked : link->baud;
    if (may_climb(session))
        begin_climbing(session);
    else
        ladder_rates_init(&session->visit->ladder.rates, has_rates ? highest : 0, session->line.first_baud, link->baud);
    ladder_loaders_init(&session->visit->ladder.loaders, link->loader);
}

bool rate_is_climbing(const espbak_session *session)
{
    return session_has_own_loader(session) && ladder_rates_are_climbing(&session->visit->ladder.rates);
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

/* "2,000,000" */
static const char *with_commas(char out[16], uint32_t baud)
{
    if (baud >= MHZ)
        snprintf(out, 16, "%u,%03u,%03u", (unsigned)(baud / MHZ), (unsigned)(baud / 1000 % 1000),
                 (unsigned)(baud % 1000));
    else
        snprintf(out, 16, "%u,%03u", (unsigned)(baud / 1000 % 1000), (unsigned)(baud % 1000));
    return out;
}

void rate_say_too_high(const espbak_session *session, size_t to)
{
    const ladder_rates *rates = &session->visit->ladder.rates;
    char from[16], next[16];
    espbak_log(session->events, ESPBAK_LOG_INFO, "%s baud: %u of %u blocks lost; going on at %s",
               with_commas(from, rate_at(rates, rates->at)), rates->lost, rates->blocks,
               with_commas(next, rate_at(rates, to)));
}

static visit_tally count_up(const espbak_session *session)
{
    return (visit_tally){
        .packed = session->flash->counts.compression.packed_bytes,
        .blank = session->flash->counts.compression.blank_bytes,
        .requests = session->loader->counts.requests,
        .lost = session->loader->counts.lost,
    };
}

/* Of our own loader what went over the line counts, which is less than what it stands for. */
void rate_note(espbak_session *session, uint32_t spot, uint64_t bytes, bool failed)
{
    const visit_tally before = session->visit->tally, now = count_up(session);
    ladder_sample sample = {.now = session_now(session), .spot = spot, .bytes = bytes, .failed = failed};
    if (session_has_own_loader(session)) {
        sample.bytes = now.packed - before.packed;
        sample.idle = own_policy_blank_time(now.blank - before.blank);
        sample.blocks = now.requests - before.requests;
        sample.lost = now.lost - before.lost;
    }
    session->visit->tally = now;
    ladder_rates_note(&session->visit->ladder.rates, &sample);
}

void rate_resume(espbak_session *session)
{
    session->visit->tally = count_up(session);
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
