/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RESYNC_H
#define DEVICE_RESYNC_H

#include "device/session.h"

/*
 * Bring a loader back to where it takes commands, whatever it was left in: the middle of a read, a
 * frame that never ended, requests still queued. Bounded in time. ESPBAK_E_LINK when it stays silent.
 */
ESPBAK_MUST_USE espbak_status loader_resync(espbak_session *session, espbak_error *err);

#endif
