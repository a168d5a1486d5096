/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/round_trip.h"

#include "device/chip/registers.h"
#include "device/loader/own.h"

enum { ASSUMED = 20 * ESPBAK_MS };

void round_trip_note(espbak_session *session, espbak_time elapsed)
{
    if (elapsed > 0 && (session->line.round_trip == 0 || elapsed < session->line.round_trip))
        session->line.round_trip = elapsed;
}

void round_trip_assume(espbak_session *session)
{
    session->line.round_trip = ASSUMED;
}

/* What two samples agree on is known for certain, as if it had been asked for. */
espbak_status round_trip_measure(espbak_session *session, unsigned samples, espbak_error *err)
{
    const uint32_t mac = session->info.chip->registers->mac, address = mac != 0 ? mac : 0x40001000;
    uint32_t before = 0;
    bool agree = samples > 1;
    if (session_has_own_loader(session))
        return own_measure_round_trip(session, err);
    session->line.round_trip = 0;
    for (unsigned i = 0; i < samples; i++) {
        uint32_t value = 0;
        const espbak_time begin = session_now(session);
        const espbak_status status = command_read_reg(&session->link, address, &value, err);
        if (status != ESPBAK_OK)
            return status;
        const espbak_time took = session_now(session) - begin;
        if (i == 0 || took < session->line.round_trip)
            session->line.round_trip = took;
        agree = agree && (i == 0 || value == before);
        before = value;
    }
    if (agree)
        chip_remember_word(session, address, before);
    return ESPBAK_OK;
}
