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
    return espbak_clock_now(session_clock(session)) + LEAST_DEADLINE + line + extra + 8 * session->line.round_trip;
}

static void add_compression(espbak_compression *sum, const espbak_compression *more)
{
    sum->blank_bytes += more->blank_bytes;
    sum->unpacked_bytes += more->unpacked_bytes;
    sum->packed_bytes += more->packed_bytes;
}

static void add_repairs(espbak_repairs *sum, const espbak_repairs *more)
{
    sum->resyncs += more->resyncs;
    sum->mended_sectors += more->mended_sectors;
    sum->baud_steps += more->baud_steps;
    sum->restarts += more->restarts;
    sum->loader_changes += more->loader_changes;
}

void session_add_stats(espbak_session_stats *sum, const espbak_session_stats *more)
{
    sum->tx_bytes += more->tx_bytes;
    sum->rx_bytes += more->rx_bytes;
    sum->payload_bytes += more->payload_bytes;
    sum->retries += more->retries;
    sum->hashes += more->hashes;
    add_compression(&sum->compression, &more->compression);
    sum->requests += more->requests;
    sum->lost += more->lost;
    sum->noise += more->noise;
    add_repairs(&sum->repairs, &more->repairs);
}
