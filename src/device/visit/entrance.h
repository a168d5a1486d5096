/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_ENTRANCE_H
#define DEVICE_ENTRANCE_H

/* From an open port into a loader: what is done at the beginning, and again in mid-run. */

#include "device/loader/stub.h"

/*
 * As detect_chip. On a bad line a request that was damaged is refused, and a chip with an id then looks like
 * one without: what cannot be is asked again before it is believed, the id too. Silence at once is not: see there.
 */
ESPBAK_MUST_USE espbak_status entrance_detect(espbak_session *session, const espbak_chip *expected, bool ask_id,
                                              espbak_error *err);

/* Whatever the chip is doing, get it into its loader, and read everything that can be read there. */
ESPBAK_MUST_USE espbak_status entrance_enter(espbak_session *session, espbak_error *err);

/* Back to a ROM loader at the first rate, from whichever loader runs, on a chip that cannot be reset. */
ESPBAK_MUST_USE espbak_status entrance_leave_loader(espbak_session *session, espbak_error *err);

/* Where a stub runs already and none is wanted: the ROM loader. */
ESPBAK_MUST_USE espbak_status entrance_send_stub_away(espbak_session *session, espbak_error *err);

/* The stub that is wanted, or none. `wish`: a certain kind, or NULL. */
ESPBAK_MUST_USE espbak_status entrance_start_loader(espbak_session *session, const stub_wish *wish, espbak_error *err);

/* `again`: what brings the loader back when the line does not carry the rate. */
ESPBAK_MUST_USE espbak_status entrance_raise_baud(espbak_session *session, uint32_t wanted, const stub_wish *again,
                                                  espbak_error *err);

#endif
