/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/means.h"

#include "device/loader/leave.h"
#include "device/loader/own.h"
#include "device/visit/entrance.h"

bool means_take_stubs(const espbak_session *session)
{
    return session->way != NULL && !session->way->options.no_stub && stub_is_possible(session);
}

bool means_can_restart(const espbak_session *session)
{
    const entrance *const way = session->way;
    if (way == NULL || session->adrift || session_is_locked(session))
        return false;
    bool leaves = session->info.link.loader == ESPBAK_LOADER_ROM; /* it is where it should be */
    if (session_has_own_loader(session))
        leaves = own_knows_way_back(session);
    else if (session_has_stub(session))
        leaves = leave_stub_is_possible(session);
    return way->plan.count > 0 || (way->options.before != ESPBAK_BEFORE_NO_RESET_NO_SYNC && leaves);
}
