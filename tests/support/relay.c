/* SPDX-License-Identifier: Apache-2.0 */
#include "support/relay.h"

static espbak_transport *below(void *impl)
{
    return *(espbak_transport **)impl;
}

static espbak_time deadline_in(void *impl, espbak_time timeout)
{
    return espbak_clock_now(espbak_transport_clock(below(impl))) + timeout;
}

espbak_status relay_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                         espbak_error *err)
{
    return espbak_transport_read(below(impl), buffer, capacity, deadline_in(impl, timeout), got, err);
}

espbak_status relay_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                          espbak_error *err)
{
    *put = size;
    return espbak_transport_write(below(impl), bytes, size, deadline_in(impl, timeout), err);
}

espbak_status relay_set_baud(void *impl, uint32_t baud, espbak_error *err)
{
    return espbak_transport_set_baud(below(impl), baud, err);
}

espbak_status relay_set_lines(void *impl, bool dtr, bool rts, espbak_error *err)
{
    return espbak_transport_set_lines(below(impl), dtr, rts, err);
}

espbak_status relay_discard_input(void *impl, espbak_error *err)
{
    return espbak_transport_discard_input(below(impl), err);
}

espbak_status relay_reopen(void *impl, espbak_error *err)
{
    return espbak_transport_reopen(below(impl), err);
}

void relay_close(void *impl)
{
    espbak_transport_close(below(impl));
}
