/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

/* Whether the caller wants to stop: in waits, and between the steps of loops that wait for nothing. */

#include "espbak/events.h"

/** `cancel` may be NULL. */
bool cancel_is_requested(const espbak_cancel *cancel);

/** ESPBAK_E_CANCELLED once it is requested. */
ESPBAK_MUST_USE espbak_status cancel_check(const espbak_cancel *cancel, espbak_error *err);

/** What every wait that ends early says. */
espbak_status cancel_fail(espbak_error *err);

#endif
