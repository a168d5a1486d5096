/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/witness.h"

#include "device/visit/restart.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"

bool witness_runs(const espbak_session *session)
{
    return visit_own_is_unproven(session) && espbak_session_device(session)->link.loader != ESPBAK_LOADER_OWN;
}

espbak_status witness_call(espbak_session *session, espbak_witnesses *who, espbak_error *err)
{
    const espbak_status status = restart_with_witness(session, err);
    *who = (espbak_witnesses){.moved_by = visit_usual_loader(session),
                              .confirmed_by = espbak_session_device(session)->link.loader,
                              .alone = visit_own_is_unproven(session) && !witness_runs(session)};
    return status;
}

espbak_status witness_confirm(espbak_session *session, const piece_list *pieces, const espbak_events *events,
                              espbak_witnesses *who, espbak_error *err)
{
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = "verifying", .events = events, .largest = COMPARE_ODD_BLOCK};
    difference_list wrong = {0};
    if (witness_call(session, who, err) != ESPBAK_OK)
        return err->status;
    if (!witness_runs(session))
        return ESPBAK_OK;
    espbak_status status = compare_device(session, pieces, &how, &wrong, err);
    for (unsigned tries = 1; wrong.count > 0 && retry_again(RETRY_WITNESS, tries, ESPBAK_E_DIFFERS); tries++) {
        difference_list_free(&wrong);
        status = compare_device(session, pieces, &how, &wrong, err);
    }
    if (status == ESPBAK_OK && wrong.count > 0)
        status = witness_contradicts(session, &wrong.ranges[0], err);
    difference_list_free(&wrong);
    return status;
}

espbak_status witness_contradicts(const espbak_session *session, const espbak_range *place, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_DIFFERS, "%s and %s do not agree on what is in the flash from 0x%llX to 0x%llX",
                espbak_loader_phrase(visit_usual_loader(session)),
                espbak_loader_phrase(espbak_session_device(session)->link.loader), (unsigned long long)place->offset,
                (unsigned long long)(place->offset + place->size));
    espbak_error_hint(err, "espbak's own loader is not proven on this chip: run it again with --loader stub or "
                           "--loader rom");
    if (err != NULL)
        err->next_loader = "stub";
    return ESPBAK_E_DIFFERS;
}
