/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/reconnect.h"
#include "device/loader/stub.h"

#include "base/cancel.h"
#include "device/protect/watch.h"
#include "device/visit/identity.h"
#include "device/visit/visit.h"
#include "espbak/chip.h"
#include "espbak/flash.h"
#include "transport/serial/ports.h"

enum {
    PAUSE = 250 * ESPBAK_MS, /* between two looks for a device that is not there */
    PATH_SIZE = 256,         /* as in espbak_port */
    OWN_LOSSES = 1,          /* times it may be lost in one place with our own loader */
    GETTING_ON = 64 * 1024,  /* bytes */
};

void reconnect_init(reconnect *r, const espbak_session_options *options, unsigned wait_seconds, espbak_session *session)
{
    char path[PATH_SIZE];
    *r = (reconnect){.options = options,
                     .wait_seconds = wait_seconds,
                     .device = *espbak_session_device(session),
                     .usb = *espbak_transport_get_usb(espbak_session_transport(session))};
    /* Some cheap bridges all have the same serial number, which identifies nothing. */
    r->usb.known = ports_find_again(&r->usb, path, sizeof(path));
}

/* A line that was lent is opened again by its own back end, where that can. */
static espbak_status reopen(espbak_transport *lent, espbak_error *err)
{
    if (lent == NULL)
        return ESPBAK_OK;
    const espbak_status status = espbak_transport_reopen(lent, err);
    if (status != ESPBAK_E_UNSUPPORTED)
        return status;
    espbak_error_clear(err);
    return ESPBAK_OK;
}

/* The serial number wins over the name, which another device may have got meanwhile. */
static espbak_status open_anywhere(const reconnect *r, espbak_session **session, espbak_error *err)
{
    char path[PATH_SIZE];
    espbak_session_options options = *r->options;
    if (reopen(options.transport, err) != ESPBAK_OK)
        return err->status;
    if (ports_find_again(&r->usb, path, sizeof(path)))
        options.port = path;
    if (r->without_own || r->lost_in_place > OWN_LOSSES)
        options.own_loader = ESPBAK_OWN_LOADER_OFF; /* where it was lost may be where our own loader is of no use */
    return espbak_session_open(session, &options, err);
}

static espbak_status hold_on(const reconnect *r, espbak_time until, espbak_error *err)
{
    const espbak_clock *clock = espbak_clock_system();
    const espbak_cancel *cancel = r->options->cancel;
    if (espbak_clock_now(clock) >= until)
        return ESPBAK_E_PORT;
    espbak_clock_sleep(clock, PAUSE);
    return cancel_check(cancel, err);
}

espbak_session_stats reconnect_stats(const reconnect *r, const espbak_session *session)
{
    espbak_session_stats sum = r->ended;
    if (session == NULL)
        return sum;
    const espbak_session_stats now = espbak_session_get_stats(session);
    session_add_stats(&sum, &now);
    return sum;
}

/*
 * Close what is left of *session and open a new one. `err` holds why the device is gone, and keeps it
 * when it does not come back. ESPBAK_E_CONNECT when another device is there instead.
 */
static espbak_status open_anew(reconnect *r, espbak_session **session, espbak_error *err)
{
    const espbak_events *events = r->options->events;
    const espbak_time until = espbak_clock_now(espbak_clock_system()) + (espbak_time)r->wait_seconds * ESPBAK_S;
    espbak_log(events, ESPBAK_LOG_INFO, "the device does not answer any more (%s); looking for it again", err->message);
    r->ended = reconnect_stats(r, *session);
    r->times++;
    r->without_own = r->without_own || (*session != NULL && visit_goes_without_own(*session));
    if (*session != NULL && !r->watched.known)
        r->watched = *watch_of(*session);
    r->changed = r->changed || (*session != NULL && !visit_has_only_read(*session));
    espbak_session_close(*session);
    *session = NULL;
    for (;;) {
        espbak_error why = {.flash_changed = err->flash_changed};
        espbak_status status = open_anywhere(r, session, &why);
        if (status == ESPBAK_OK)
            status = identity_check(espbak_session_device(*session), &r->device, IDENTITY_WHOLE, &why);
        if (status == ESPBAK_OK) {
            espbak_log(events, ESPBAK_LOG_INFO, "it is back on %s", espbak_session_device(*session)->link.port);
            espbak_error_clear(err);
            r->silent = false;
            return ESPBAK_OK;
        }
        if (*session != NULL || !retry_helps(RETRY_RETURN, status)) {
            *err = why;
            return status;
        }
        retry_say(RETRY_RETURN, events, why.message);
        status = hold_on(r, until, &why);
        if (status == ESPBAK_E_CANCELLED)
            *err = why;
        if (status != ESPBAK_OK)
            return err->status;
    }
}

bool reconnect_needs_proof(const reconnect *r, espbak_session *session)
{
    espbak_error why = {0};
    const espbak_session_stats stats = reconnect_stats(r, session);
    if (stats.retries + stats.repairs.resyncs + r->times == 0 || espbak_flash_can_hash(session, &why) != ESPBAK_OK)
        return false;
    espbak_log(r->options->events, ESPBAK_LOG_INFO,
               "the line damages bytes: what was read is compared with the device in spite of --no-verify");
    return true;
}

/* Whether the chip still does what it is told. */
static bool answers(reconnect *r, espbak_session *session)
{
    espbak_error ignored = {0};
    uint8_t md5[16];
    const espbak_status status = espbak_flash_md5(session, 0, ESPBAK_FLASH_SECTOR, md5, &ignored);
    r->silent = status != ESPBAK_OK && status != ESPBAK_E_UNSUPPORTED;
    return !r->silent;
}

bool reconnect_goes_on(reconnect *r, espbak_session *session, espbak_status status)
{
    return retry_helps(RETRY_STEP, status) && answers(r, session);
}

espbak_status reconnect_start_over(reconnect *r, espbak_session **session, retry what, espbak_error *err)
{
    if (!answers(r, *session))
        return open_anew(r, session, err);
    retry_say(what, r->options->events, err->message);
    espbak_error_clear(err);
    return ESPBAK_OK;
}

void reconnect_begin_part(reconnect *r)
{
    r->lost_in_place = 0;
}

static espbak_status find_again(reconnect *r, espbak_session **session, const reconnect_step *step, espbak_error *err)
{
    const uint64_t now = step->reached != NULL ? step->reached(step->user) : 0;
    if (now >= r->reached + GETTING_ON)
        r->lost_in_place = 0;
    r->reached = now;
    if (!retry_again(RETRY_LOST, ++r->lost_in_place, err->status))
        return err->status;
    const espbak_status status = open_anew(r, session, err);
    if (status == ESPBAK_OK && step->back != NULL)
        step->back(step->user);
    return status;
}

espbak_status reconnect_insist(reconnect *r, espbak_session **session, const reconnect_step *step, espbak_error *err)
{
    for (unsigned tries = 0;;) {
        const espbak_status status = step->run(step->user, err);
        if (!retry_helps(RETRY_STEP, status))
            return status;
        if (r->silent || !answers(r, *session)) {
            if (find_again(r, session, step, err) != ESPBAK_OK)
                return err->status;
        } else if (!retry_again(RETRY_STEP, ++tries, status)) {
            return status;
        } else {
            retry_say(RETRY_STEP, r->options->events, err->message);
            espbak_error_clear(err);
        }
    }
}

/* Its stub could not be started, and without one this chip cannot be read. */
static bool lacks_stub(const espbak_session *session, const espbak_session_options *options)
{
    const espbak_device_info *device = espbak_session_device(session);
    espbak_error why = {0};
    return !options->no_stub && device->link.loader == ESPBAK_LOADER_ROM && device->chip != NULL &&
           stub_is_possible(session) && espbak_flash_can_read(session, &why) == ESPBAK_E_UNSUPPORTED;
}

espbak_status reconnect_open(espbak_session **session, const espbak_session_options *options, espbak_error *err)
{
    bool answered = false;
    for (unsigned tries = 1;; tries++) {
        espbak_transport *transport = NULL;
        espbak_status status = visit_open_line(&transport, options, err);
        const retry what = status == ESPBAK_OK ? RETRY_OPEN : RETRY_PORT;
        if (status == ESPBAK_OK)
            status = espbak_session_open_transport(session, transport, options, err);
        if (answered)
            status = visit_answered_before(status, err);
        answered = what == RETRY_OPEN;
        const bool useless = status == ESPBAK_OK && lacks_stub(*session, options);
        if (!retry_again(what, tries, useless ? ESPBAK_E_PORT : status))
            return status;
        retry_say(what, options->events, useless ? "without its stub this chip cannot be read" : err->message);
        if (useless)
            espbak_session_close(*session);
        *session = NULL;
        espbak_error_clear(err);
    }
}
