/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LEAVE_H
#define DEVICE_LEAVE_H

/* How a session ends: no run leaves a chip in its stub unless it was asked to. */

#include "device/session.h"

/* Leave the chip as `after` says. Never fails: what could not be done is logged as a warning. */
void leave_chip(espbak_session *session, espbak_after after);

/* Whether the running stub knows a way back into the ROM loader. */
bool leave_stub_is_possible(const espbak_session *session);

/* From a running stub back into the ROM loader; the line is at its first rate afterwards. */
ESPBAK_MUST_USE espbak_status leave_stub(espbak_session *session, espbak_error *err);

#endif
