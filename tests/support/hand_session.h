/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HAND_SESSION_H
#define TESTS_HAND_SESSION_H

/* Sessions that tests make themselves, for a single room: nothing was sent, and nothing is known of the chip. */

#include "device/chip/facts.h"
#include "device/flash/facts.h"
#include "device/loader/state.h"
#include "device/visit/visit.h"

/* Over this transport, which is closed by session_free. */
espbak_session *hand_session(espbak_transport *transport);

#endif
