/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RESTART_H
#define DEVICE_RESTART_H

#include "device/session.h"

/*
 * Restart the chip in mid-run and come back with this loader, at `baud` where the line carries it. Where a stub of that
 * kind cannot be started the ROM runs; info.link says what runs. It has to be the same device with the same flash, else
 * ESPBAK_E_CONNECT, and how much of the flash can be addressed is tested again. After an error session->visit->adrift
 * is set: only a new session can go on.
 */
ESPBAK_MUST_USE espbak_status restart_with(espbak_session *session, espbak_loader loader, uint32_t baud,
                                           espbak_error *err);

#endif
