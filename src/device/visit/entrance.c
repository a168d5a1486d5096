/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/entrance.h"

#include "device/chip/detect.h"
#include "device/chip/registers.h"
#include "device/loader/baud.h"
#include "device/loader/connect.h"
#include "device/loader/leave.h"
#include "device/loader/own.h"
#include "device/loader/round_trip.h"
#include "device/loader/state.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"

enum { DETECT_SILENCE = 50 * ESPBAK_MS }; /* before the chip is asked once more */

/* Over USB-Serial-JTAG these watchdogs go on running after a reset, and would end the visit. */
static espbak_status stop_watchdogs(espbak_session *session, espbak_error *err)
{
    const chip_watchdog *const watchdog = &session->info.chip->registers->watchdog;
    const chip_super_watchdog *const super = &session->info.chip->registers->super_watchdog;
    command_link *const link = &session->link;
    const uint32_t all = 0xFFFFFFFF;
    if (!session->info.link.native_usb || session->loader->stub_found || super->protect == 0)
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

static espbak_status refuse_locked(const espbak_session *session, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_CONNECT,
                "the %s on %s is in Secure Download Mode: its loader lets nobody read flash, memory or registers",
                session->info.chip->title, session->info.link.port);
    espbak_error_hint(err, "eFuses have closed it for good, no option opens it again; what is in this flash cannot be "
                           "backed up");
    return ESPBAK_E_CONNECT;
}

static espbak_status connect(espbak_session *session, espbak_error *err)
{
    const visit_way *const way = &session->visit->way;
    const unsigned asked = way->options.connect_attempts;
    return connect_to_loader(session, &way->plan, asked != 0 ? asked : retry_tries(RETRY_CONNECT), err);
}

espbak_status entrance_detect(espbak_session *session, const espbak_chip *expected, bool ask_id, espbak_error *err)
{
    espbak_status status = detect_chip(session, expected, ask_id, err);
    for (unsigned tries = 1; retry_again(RETRY_DETECT, tries, status); tries++) {
        if (status == ESPBAK_E_LINK && tries == 1)
            break;
        retry_say(RETRY_DETECT, session->events, err->message);
        espbak_error_clear(err);
        status = command_drain_input(&session->link, DETECT_SILENCE, ESPBAK_S, err);
        if (status == ESPBAK_OK)
            status = detect_chip(session, expected, true, err);
    }
    return status;
}

static espbak_status recognise(espbak_session *session, espbak_error *err)
{
    const espbak_session_options *const options = &session->visit->way.options;
    /* A chip that is said to be an old one is asked for its id only where its magic word is another. */
    const bool ask_id = options->chip == NULL || (options->chip->rom_caps & ESPBAK_ROM_SECURITY_INFO) != 0;
    espbak_status status = entrance_detect(session, options->chip, ask_id, err);
    if (status != ESPBAK_E_LINK)
        return status;
    /* Old ROMs may be thrown off by a command they do not know. */
    espbak_error_clear(err);
    status = connect(session, err);
    return status == ESPBAK_OK ? entrance_detect(session, options->chip, false, err) : status;
}

/* What is known of a chip in Secure Download Mode, which answers few requests. */
static espbak_status learn_locked_chip(espbak_session *session, const visit_way *way, espbak_error *err)
{
    if (!way->options.allow_secure_download)
        return refuse_locked(session, err);
    round_trip_assume(session);
    const espbak_status status = chip_identify(session, err);
    return status == ESPBAK_OK ? security_read(session, err) : status;
}

static espbak_status learn_chip(espbak_session *session, espbak_error *err)
{
    const chip_ops *const ops = session->info.chip->ops;
    espbak_status status = stop_watchdogs(session, err);
    if (status == ESPBAK_OK)
        status = round_trip_measure(session, ROUND_TRIP_ROUGH, err);
    if (status == ESPBAK_OK)
        status = chip_identify(session, err);
    if (status == ESPBAK_OK)
        status = security_read(session, err);
    if (status == ESPBAK_OK && ops->power_flash != NULL)
        status = ops->power_flash(session, err);
    return status;
}

espbak_status entrance_enter(espbak_session *session, espbak_error *err)
{
    const visit_way *const way = &session->visit->way;
    own_free(session);
    loader_is_rom(session);
    chip_forget_words(session);
    espbak_status status = loader_set_first_baud(session, err);
    if (status == ESPBAK_OK)
        status = connect(session, err);
    if (status == ESPBAK_OK)
        status = recognise(session, err);
    if (status != ESPBAK_OK)
        return status;
    loader_judge_usb(session);
    loader_judge_queue(session);
    return session_is_locked(session) ? learn_locked_chip(session, way, err) : learn_chip(session, err);
}

espbak_status entrance_leave_loader(espbak_session *session, espbak_error *err)
{
    if (session_has_own_loader(session))
        return own_go_away(session, WIRE_LEAVE_ROM, err);
    if (session_has_stub(session))
        return leave_stub(session, err);
    /* A ROM measures the rate once only. */
    return session->info.link.baud != session->line.first_baud ? baud_change(session, session->line.first_baud, err)
                                                               : ESPBAK_OK;
}

espbak_status entrance_send_stub_away(espbak_session *session, espbak_error *err)
{
    visit_way *const way = &session->visit->way;
    const size_t resets = way->plan.count;
    espbak_status status = stub_adopt(session, "already running", err);
    if (status == ESPBAK_OK)
        status = leave_stub(session, err);
    way->plan.count = 0; /* it is where it should be */
    if (status == ESPBAK_OK)
        status = entrance_enter(session, err);
    way->plan.count = resets;
    return status;
}

espbak_status entrance_start_loader(espbak_session *session, const stub_wish *wish, espbak_error *err)
{
    const visit_way *const way = &session->visit->way;
    if (!way->options.no_stub)
        return stub_bring_up(session, way->options.stub, wish, entrance_enter, err);
    return session->loader->stub_found ? entrance_send_stub_away(session, err) : ESPBAK_OK;
}

espbak_status entrance_raise_baud(espbak_session *session, uint32_t wanted, const stub_wish *again, espbak_error *err)
{
    visit_way *const way = &session->visit->way;
    const uint32_t baud = baud_choose(session, wanted);
    way->asked_baud = baud > way->asked_baud ? baud : way->asked_baud;
    if (baud == 0)
        return ESPBAK_OK;
    espbak_status status = baud_change(session, baud, err);
    if (status == ESPBAK_OK || session_is_over(status))
        return status;
    const bool refused = status == ESPBAK_E_UNSUPPORTED || status == ESPBAK_E_DEVICE;
    espbak_log(session->events, ESPBAK_LOG_WARNING, "%s; going on with %u baud", err->message,
               (unsigned)session->line.first_baud);
    espbak_error_clear(err);
    if (refused)
        return ESPBAK_OK; /* nothing has changed */
    status = entrance_enter(session, err);
    if (status == ESPBAK_OK)
        status = entrance_start_loader(session, again, err);
    if (status == ESPBAK_OK)
        return ESPBAK_OK;
    espbak_error_hint(err, "choose a rate that this line carries, such as --baud 115200");
    return espbak_error_prefix(err, "coming back from %u baud", (unsigned)baud);
}
