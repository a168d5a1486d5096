/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sim_loan.h"

#include "support/relay.h"

/* As if the user pressed Ctrl-C at this very moment. */
static void loan_count(loan *l)
{
    if (l->cancel_after > 0 && --l->cancel_after == 0)
        l->cancel->requested = 1;
}

static espbak_status loan_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    loan *const l = impl;
    if (l->gone)
        return espbak_fail(err, ESPBAK_E_PORT, "the port is gone");
    loan_count(l);
    const espbak_status status = relay_read(l, buffer, capacity, timeout, got, err);
    if (l->muted)
        *got = 0;
    if (l->good_baud != 0 && espbak_transport_baud(l->chip) > l->good_baud)
        memset(buffer, 0xF8, *got);
    return status;
}

static espbak_status loan_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    loan *const l = impl;
    if (l->gone)
        return espbak_fail(err, ESPBAK_E_PORT, "the port is gone");
    loan_count(l);
    if (l->mute_starts > 0 && size > 3 && bytes[1] == 0 && bytes[2] == OP_MEM_END) {
        l->mute_starts--;
        l->muted = true;
    }
    if (l->damage_data > 0 && size > 32 && size < 256 && bytes[1] == 0 && bytes[2] == OP_MEM_DATA) {
        uint8_t copy[256];
        l->damage_data--;
        memcpy(copy, bytes, size);
        copy[size - 2] ^= 1;
        return relay_write(l, copy, size, timeout, put, err);
    }
    return relay_write(l, bytes, size, timeout, put, err);
}

static espbak_status loan_baud(void *impl, uint32_t baud, espbak_error *err)
{
    loan *const l = impl;
    if (l->driver_baud != 0 && baud > l->driver_baud)
        return espbak_fail(err, ESPBAK_E_PORT, "the driver cannot do %u baud", (unsigned)baud);
    return relay_set_baud(l, baud, err);
}

static espbak_status loan_lines(void *impl, bool dtr, bool rts, espbak_error *err)
{
    loan *const l = impl;
    if (l->gone)
        return espbak_fail(err, ESPBAK_E_PORT, "the port is gone");
    loan_count(l);
    l->muted = l->muted && !rts;
    return relay_set_lines(l, dtr, rts, err);
}

static void loan_close(void *impl)
{
    (void)impl;
}

const espbak_transport_ops loan_ops = {.name = "loan",
                                       .read = loan_read,
                                       .write = loan_write,
                                       .set_baud = loan_baud,
                                       .set_lines = loan_lines,
                                       .discard_input = relay_discard_input,
                                       .close = loan_close};

void take_chip(loan *l, const char *url, bool lines)
{
    espbak_error error = {0}, *const err = &error;
    memset(l, 0, sizeof(*l));
    assert_int_equal(espbak_transport_open(&l->chip, url, NULL, NULL, err), ESPBAK_OK);
    l->caps = *espbak_transport_get_caps(l->chip);
    l->caps.modem_lines = lines;
}

espbak_session *visit_chip(loan *l, const espbak_session_options *more, espbak_status expected, sim_log *log,
                           espbak_error *err)
{
    espbak_session_options options = *more;
    espbak_session *session = NULL;
    espbak_transport *transport = NULL;
    sim_log_init(log);
    memset(err, 0, sizeof(*err));
    options.events = &log->events;
    assert_int_equal(espbak_transport_set_baud(l->chip, 115200, err), ESPBAK_OK);
    assert_int_equal(
        espbak_transport_wrap(&transport, &loan_ops, l, "loan:", &l->caps, NULL, espbak_transport_clock(l->chip), err),
        ESPBAK_OK);
    const espbak_status status = espbak_session_open_transport(&session, transport, &options, err);
    if (status != expected)
        fail_msg("%s: %s", espbak_status_name(status), err->message);
    return session;
}
