/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_ROUND_TRIP_H
#define DEVICE_ROUND_TRIP_H

/* The time from a request to its answer; deadlines, chunks and windows are chosen by it. */

#include "device/session.h"

enum { ROUND_TRIP_ROUGH = 2, ROUND_TRIP_EXACT = 4 }; /* samples: for deadlines it need not be exact */

/* The shortest of so many with whatever loader runs, into the session. */
ESPBAK_MUST_USE espbak_status round_trip_measure(espbak_session *session, unsigned samples, espbak_error *err);

/* Learn from a request that took `elapsed` until its answer. */
void round_trip_note(espbak_session *session, espbak_time elapsed);

/* Where nothing can be read. */
void round_trip_assume(espbak_session *session);

#endif
