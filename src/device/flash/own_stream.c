/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/own_stream.h"

#include "device/loader/own.h"
#include "device/loader/state.h"

enum { BITS_PER_BYTE = 10 }; /* start and stop bit */

static bool is_known(const espbak_session *session)
{
    return session->flash->stream.start == session->loader->own_starts;
}

flash_stream *own_stream_of(espbak_session *session)
{
    flash_stream *const stream = &session->flash->stream;
    if (!is_known(session))
        *stream = (flash_stream){.start = session->loader->own_starts};
    return stream;
}

/* Payload to flash bytes of what was sent lately; 0: not known. */
static double measured_ratio(const espbak_session *session)
{
    const flash_stream *const stream = &session->flash->stream;
    return is_known(session) && stream->raw > 0 ? stream->packed / stream->raw : 0;
}

own_manner own_stream_manner(const espbak_session *session, bool careful)
{
    const own_loader *const own = session->loader->own;
    const own_conditions conditions = {
        .line_rate = session_line_rate(session) / BITS_PER_BYTE,
        .round_trip = session->line.round_trip,
        .cpu_mhz = own->cpu_mhz,
        .error_rate = own_link_error_rate(own->link),
        .ratio = measured_ratio(session),
        .pace = is_known(session) ? session->flash->stream.pace : 0,
        .deflate = (own->features & WIRE_FEATURE_DEFLATE) != 0,
        .block_most = own->block_most,
        .queue = own->queue,
        .careful = careful,
    };
    return own_policy(&conditions);
}

double own_stream_ratio(const espbak_session *session)
{
    const double measured = measured_ratio(session);
    if ((session->loader->own->features & WIRE_FEATURE_DEFLATE) == 0)
        return 1;
    return measured > 0 ? measured : own_policy_usual_ratio();
}
