/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RANGE_H
#define DEVICE_RANGE_H

/* What is refused before anything is sent. */

#include "device/session.h"

/* ESPBAK_E_USAGE outside the flash, ESPBAK_E_UNSUPPORTED above what the loader addresses; both name `verb`. */
ESPBAK_MUST_USE espbak_status range_check(const espbak_session *session, const char *verb, uint64_t offset,
                                          uint64_t size, espbak_error *err);

#endif
