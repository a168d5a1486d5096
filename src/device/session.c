/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "baud.h"
#include "chip_registers.h"
#include "connect.h"
#include "flash_id.h"
#include "leave.h"
#include "reset.h"
#include "stub.h"

enum {
    NATIVE_USB_RATE = 4000000, /* full-speed USB less its overhead */
    LEAST_DEADLINE = 3 * ESPBAK_S,
    ROUND_TRIP_SAMPLES = 4,
    ROUND_TRIP_LOCKED = 20 * ESPBAK_MS, /* assumed where nothing can be read */
};

/* What it takes to come back to the loader. */
typedef struct entrance {
    const espbak_session_options *options;
    reset_plan plan;
} entrance;

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

/* Over USB-Serial-JTAG these watchdogs go on running after a reset, and would end the visit. */
static espbak_status stop_watchdogs(espbak_session *session, espbak_error *err)
{
    const chip_watchdog *const watchdog = &session->info.chip->registers->watchdog;
    const chip_super_watchdog *const super = &session->info.chip->registers->super_watchdog;
    command_link *const link = &session->link;
    const uint32_t all = 0xFFFFFFFF;
    if (!session->info.link.native_usb || session->stub_found || super->protect == 0)
        return ESPBAK_OK;
    espbak_status status = command_write_reg(link, watchdog->protect, watchdog->key, all, 0, err);
    if (status == ESPBAK_OK)
        status = command_write_reg(link, watchdog->config0, 0, all, 0, err);
    if (status == ESPBAK_OK)
        status = command_write_reg(link, watchdog->protect, 0, all, 0, err);
    if (status == ESPBAK_OK)
        status = command_write_reg(link, super->protect, super->key, all, 0, err);
    if (status == ESPBAK_OK)
        status = command_write_reg(link, super->config, super->auto_feed, super->auto_feed, 0, err);
    if (status == ESPBAK_OK)
        status = command_write_reg(link, super->protect, 0, all, 0, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "switching the watchdogs off");
    return ESPBAK_OK;
}

static espbak_status measure_round_trip(espbak_session *session, espbak_error *err)
{
    const uint32_t mac = session->info.chip->registers->mac;
    session->round_trip = 0;
    for (unsigned i = 0; i < ROUND_TRIP_SAMPLES; i++) {
        uint32_t value = 0;
        const espbak_time begin = espbak_clock_now(session_clock(session));
        const espbak_status status = command_read_reg(&session->link, mac != 0 ? mac : 0x40001000, &value, err);
        if (status != ESPBAK_OK)
            return status;
        const espbak_time took = espbak_clock_now(session_clock(session)) - begin;
        if (i == 0 || took < session->round_trip)
            session->round_trip = took;
    }
    return ESPBAK_OK;
}

static espbak_status refuse_locked(const espbak_session *session, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_CONNECT,
                "the %s on %s is in Secure Download Mode: its loader lets nobody read flash, memory or registers",
                session->info.chip->title, session->info.link.port);
    espbak_error_hint(err, "eFuses have closed it for good, no option opens it again; what is in this flash cannot be "
                           "backed up");
    return ESPBAK_E_CONNECT;
}

static espbak_status detect_with_retry(espbak_session *session, const entrance *way, espbak_error *err)
{
    const espbak_session_options *const options = way->options;
    espbak_status status = detect_chip(session, options->chip, true, err);
    if (status != ESPBAK_E_LINK)
        return status;
    /* Old ROMs may be thrown off by a command they do not know. */
    espbak_error_clear(err);
    status = connect_to_loader(session, &way->plan, options->connect_attempts, err);
    return status == ESPBAK_OK ? detect_chip(session, options->chip, false, err) : status;
}

static espbak_status learn_chip(espbak_session *session, const entrance *way, espbak_error *err)
{
    const espbak_usb_id *const usb = espbak_transport_get_usb(session->transport);
    espbak_device_info *const info = &session->info;
    session->usb_otg =
        info->link.native_usb && (info->chip->usb & ESPBAK_USB_OTG) != 0 && usb->pid == info->chip->image_chip_id;
    if (session_is_locked(session)) {
        if (!way->options->allow_secure_download)
            return refuse_locked(session, err);
        snprintf(info->name, sizeof(info->name), "%s", info->chip->title);
        session->round_trip = ROUND_TRIP_LOCKED;
        return security_read(session, err);
    }
    espbak_status status = stop_watchdogs(session, err);
    if (status == ESPBAK_OK)
        status = measure_round_trip(session, err);
    if (status == ESPBAK_OK)
        status = chip_identify(session, err);
    if (status == ESPBAK_OK)
        status = security_read(session, err);
    if (status == ESPBAK_OK && info->chip->ops->power_flash != NULL)
        status = info->chip->ops->power_flash(session, err);
    return status;
}

/* From wherever the chip is into its loader, with everything known that can be read there. */
static espbak_status enter(espbak_session *session, const void *context, espbak_error *err)
{
    const entrance *const way = context;
    espbak_status status = ESPBAK_OK;
    session->info.link.loader = ESPBAK_LOADER_ROM;
    session->flash_attached = false;
    if (session->info.link.baud != session->first_baud ||
        espbak_transport_baud(session->transport) != session->first_baud)
        status = espbak_transport_set_baud(session->transport, session->first_baud, err);
    if (status != ESPBAK_OK)
        return status;
    session->info.link.baud = espbak_transport_baud(session->transport);
    status = connect_to_loader(session, &way->plan, way->options->connect_attempts, err);
    if (status == ESPBAK_OK)
        status = detect_with_retry(session, way, err);
    if (status == ESPBAK_OK)
        status = learn_chip(session, way, err);
    return status;
}

/* --no-stub, but one runs already. */
static espbak_status send_stub_away(espbak_session *session, entrance *way, espbak_error *err)
{
    espbak_status status = stub_adopt(session, "already running", err);
    if (status == ESPBAK_OK)
        status = leave_stub(session, err);
    way->plan.count = 0;
    return status == ESPBAK_OK ? enter(session, way, err) : status;
}

static espbak_status start_loader(espbak_session *session, entrance *way, espbak_error *err)
{
    const espbak_session_options *const options = way->options;
    if (!options->no_stub)
        return stub_bring_up(session, options->stub, enter, way, err);
    return session->stub_found ? send_stub_away(session, way, err) : ESPBAK_OK;
}

static espbak_status raise_baud(espbak_session *session, entrance *way, espbak_error *err)
{
    const uint32_t baud = baud_choose(session, way->options->baud);
    if (baud == 0)
        return ESPBAK_OK;
    espbak_status status = baud_change(session, baud, err);
    if (status == ESPBAK_OK || session_is_over(status))
        return status;
    const bool refused = status == ESPBAK_E_UNSUPPORTED || status == ESPBAK_E_DEVICE;
    espbak_log(session->events, ESPBAK_LOG_WARNING, "%s; going on with %u baud", err->message,
               (unsigned)session->first_baud);
    espbak_error_clear(err);
    if (refused)
        return ESPBAK_OK; /* nothing has changed */
    status = enter(session, way, err);
    if (status == ESPBAK_OK)
        status = start_loader(session, way, err);
    if (status == ESPBAK_OK)
        return ESPBAK_OK;
    espbak_error_hint(err, "choose a rate that this line carries, such as --baud 115200");
    return espbak_error_prefix(err, "coming back from %u baud", (unsigned)baud);
}

static espbak_status learn_flash(espbak_session *session, const espbak_session_options *options, espbak_error *err)
{
    const bool optional = options->flash_not_needed || session_is_locked(session);
    espbak_status status = flash_attach(session, err);
    if (status == ESPBAK_OK)
        status = flash_identify(session, err);
    if (status == ESPBAK_OK)
        status = flash_find_size(session, options->flash_size, optional, err);
    if (optional && (status == ESPBAK_E_DEVICE || status == ESPBAK_E_UNSUPPORTED)) {
        espbak_log(session->events, ESPBAK_LOG_WARNING, "the flash could not be identified: %s", err->message);
        espbak_error_clear(err);
        status = ESPBAK_OK;
    }
    return status;
}

static espbak_status bring_up(espbak_session *session, entrance *way, espbak_error *err)
{
    espbak_status status =
        reset_make_plan(&way->plan, session->transport, way->options->before, way->options->reset_sequence, err);
    if (status == ESPBAK_OK)
        status = enter(session, way, err);
    if (status == ESPBAK_OK)
        status = start_loader(session, way, err);
    if (status == ESPBAK_OK)
        status = raise_baud(session, way, err);
    if (status == ESPBAK_OK)
        status = learn_flash(session, way->options, err);
    if (status == ESPBAK_OK && !session_is_locked(session))
        status = measure_round_trip(session, err);
    return status;
}

static espbak_session *new_session(espbak_transport *transport, const espbak_session_options *options)
{
    const uint32_t baud = espbak_transport_baud(transport);
    espbak_session *const session = calloc(1, sizeof(*session));
    if (session == NULL)
        return NULL;
    session->transport = transport;
    session->before = options->before;
    session->after = options->after;
    session->events = options->events;
    session->first_baud = baud;
    /* A rate below the usual one is used from the start: the ROM measures it. */
    if (baud != 0 && options->baud != 0 && options->baud < baud)
        session->first_baud = options->baud;
    session->info.link.baud = baud;
    session->info.link.native_usb = reset_is_native_usb(transport);
    snprintf(session->info.link.port, sizeof(session->info.link.port), "%s", espbak_transport_url(transport));
    session->stats.started = espbak_clock_now(espbak_transport_clock(transport));
    return session;
}

espbak_status espbak_session_open_transport(espbak_session **out, espbak_transport *transport,
                                            const espbak_session_options *options, espbak_error *err)
{
    espbak_error local = {0};
    if (err == NULL)
        err = &local;
    *out = NULL;
    espbak_transport_observe(transport, options->events, options->cancel);
    entrance *const way = calloc(1, sizeof(*way));
    espbak_session *const session = new_session(transport, options);
    espbak_status status = ESPBAK_OK;
    if (way == NULL || session == NULL) {
        espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        status = ESPBAK_E_INTERNAL;
    } else {
        way->options = options;
        status = command_link_init(&session->link, transport, err);
    }
    if (status == ESPBAK_OK)
        status = bring_up(session, way, err);
    free(way);
    if (status == ESPBAK_OK)
        *out = session;
    else if (session != NULL)
        espbak_session_close(session);
    else
        espbak_transport_close(transport);
    return status;
}

espbak_status espbak_session_open(espbak_session **out, const espbak_session_options *options, espbak_error *err)
{
    espbak_transport *transport = NULL;
    *out = NULL;
    const espbak_status status =
        espbak_transport_open(&transport, options->port, options->events, options->cancel, err);
    return status == ESPBAK_OK ? espbak_session_open_transport(out, transport, options, err) : status;
}

void espbak_session_close(espbak_session *session)
{
    if (session == NULL)
        return;
    if (session->link.output != NULL)
        leave_chip(session);
    command_link_free(&session->link);
    espbak_transport_close(session->transport);
    free(session);
}

const espbak_device_info *espbak_session_device(const espbak_session *session)
{
    return &session->info;
}

espbak_transport *espbak_session_transport(espbak_session *session)
{
    return session->transport;
}

espbak_session_stats espbak_session_get_stats(const espbak_session *session)
{
    const espbak_transport_stats line = espbak_transport_get_stats(session->transport);
    espbak_session_stats stats = session->stats;
    stats.tx_bytes = line.tx_bytes;
    stats.rx_bytes = line.rx_bytes;
    return stats;
}
