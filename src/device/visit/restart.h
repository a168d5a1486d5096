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

/*
 * After a failure: the loader is brought back to where it takes commands, and where it stays silent the chip is started
 * anew with the same one, if there is a way and the session may still do so.
 */
ESPBAK_MUST_USE espbak_status restart_where_silent(espbak_session *session, espbak_error *err);

/*
 * A program does not vouch for itself: where our own loader runs, and is not proven on this chip, another one is
 * started that can hash all of the flash: the ROM's own as far as it reaches, else a stub. info.link says what runs
 * then: our own loader still, with a warning, where no other can be had. Nothing is done where another one runs
 * already.
 */
ESPBAK_MUST_USE espbak_status restart_with_witness(espbak_session *session, espbak_error *err);

/* Back to the loader that the session works with, where the witness runs. */
ESPBAK_MUST_USE espbak_status restart_without_witness(espbak_session *session, espbak_error *err);

#endif
