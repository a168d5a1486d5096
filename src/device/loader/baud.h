/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_BAUD_H
#define DEVICE_BAUD_H

/* The rate of the line: which one to use, and how both ends get there. */

#include "device/session.h"

enum { BAUD_DEFAULT = 921600 };

/* The rate to change to: `wanted`, or for 0 what suits this link; 0 when the rate is to be left alone. */
uint32_t baud_choose(const espbak_session *session, uint32_t wanted);

/* Whether the loader that runs can change its rate. */
bool baud_can_change(const espbak_session *session);

/* Change both ends to `baud`. ESPBAK_E_LINK: they do not understand each other there. */
ESPBAK_MUST_USE espbak_status baud_change(espbak_session *session, uint32_t baud, espbak_error *err);

/*
 * The same in mid-run. ESPBAK_OK: both ends understand each other, at `baud` when *changed, else at the
 * rate before. ESPBAK_E_LINK: at neither of them.
 */
ESPBAK_MUST_USE espbak_status baud_step(espbak_session *session, uint32_t baud, bool *changed, espbak_error *err);

#endif
