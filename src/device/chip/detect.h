/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_DETECT_H
#define DEVICE_DETECT_H

/* Which chip answers, and what it lets be done. */

#include "device/session.h"

/*
 * Which chip this is, into info.chip; `expected` may be NULL. ESPBAK_E_CONNECT for one that is not in
 * the table or not the expected one. ESPBAK_E_LINK: silence, the question may have killed the loader.
 */
ESPBAK_MUST_USE espbak_status detect_chip(espbak_session *session, const espbak_chip *expected, bool ask_id,
                                          espbak_error *err);

/* Encryption, secure boot and the rest, into info.security. */
ESPBAK_MUST_USE espbak_status security_read(espbak_session *session, espbak_error *err);

#endif
