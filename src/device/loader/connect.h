/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CONNECT_H
#define DEVICE_CONNECT_H

/* From an open port to a loader that answers and a chip that is known. */

#include "device/loader/reset.h"
#include "device/session.h"

/* Reset into download mode and SYNC, as often as `attempts` (0: seven). Sets synced and stub_found. */
ESPBAK_MUST_USE espbak_status connect_to_loader(espbak_session *session, const reset_plan *plan, unsigned attempts,
                                                espbak_error *err);

/* One SYNC on a loader that is believed to listen; *answered = false when it stays silent. What else came is gone. */
ESPBAK_MUST_USE espbak_status connect_sync(espbak_session *session, bool *answered, espbak_error *err);

/*
 * Which chip this is, into info.chip; `expected` may be NULL. ESPBAK_E_CONNECT for one that is not in
 * the table or not the expected one. ESPBAK_E_LINK: the question killed the loader, connect again.
 */
ESPBAK_MUST_USE espbak_status detect_chip(espbak_session *session, const espbak_chip *expected, bool ask_id,
                                          espbak_error *err);

/* Encryption, secure boot and the rest, into info.security. */
ESPBAK_MUST_USE espbak_status security_read(espbak_session *session, espbak_error *err);

#endif
