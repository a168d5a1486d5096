/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_WATCH_H
#define DEVICE_WATCH_H

/*
 * Some ranges of a flash that is only read, for good or until the first write, by Espressif's stub or the ROM: hashed
 * before the first request to read, and again when something went wrong, before the first write and at the end. Their
 * requests carry no checksum, so a damaged one may do harm, and what harms does not say so.
 */

#include "device/protect/facts.h"
#include "device/session.h"

/* What is known so far. */
const watch_facts *watch_of(const espbak_session *session);

/* Before anything is read. Where it was done before, by whatever loader, as watch_look. */
ESPBAK_MUST_USE espbak_status watch_begin(espbak_session *session, espbak_error *err);

/* ESPBAK_E_REFUSED with flash_changed, and nothing is to be tried again, when the flash is not as it was. */
ESPBAK_MUST_USE espbak_status watch_look(espbak_session *session, espbak_error *err);

/* Before the first change: what changes from now on was asked for. */
void watch_end(espbak_session *session);

/* What an earlier session knew; its device may have run since, and written where applications write. */
ESPBAK_MUST_USE espbak_status watch_look_after(espbak_session *session, const watch_facts *before, espbak_error *err);

#endif
