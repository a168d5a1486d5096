/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_COME_IN_H
#define DEVICE_COME_IN_H

/* How a session begins, with our own loader or without. */

#include "device/session.h"

/* Make the plan of resets, enter the loader, start another one, raise the rate, learn the flash. */
ESPBAK_MUST_USE espbak_status come_in(espbak_session *session, const char *reset_sequence, espbak_error *err);

/*
 * From the ROM loader, which knows the flash already, to our own loader, which must reach all of the flash, at the rate
 * `wanted`; 0: what was asked for or is remembered, else the usual one.
 */
ESPBAK_MUST_USE espbak_status come_in_start_own(espbak_session *session, uint32_t wanted, espbak_error *err);

/* Go on after our own loader turned out not to work: the chip is in its ROM loader again. */
ESPBAK_MUST_USE espbak_status come_in_without_own(espbak_session *session, espbak_error *err);

#endif
