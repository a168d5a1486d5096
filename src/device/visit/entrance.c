/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/entrance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/chip/registers.h"
#include "device/flash/id.h"
#include "device/flash/read.h"
#include "device/loader/baud.h"
#include "device/loader/connect.h"
#include "device/loader/leave.h"
#include "device/loader/own.h"
#include "device/loader/stub.h"
#include "device/visit/ladder_steps.h"

enum {
    ROUND_TRIP_SAMPLES = 4,
    ENTRY_SAMPLES = 2, /* for deadlines it need not be exact */
    LEARN_TRIES = 3,
    RESTART_ATTEMPTS = 3,               /* to connect to a chip that was there a moment ago */
    ROUND_TRIP_LOCKED = 20 * ESPBAK_MS, /* assumed where nothing can be read */
};

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

/* What two samples agree on is known for certain, as if it had been asked for. */
static espbak_status measure_round_trip(espbak_session *session, unsigned samples, espbak_error *err)
{
    const uint32_t mac = session->info.chip->registers->mac, address = mac != 0 ? mac : 0x40001000;
    uint32_t before = 0;
    bool agree = samples > 1;
    if (session_has_own_loader(session))
        return own_measure_round_trip(session, err);
    session->round_trip = 0;
    for (unsigned i = 0; i < samples; i++) {
        uint32_t value = 0;
        const espbak_time begin = espbak_clock_now(session_clock(session));
        const espbak_status status = command_read_reg(&session->link, address, &value, err);
        if (status != ESPBAK_OK)
            return status;
        const espbak_time took = espbak_clock_now(session_clock(session)) - begin;
        if (i == 0 || took < session->round_trip)
            session->round_trip = took;
        agree = agree && (i == 0 || value == before);
        before = value;
    }
    if (agree)
        chip_remember_word(session, address, before);
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
    const espbak_session_options *const options = &way->options;
    /* A chip that is said to be an old one is asked for its id only where its magic word is another. */
    const bool ask_id = options->chip == NULL || (options->chip->rom_caps & ESPBAK_ROM_SECURITY_INFO) != 0;
    espbak_status status = detect_chip(session, options->chip, ask_id, err);
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
        if (!way->options.allow_secure_download)
            return refuse_locked(session, err);
        snprintf(info->name, sizeof(info->name), "%s", info->chip->title);
        session->round_trip = ROUND_TRIP_LOCKED;
        return security_read(session, err);
    }
    espbak_status status = stop_watchdogs(session, err);
    if (status == ESPBAK_OK)
        status = measure_round_trip(session, ENTRY_SAMPLES, err);
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
    own_free(session);
    session->info.link.loader = ESPBAK_LOADER_ROM;
    session->info.link.stub_source[0] = '\0';
    session->flash_attached = false;
    session->word_count = 0;
    if (session->info.link.baud != session->first_baud ||
        espbak_transport_baud(session->transport) != session->first_baud)
        status = espbak_transport_set_baud(session->transport, session->first_baud, err);
    if (status != ESPBAK_OK)
        return status;
    session->info.link.baud = espbak_transport_baud(session->transport);
    status = connect_to_loader(session, &way->plan, way->options.connect_attempts, err);
    if (status == ESPBAK_OK)
        status = detect_with_retry(session, way, err);
    if (status == ESPBAK_OK)
        status = learn_chip(session, way, err);
    return status;
}

/* --no-stub, but one runs already. */
static espbak_status send_stub_away(espbak_session *session, entrance *way, espbak_error *err)
{
    const size_t resets = way->plan.count;
    espbak_status status = stub_adopt(session, "already running", err);
    if (status == ESPBAK_OK)
        status = leave_stub(session, err);
    way->plan.count = 0; /* it is where it should be */
    if (status == ESPBAK_OK)
        status = enter(session, way, err);
    way->plan.count = resets;
    return status;
}

static espbak_status start_loader(espbak_session *session, const stub_wish *wish, espbak_error *err)
{
    entrance *const way = session->way;
    if (!way->options.no_stub)
        return stub_bring_up(session, way->options.stub, wish, enter, way, err);
    return session->stub_found ? send_stub_away(session, way, err) : ESPBAK_OK;
}

/* `again`: what brings the loader back when the line does not carry the rate. */
static espbak_status raise_baud(espbak_session *session, uint32_t wanted, const stub_wish *again, espbak_error *err)
{
    const uint32_t baud = baud_choose(session, wanted);
    session->way->asked_baud = baud > session->way->asked_baud ? baud : session->way->asked_baud;
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
    status = enter(session, session->way, err);
    if (status == ESPBAK_OK)
        status = start_loader(session, again, err);
    if (status == ESPBAK_OK)
        return ESPBAK_OK;
    espbak_error_hint(err, "choose a rate that this line carries, such as --baud 115200");
    return espbak_error_prefix(err, "coming back from %u baud", (unsigned)baud);
}

static espbak_status learn_flash_once(espbak_session *session, const espbak_session_options *options, bool optional,
                                      espbak_error *err)
{
    espbak_status status = flash_attach(session, err);
    if (status == ESPBAK_OK)
        status = flash_identify(session, err);
    if (status == ESPBAK_OK)
        status = flash_find_size(session, options->flash_size, optional, err);
    return status;
}

/* It takes a good many requests; on a line that does not let all of them pass it is done again, and slower. */
static espbak_status learn_flash(espbak_session *session, const espbak_session_options *options, espbak_error *err)
{
    const bool optional = options->flash_not_needed || session_is_locked(session);
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; i < LEARN_TRIES; i++) {
        espbak_error_clear(err);
        status = learn_flash_once(session, options, optional, err);
        if (!flash_may_retry(status) || i + 1 == LEARN_TRIES)
            break;
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "identifying the flash once more: %s", err->message);
        if (flash_resync(session, err) != ESPBAK_OK || ladder_steps_slower(session, err) != ESPBAK_OK)
            return err->status;
    }
    if (optional && (status == ESPBAK_E_DEVICE || status == ESPBAK_E_UNSUPPORTED)) {
        espbak_log(session->events, ESPBAK_LOG_WARNING, "the flash could not be identified: %s", err->message);
        espbak_error_clear(err);
        status = ESPBAK_OK;
    }
    return status;
}

/* ---- the reader ---- */

static bool wants_own(const espbak_session *session)
{
    const espbak_session_options *const options = &session->way->options;
    if (!options->reads_only || options->own_loader == ESPBAK_OWN_LOADER_OFF)
        return false;
    if (options->own_loader == ESPBAK_OWN_LOADER_ON)
        return true;
    /* A stub that runs, or is to be left running, is somebody's wish. */
    return session->info.chip->own_loader_proven && !options->no_stub && !session->stub_found &&
           session->after != ESPBAK_AFTER_NO_RESET_STUB;
}

/* From the ROM loader, to which the flash is known, to a reader at its rate that reaches all of it. */
static espbak_status start_own(espbak_session *session, uint32_t wanted, espbak_error *err)
{
    espbak_status status = own_start(session, loader_image_find(session->info.chip->name), err);
    const uint32_t baud = status == ESPBAK_OK ? baud_choose(session, wanted) : 0;
    if (baud != 0)
        status = baud_change(session, baud, err);
    if (baud != 0 && status == ESPBAK_E_DEVICE) {
        espbak_log(session->events, ESPBAK_LOG_WARNING, "%s; going on with %u baud", err->message,
                   (unsigned)session->first_baud);
        espbak_error_clear(err);
        status = ESPBAK_OK;
    }
    if (status == ESPBAK_OK)
        status = flash_find_addressable(session, err);
    if (status == ESPBAK_OK && session->addressable < session->info.flash.size)
        status = espbak_fail(err, ESPBAK_E_UNSUPPORTED, "it reaches only the first 16 MB of the flash");
    return status == ESPBAK_OK ? own_measure_round_trip(session, err) : status;
}

/* After a reader that is of no use: the chip is in its ROM loader again. */
static espbak_status do_without_own(espbak_session *session, espbak_error *err)
{
    espbak_log(session->events, ESPBAK_LOG_WARNING, "the reader does not work here (%s): going on with %s",
               err->message, entrance_takes_stubs(session) ? "Espressif's stub" : "the ROM loader");
    espbak_error_clear(err);
    if (session->way->plan.count == 0 && session_has_own_loader(session) &&
        own_go_away(session, WIRE_LEAVE_ROM, err) == ESPBAK_E_PORT)
        return err->status;
    espbak_status status = enter(session, session->way, err);
    if (status == ESPBAK_E_CONNECT)
        err->status = status = ESPBAK_E_LINK; /* the chip had answered before */
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "after a reader that did not work");
}

/* Everything up to a reader at work, where one is wanted and does; else the ROM loader is left to others. */
static espbak_status come_in_on_own(espbak_session *session, espbak_error *err)
{
    entrance *const way = session->way;
    espbak_status status = ESPBAK_OK;
    if (!wants_own(session))
        return ESPBAK_OK;
    if (session->stub_found)
        status = send_stub_away(session, way, err);
    if (status == ESPBAK_OK)
        status = learn_flash(session, &way->options, err);
    if (status != ESPBAK_OK)
        return status;
    const char *const reason = own_why_none(session);
    if (reason != NULL) {
        const bool asked = way->options.own_loader == ESPBAK_OWN_LOADER_ON;
        espbak_log(session->events, asked ? ESPBAK_LOG_WARNING : ESPBAK_LOG_DETAIL, "no reader: %s", reason);
        return ESPBAK_OK;
    }
    status = start_own(session, way->options.baud, err);
    if (status != ESPBAK_OK)
        return session_is_over(status) ? status : do_without_own(session, err);
    ladder_steps_init(session, baud_choose(session, way->options.baud));
    return ESPBAK_OK;
}

espbak_status entrance_come_in(espbak_session *session, const char *reset_sequence, espbak_error *err)
{
    entrance *const way = session->way;
    espbak_status status = reset_make_plan(&way->plan, session->transport, way->options.before, reset_sequence, err);
    if (status == ESPBAK_OK)
        status = enter(session, way, err);
    if (status == ESPBAK_OK)
        status = come_in_on_own(session, err);
    if (session_has_own_loader(session))
        return status;
    if (status == ESPBAK_OK)
        status = start_loader(session, NULL, err);
    if (status == ESPBAK_OK)
        status = raise_baud(session, way->options.baud, NULL, err);
    if (status != ESPBAK_OK)
        return status;
    ladder_steps_init(session, session->way->asked_baud);
    status = learn_flash(session, &way->options, err);
    return status == ESPBAK_OK && !session_is_locked(session) ? measure_round_trip(session, ROUND_TRIP_SAMPLES, err)
                                                              : status;
}

espbak_status entrance_new(entrance **out, const espbak_session_options *options, espbak_error *err)
{
    entrance *const way = calloc(1, sizeof(*way));
    char *stub = NULL;
    *out = way;
    if (way != NULL && options->stub != NULL)
        stub = malloc(strlen(options->stub) + 1);
    if (way == NULL || (options->stub != NULL && stub == NULL))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (stub != NULL)
        strcpy(stub, options->stub);
    way->options = *options;
    way->options.stub = stub;
    way->options.port = way->options.reset_sequence = NULL;
    return ESPBAK_OK;
}

void entrance_free(entrance *way)
{
    if (way != NULL)
        free((char *)(uintptr_t)way->options.stub);
    free(way);
}

/* ---- in mid-run ---- */

bool entrance_takes_stubs(const espbak_session *session)
{
    return session->way != NULL && !session->way->options.no_stub && stub_is_possible(session);
}

bool entrance_can_restart(const espbak_session *session)
{
    const entrance *const way = session->way;
    if (way == NULL || session->adrift || session_is_locked(session))
        return false;
    bool leaves = session->info.link.loader == ESPBAK_LOADER_ROM; /* it is where it should be */
    if (session_has_own_loader(session))
        leaves = own_knows_way_back(session);
    else if (session_has_stub(session))
        leaves = leave_stub_is_possible(session);
    return way->plan.count > 0 || (way->options.before != ESPBAK_BEFORE_NO_RESET_NO_SYNC && leaves);
}

static espbak_status leave_loader(espbak_session *session, espbak_error *err)
{
    if (session_has_own_loader(session))
        return own_go_away(session, WIRE_LEAVE_ROM, err);
    if (session_has_stub(session))
        return leave_stub(session, err);
    /* A ROM measures the rate once only. */
    return session->info.link.baud != session->first_baud ? baud_change(session, session->first_baud, err) : ESPBAK_OK;
}

static espbak_status go_to_rom(espbak_session *session, espbak_error *err)
{
    entrance *const way = session->way;
    const unsigned attempts = way->options.connect_attempts;
    espbak_status status = way->plan.count == 0 ? leave_loader(session, err) : ESPBAK_OK;
    way->options.connect_attempts = attempts != 0 && attempts < RESTART_ATTEMPTS ? attempts : RESTART_ATTEMPTS;
    if (status == ESPBAK_OK)
        status = enter(session, way, err);
    way->options.connect_attempts = attempts;
    return status;
}

static bool is_same_chip(const espbak_device_info *now, const espbak_device_info *before)
{
    return now->chip == before->chip && now->mac_known == before->mac_known &&
           (!now->mac_known || memcmp(now->mac, before->mac, sizeof(now->mac)) == 0);
}

static espbak_status check_identity(const espbak_session *session, const espbak_device_info *before, bool flash,
                                    espbak_error *err)
{
    const espbak_device_info *const now = &session->info;
    if (is_same_chip(now, before) && (!flash || now->flash.jedec_id == before->flash.jedec_id))
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_CONNECT, "another device is attached now: %s, and it was %s", now->name,
                       before->name);
}

/* What was known stays; only how far the loader reaches into the flash is found out again. */
static espbak_status learn_flash_again(espbak_session *session, const espbak_device_info *before, espbak_error *err)
{
    espbak_status status = flash_attach(session, err);
    if (status == ESPBAK_OK)
        status = flash_identify(session, err);
    if (status == ESPBAK_OK)
        status = check_identity(session, before, true, err);
    session->info.flash = before->flash;
    if (status == ESPBAK_OK)
        status = flash_set_params(session, before->flash.size, err);
    return status == ESPBAK_OK ? flash_find_addressable(session, err) : status;
}

/* The reader once more, as far as it can be had: what runs afterwards says info.link. */
static espbak_status come_back_on_own(espbak_session *session, const espbak_device_info *before, uint32_t baud,
                                      espbak_error *err)
{
    espbak_status status = learn_flash_again(session, before, err);
    if (status == ESPBAK_OK)
        status = start_own(session, baud, err);
    if (status == ESPBAK_OK || session_is_over(status))
        return status;
    status = do_without_own(session, err);
    if (status == ESPBAK_OK)
        status = start_loader(session, NULL, err);
    if (status == ESPBAK_OK && baud != 0)
        status = raise_baud(session, baud, NULL, err);
    return status == ESPBAK_OK ? learn_flash_again(session, before, err) : status;
}

static espbak_status come_back(espbak_session *session, const espbak_device_info *before, const stub_wish *wish,
                               uint32_t baud, espbak_error *err)
{
    espbak_status status = go_to_rom(session, err);
    if (status == ESPBAK_OK)
        status = check_identity(session, before, false, err);
    if (status == ESPBAK_OK && wish->kind == ESPBAK_LOADER_ROM && session->stub_found)
        return espbak_fail(err, ESPBAK_E_LINK, "the stub still runs");
    if (status == ESPBAK_OK && wish->kind == ESPBAK_LOADER_OWN) {
        status = come_back_on_own(session, before, baud, err);
        return status == ESPBAK_OK ? measure_round_trip(session, ROUND_TRIP_SAMPLES, err) : status;
    }
    if (status == ESPBAK_OK && wish->kind != ESPBAK_LOADER_ROM)
        status = start_loader(session, wish, err);
    if (status == ESPBAK_OK && baud != 0)
        status = raise_baud(session, baud, wish, err);
    if (status == ESPBAK_OK)
        status = learn_flash_again(session, before, err);
    return status == ESPBAK_OK ? measure_round_trip(session, ROUND_TRIP_SAMPLES, err) : status;
}

espbak_status entrance_restart(espbak_session *session, espbak_loader loader, uint32_t baud, espbak_error *err)
{
    const espbak_device_info before = session->info;
    const stub_wish wish = {.kind = loader, .avoid = before.link.loader != loader ? before.link.stub_source : ""};
    session->adrift = true;
    session->rom_window = 0;
    session->hashed_bytes = 0;
    session->hashed_time = 0;
    session->inflate_stale = false;
    session->stats.repairs.restarts++;
    const espbak_status status = come_back(session, &before, &wish, baud, err);
    if (status != ESPBAK_OK) {
        /* It had answered before, and may do so again; a damaged request may also be refused. */
        if (flash_may_retry(status) || (status == ESPBAK_E_CONNECT && is_same_chip(&session->info, &before)))
            err->status = ESPBAK_E_LINK;
        return espbak_error_prefix(err, "starting the chip anew");
    }
    session->stats.repairs.loader_changes += session->info.link.loader != before.link.loader;
    session->adrift = false;
    return ESPBAK_OK;
}
