/* SPDX-License-Identifier: Apache-2.0 */
#include "device/session.h"

enum {
    NATIVE_USB_RATE = 4000000, /* full-speed USB less its overhead */
    LEAST_DEADLINE = 3 * ESPBAK_S,
};

uint32_t session_line_rate(const espbak_session *session)
{
    if (session->info.link.native_usb)
        return NATIVE_USB_RATE;
    return session->info.link.baud != 0 ? session->info.link.baud : SESSION_FIRST_BAUD;
}

espbak_time session_deadline(const espbak_session *session, uint64_t bytes, espbak_time extra)
{
    /* Ten bits a byte, and twice the time for escapes, turnarounds and bridges that stutter. */
    const espbak_time line = (espbak_time)(bytes * 20 * ESPBAK_S / session_line_rate(session));
    return espbak_clock_now(session_clock(session)) + LEAST_DEADLINE + line + extra + 8 * session->round_trip;
}
