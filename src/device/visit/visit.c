/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/visit.h"

#include "device/flash/facts.h"
#include "device/loader/leave.h"
#include "device/loader/own.h"
#include "device/loader/stub.h"

espbak_status visit_answered_before(espbak_status status, espbak_error *err)
{
    if (status != ESPBAK_E_CONNECT)
        return status;
    err->status = ESPBAK_E_LINK;
    return espbak_error_prefix(err, "the chip answered at first, and then no more");
}

bool visit_takes_stubs(const espbak_session *session)
{
    const visit_way *const way = &session->visit->way;
    return way->known && !way->options.no_stub && stub_is_possible(session);
}

bool visit_goes_without_own(const espbak_session *session)
{
    return session->visit->way.options.own_loader == ESPBAK_OWN_LOADER_OFF;
}

espbak_loader visit_usual_loader(const espbak_session *session)
{
    const ladder_loaders *const loaders = &session->visit->ladder.loaders;
    return loaders->ready ? loaders->home : session->info.link.loader;
}

bool visit_own_is_unproven(const espbak_session *session)
{
    const espbak_chip *const chip = session->info.chip;
    const bool reads_only = session->visit->way.options.reads_only;
    return visit_usual_loader(session) == ESPBAK_LOADER_OWN &&
           !(reads_only ? chip->own_loader_proven : chip->own_writes_proven);
}

bool visit_has_only_read(const espbak_session *session)
{
    return session->visit->way.options.reads_only || !session->flash->changed;
}

bool visit_can_restart(const espbak_session *session)
{
    const visit_way *const way = &session->visit->way;
    if (!way->known || session->visit->adrift || session_is_locked(session))
        return false;
    bool leaves = session->info.link.loader == ESPBAK_LOADER_ROM; /* it is where it should be */
    if (session_has_own_loader(session))
        leaves = own_knows_way_back(session);
    else if (session_has_stub(session))
        leaves = leave_stub_is_possible(session);
    return way->plan.count > 0 || (way->options.before != ESPBAK_BEFORE_NO_RESET_NO_SYNC && leaves);
}

void visit_stay(espbak_session *session)
{
    session->visit->way.options.after = ESPBAK_AFTER_NO_RESET;
}

void visit_count_retry(espbak_session *session)
{
    session->visit->counts.retries++;
}

void visit_count_mended(espbak_session *session)
{
    session->visit->counts.repairs.mended_sectors++;
}

void visit_count_payload(espbak_session *session, uint64_t bytes)
{
    session->visit->counts.payload_bytes += bytes;
    visit_note_progress(session);
}

void visit_note_progress(espbak_session *session)
{
    session->visit->got_on = session_now(session);
}

bool visit_is_stuck(const espbak_session *session)
{
    enum { STUCK = 90 * ESPBAK_S }; /* several times what the longest erase and a change of rate and loader take */
    return session_now(session) - session->visit->got_on >= STUCK;
}
