/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_STUB_H
#define DEVICE_STUB_H

/* Loading and starting a stub. */

#include "device/session.h"

/* Connects anew after a stub did not start; the chip is in its ROM loader afterwards. */
typedef espbak_status (*stub_reconnect_fn)(espbak_session *session, espbak_error *err);

/* A certain kind of stub, for a change in mid-run. */
typedef struct stub_wish {
    espbak_loader kind;
    const char *avoid; /* as stub_source says it: known to be of another kind; "" for none */
} stub_wish;

/*
 * Run a stub if this chip takes one: the running one, else `chosen` (may be NULL), else what
 * stub_find offers. One that does not start is reported and the next is tried; when none does, the
 * ROM serves. `wish` (may be NULL) lets none of another kind do. Fills info.link.loader and stub_source.
 */
ESPBAK_MUST_USE espbak_status stub_bring_up(espbak_session *session, const char *chosen, const stub_wish *wish,
                                            stub_reconnect_fn reconnect, espbak_error *err);

/* Whether any stub may run on this chip as it is. */
bool stub_is_possible(const espbak_session *session);

/* Note that a stub runs already, and which kind. */
ESPBAK_MUST_USE espbak_status stub_adopt(espbak_session *session, const char *source, espbak_error *err);

#endif
