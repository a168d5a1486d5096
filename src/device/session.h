/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_SESSION_H
#define DEVICE_SESSION_H

/* What the rooms of src/device share. Callers outside see espbak/session.h. */

#include "espbak/chip.h"
#include "espbak/session.h"
#include "protocol/command.h"

enum { SESSION_FIRST_BAUD = 115200 }; /* the highest rate every ROM measures reliably */

/* What is known of the line besides info.link. */
typedef struct session_line {
    uint32_t first_baud;    /* the rate the loader was found at */
    espbak_time round_trip; /* measured: shortest request-to-response time, microseconds */
} session_line;

/*
 * Everything is read by all rooms; what each may write is said here, and the test house/owners sees to it.
 * The parts are defined in a header of their room, and all allocated at once (device/visit/session.c).
 */
struct espbak_session {
    /* Set when the session is opened. */
    espbak_transport *transport; /* owned */
    command_link link;           /* requests and responses over it */
    const espbak_events *events;
    /* As far as known so far. `flash` of it is written in flash/, `link` in loader/, the rest in chip/. */
    espbak_device_info info;
    session_line line; /* loader/ */
    struct chip_facts *chip;
    struct loader_state *loader;
    struct flash_facts *flash;
    struct protect_facts *protect;
    struct visit *visit;
};

/* True when a stub of either kind runs. */
static inline bool session_has_stub(const espbak_session *session)
{
    return session->info.link.loader == ESPBAK_LOADER_STUB_CURRENT ||
           session->info.link.loader == ESPBAK_LOADER_STUB_LEGACY;
}

/* True when our own loader runs, which knows none of the commands of the others. */
static inline bool session_has_own_loader(const espbak_session *session)
{
    return session->info.link.loader == ESPBAK_LOADER_OWN;
}

static inline const espbak_clock *session_clock(const espbak_session *session)
{
    return espbak_transport_clock(session->transport);
}

/* Now, on the transport's clock. */
static inline espbak_time session_now(const espbak_session *session)
{
    return espbak_clock_now(session_clock(session));
}

/* True when the chip lets nobody read registers, memory or flash. */
static inline bool session_is_locked(const espbak_session *session)
{
    return session->info.security.secure_download == ESPBAK_YES;
}

/* Failures after which nothing more can be tried: the port is gone, or the caller wants to stop. */
static inline bool session_is_over(espbak_status status)
{
    return status == ESPBAK_E_PORT || status == ESPBAK_E_CANCELLED || status == ESPBAK_E_INTERNAL;
}

/* Bits a second on the wire for deadlines; a plausible figure where the link has no baud rate. */
uint32_t session_line_rate(const espbak_session *session);

/*
 * A deadline for moving `bytes` one way or both at the line's rate plus `extra` for what the chip does:
 * at least three seconds, doubled for slow links, absolute on the transport's clock.
 */
espbak_time session_deadline(const espbak_session *session, uint64_t bytes, espbak_time extra);

/* Add what another room, or another session, has counted. */
void session_add_stats(espbak_session_stats *sum, const espbak_session_stats *more);

#endif
