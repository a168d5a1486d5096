/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_COME_IN_H
#define DEVICE_COME_IN_H

/* The beginning of a visit, with our own loader or without. */

#include "device/session.h"

/* Make the plan of resets, enter the loader, start another one, raise the rate, learn the flash. */
ESPBAK_MUST_USE espbak_status come_in(espbak_session *session, const char *reset_sequence, espbak_error *err);

/* From the ROM loader, to which the flash is known, to our own loader at its rate that reaches all of it. */
ESPBAK_MUST_USE espbak_status come_in_start_own(espbak_session *session, uint32_t wanted, espbak_error *err);

/* After one that is of no use: the chip is in its ROM loader again. */
ESPBAK_MUST_USE espbak_status come_in_without_own(espbak_session *session, espbak_error *err);

#endif
