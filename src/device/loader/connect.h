/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CONNECT_H
#define DEVICE_CONNECT_H

/* From an open port to a loader that answers. */

#include "device/loader/reset.h"
#include "device/session.h"

/* Reset into download mode and SYNC, as often as `attempts`. Sets synced and stub_found. */
ESPBAK_MUST_USE espbak_status connect_to_loader(espbak_session *session, const reset_plan *plan, unsigned attempts,
                                                espbak_error *err);

/* One SYNC to a loader that should be listening; *answered = false when it stays silent. Other input is dropped. */
ESPBAK_MUST_USE espbak_status connect_sync(espbak_session *session, bool *answered, espbak_error *err);

#endif
