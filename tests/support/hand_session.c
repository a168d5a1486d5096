/* SPDX-License-Identifier: Apache-2.0 */
#include "support/hand_session.h"

#include "support/group.h"

espbak_session *hand_session(espbak_transport *transport)
{
    espbak_error err = {0};
    espbak_session *session = NULL;
    assert_int_equal(session_new(&session, transport, NULL, &err), ESPBAK_OK);
    return session;
}
