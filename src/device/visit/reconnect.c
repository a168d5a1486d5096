/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/reconnect.h"

#include <string.h>

#include "espbak/chip.h"
#include "espbak/flash.h"
#include "ops/common/job.h"
#include "transport/serial/ports.h"

enum {
    PAUSE = 250 * ESPBAK_MS, /* between two looks for a device that is not there */
    OPEN_TRIES = 3,
    PATH_SIZE = 256,        /* as in espbak_port */
    LOST_IN_PLACE_MAX = 3,  /* times a device may go away without any getting on in between */
    OWN_LOSSES = 1,         /* of them with the reader */
    GETTING_ON = 64 * 1024, /* bytes */
    STEP_TRIES = 2,         /* more of them where the chip answers, but not this */
};

void reconnect_init(reconnect *r, const espbak_session_options *options, unsigned wait_seconds, espbak_session *session)
{
    char path[PATH_SIZE];
    *r = (reconnect){.options = options,
                     .wait_seconds = wait_seconds,
                     .device = *espbak_session_device(session),
                     .usb = *espbak_transport_get_usb(espbak_session_transport(session))};
    /* Cheap bridges of one make all have the same serial number, which tells nothing then. */
    r->usb.known = ports_find_again(&r->usb, path, sizeof(path));
}

static bool is_same(const espbak_device_info *a, const espbak_device_info *b)
{
    return a->chip == b->chip && a->mac_known == b->mac_known &&
           (!a->mac_known || memcmp(a->mac, b->mac, sizeof(a->mac)) == 0) && a->flash.size == b->flash.size &&
           a->flash.jedec_id == b->flash.jedec_id;
}

static espbak_status check_device(const reconnect *r, const espbak_session *session, espbak_error *err)
{
    if (is_same(&r->device, espbak_session_device(session)))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_CONNECT, "another device is attached now: %s, and it was %s",
                espbak_session_device(session)->name, r->device.name);
    espbak_error_hint(err, "attach the first one again and go on with --resume");
    return ESPBAK_E_CONNECT;
}

/* The serial number wins over the name, which another device may have got meanwhile. */
static espbak_status open_anywhere(const reconnect *r, espbak_session **session, espbak_error *err)
{
    char path[PATH_SIZE];
    espbak_session_options options = *r->options;
    if (ports_find_again(&r->usb, path, sizeof(path)))
        options.port = path;
    if (r->lost_in_place > OWN_LOSSES)
        options.own_loader = ESPBAK_OWN_LOADER_OFF; /* where it was lost may be where the reader is of no use */
    return espbak_session_open(session, &options, err);
}

static bool may_come_back(espbak_status status)
{
    return status == ESPBAK_E_PORT || status == ESPBAK_E_CONNECT || status == ESPBAK_E_LINK ||
           status == ESPBAK_E_DEVICE;
}

static espbak_status hold_on(const reconnect *r, espbak_time until, espbak_error *err)
{
    const espbak_clock *clock = espbak_clock_system();
    if (espbak_clock_now(clock) >= until)
        return ESPBAK_E_PORT;
    espbak_clock_sleep(clock, PAUSE);
    return job_check_cancel(r->options->cancel, err);
}

static void add_compression(espbak_compression *sum, const espbak_compression *more)
{
    sum->blank_bytes += more->blank_bytes;
    sum->unpacked_bytes += more->unpacked_bytes;
    sum->packed_bytes += more->packed_bytes;
}

static void count(reconnect *r, const espbak_session *session)
{
    const espbak_session_stats stats = espbak_session_get_stats(session);
    r->wire_bytes += stats.tx_bytes + stats.rx_bytes;
    r->retries += stats.retries;
    add_compression(&r->compression, &stats.compression);
    job_add_repairs(&r->repairs, &stats.repairs);
    r->times++;
}

void reconnect_add(const reconnect *r, espbak_job_stats *stats)
{
    stats->bytes_on_wire += r->wire_bytes;
    stats->retries += r->retries;
    add_compression(&stats->compression, &r->compression);
    job_add_repairs(&stats->repairs, &r->repairs);
}

espbak_status reconnect_run(reconnect *r, espbak_session **session, espbak_error *err)
{
    const espbak_events *events = r->options->events;
    const espbak_time until = espbak_clock_now(espbak_clock_system()) + (espbak_time)r->wait_seconds * ESPBAK_S;
    espbak_log(events, ESPBAK_LOG_INFO, "the device does not answer any more (%s); looking for it again", err->message);
    count(r, *session);
    espbak_session_close(*session);
    *session = NULL;
    for (;;) {
        espbak_error why = {.flash_changed = err->flash_changed};
        espbak_status status = open_anywhere(r, session, &why);
        if (status == ESPBAK_OK)
            status = check_device(r, *session, &why);
        if (status == ESPBAK_OK) {
            espbak_log(events, ESPBAK_LOG_INFO, "it is back on %s", espbak_session_device(*session)->link.port);
            espbak_error_clear(err);
            r->silent = false;
            return ESPBAK_OK;
        }
        if (*session != NULL || !may_come_back(status)) {
            *err = why;
            return status;
        }
        espbak_log(events, ESPBAK_LOG_DETAIL, "not yet: %s", why.message);
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
    const espbak_session_stats stats = espbak_session_get_stats(session);
    if (stats.retries + stats.repairs.resyncs + r->retries + r->repairs.resyncs + r->times == 0 ||
        espbak_flash_can_hash(session, &why) != ESPBAK_OK)
        return false;
    espbak_log(r->options->events, ESPBAK_LOG_INFO,
               "the line damages bytes: what was read is compared with the device in spite of --no-verify");
    return true;
}

bool reconnect_answers(reconnect *r, espbak_session *session)
{
    espbak_error ignored = {0};
    uint8_t md5[16];
    const espbak_status status = espbak_flash_md5(session, 0, ESPBAK_FLASH_SECTOR, md5, &ignored);
    r->silent = status != ESPBAK_OK && status != ESPBAK_E_UNSUPPORTED;
    return !r->silent;
}

bool reconnect_may_help(espbak_status status)
{
    return status == ESPBAK_E_PORT || status == ESPBAK_E_LINK || status == ESPBAK_E_DEVICE;
}

static espbak_status find_again(reconnect *r, espbak_session **session, const reconnect_step *step, espbak_error *err)
{
    const uint64_t now = step->reached != NULL ? step->reached(step->user) : 0;
    if (now >= r->reached + GETTING_ON)
        r->lost_in_place = 0;
    r->reached = now;
    if (r->lost_in_place++ >= LOST_IN_PLACE_MAX)
        return err->status;
    const espbak_status status = reconnect_run(r, session, err);
    if (status == ESPBAK_OK && step->back != NULL)
        step->back(step->user);
    return status;
}

espbak_status reconnect_insist(reconnect *r, espbak_session **session, const reconnect_step *step, espbak_error *err)
{
    for (unsigned again = 0;;) {
        const espbak_status status = step->run(step->user, err);
        if (!reconnect_may_help(status))
            return status;
        if (r->silent || !reconnect_answers(r, *session)) {
            if (find_again(r, session, step, err) != ESPBAK_OK)
                return err->status;
        } else if (again++ == STEP_TRIES) {
            return status;
        } else {
            espbak_log(r->options->events, ESPBAK_LOG_DETAIL, "once more: %s", err->message);
            espbak_error_clear(err);
        }
    }
}

/* Its stub did not get through, and without one this chip is of no use. */
static bool lacks_stub(const espbak_session *session, const espbak_session_options *options)
{
    const espbak_device_info *device = espbak_session_device(session);
    espbak_error why = {0};
    return !options->no_stub && device->link.loader == ESPBAK_LOADER_ROM && device->chip != NULL &&
           device->chip->stub_names != NULL && device->chip->stub_names[0] != NULL &&
           device->security.secure_download != ESPBAK_YES &&
           espbak_flash_can_read(session, &why) == ESPBAK_E_UNSUPPORTED;
}

/* A request of which a byte was damaged can also be answered by a no; a port that was there may be again. */
static bool may_pass(espbak_status status, bool port_was_there)
{
    return status == ESPBAK_E_LINK || status == ESPBAK_E_DEVICE || status == ESPBAK_E_UNSUPPORTED ||
           (status == ESPBAK_E_PORT && port_was_there);
}

espbak_status reconnect_open(espbak_session **session, const espbak_session_options *options, espbak_error *err)
{
    for (unsigned tries = 1;; tries++) {
        espbak_transport *transport = NULL;
        espbak_status status = espbak_transport_open(&transport, options->port, options->events, options->cancel, err);
        const bool is_there = status == ESPBAK_OK;
        if (is_there)
            status = espbak_session_open_transport(session, transport, options, err);
        const bool useless = status == ESPBAK_OK && lacks_stub(*session, options);
        if (tries == OPEN_TRIES || (!useless && !may_pass(status, is_there)))
            return status;
        espbak_log(options->events, ESPBAK_LOG_INFO, "connecting again: %s",
                   useless ? "without its stub this chip cannot be read" : err->message);
        if (useless)
            espbak_session_close(*session);
        *session = NULL;
        espbak_error_clear(err);
    }
}
