/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/restart.h"

#include "device/flash/facts.h"
#include "device/flash/identify/id.h"
#include "device/loader/baud.h"
#include "device/loader/leave.h"
#include "device/loader/own.h"
#include "device/loader/resync.h"
#include "device/loader/round_trip.h"
#include "device/loader/state.h"
#include "device/loader/stub.h"
#include "device/protect/protect.h"
#include "device/protect/watch.h"
#include "device/visit/come_in.h"
#include "device/visit/entrance.h"
#include "device/visit/identity.h"
#include "device/visit/rate.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"
#include "espbak/flash.h"

static espbak_status go_to_rom(espbak_session *session, espbak_error *err)
{
    visit_way *const way = &session->visit->way;
    const unsigned attempts = way->options.connect_attempts, most = retry_tries(RETRY_RESTART);
    espbak_status status = way->plan.count == 0 ? entrance_leave_loader(session, err) : ESPBAK_OK;
    way->options.connect_attempts = attempts != 0 && attempts < most ? attempts : most;
    if (status == ESPBAK_OK)
        status = entrance_enter(session, err);
    way->options.connect_attempts = attempts;
    return status;
}

/* What was known stays; only how much of the flash the loader reaches is found out again. */
static espbak_status learn_flash_again(espbak_session *session, const espbak_device_info *before, espbak_error *err)
{
    espbak_status status = flash_attach(session, err);
    if (status == ESPBAK_OK)
        status = flash_identify(session, err);
    if (status == ESPBAK_OK)
        status = identity_check(&session->info, before, IDENTITY_FLASH_ID, err);
    flash_keep_info(session, &before->flash);
    if (status == ESPBAK_OK)
        status = flash_set_params(session, before->flash.size, err);
    if (status == ESPBAK_OK)
        status = flash_find_addressable(session, err);
    protect_end(session); /* a flash that was not reset by now */
    return status == ESPBAK_OK && visit_has_only_read(session) ? protect_begin(session, err) : status;
}

/* The same for a loader that is not ours: is the flash what it was? */
static espbak_status look_again(espbak_session *session, const espbak_device_info *before, espbak_error *err)
{
    const espbak_status status = learn_flash_again(session, before, err);
    return status == ESPBAK_OK && visit_has_only_read(session) ? watch_begin(session, err) : status;
}

/* Start our own loader again, if it starts; info.link says what runs afterwards. */
static espbak_status come_back_on_own(espbak_session *session, const espbak_device_info *before, uint32_t baud,
                                      espbak_error *err)
{
    espbak_status status = learn_flash_again(session, before, err);
    if (status == ESPBAK_OK)
        status = come_in_start_own(session, baud, err);
    if (status == ESPBAK_OK || session_is_over(status))
        return status;
    status = come_in_without_own(session, err);
    if (status == ESPBAK_OK)
        status = entrance_start_loader(session, NULL, err);
    if (status == ESPBAK_OK && baud != 0)
        status = entrance_raise_baud(session, baud, NULL, err);
    return status == ESPBAK_OK ? look_again(session, before, err) : status;
}

/* From the ROM to the loader that is wanted. */
static espbak_status start_again(espbak_session *session, const espbak_device_info *before, const stub_wish *wish,
                                 uint32_t baud, espbak_error *err)
{
    espbak_status status = identity_check(&session->info, before, IDENTITY_CHIP, err);
    if (status == ESPBAK_OK && wish->kind == ESPBAK_LOADER_ROM && session->loader->stub_found)
        return espbak_fail(err, ESPBAK_E_LINK, "the stub still runs");
    if (status == ESPBAK_OK && wish->kind == ESPBAK_LOADER_OWN) {
        status = come_back_on_own(session, before, baud, err);
        return status == ESPBAK_OK ? round_trip_measure(session, ROUND_TRIP_EXACT, err) : status;
    }
    if (status == ESPBAK_OK && wish->kind != ESPBAK_LOADER_ROM)
        status = entrance_start_loader(session, wish, err);
    if (status == ESPBAK_OK && baud != 0)
        status = entrance_raise_baud(session, baud, wish, err);
    if (status == ESPBAK_OK)
        status = look_again(session, before, err);
    return status == ESPBAK_OK ? round_trip_measure(session, ROUND_TRIP_EXACT, err) : status;
}

/* One damaged byte stops a ROM: where the chip can be reset it is, and all that follows is done once more. */
static espbak_status come_back(espbak_session *session, const espbak_device_info *before, const stub_wish *wish,
                               uint32_t baud, espbak_error *err)
{
    for (unsigned tries = 1;; tries++) {
        espbak_status status = go_to_rom(session, err);
        if (status == ESPBAK_OK)
            status = start_again(session, before, wish, baud, err);
        const bool resets = session->visit->way.plan.count > 0;
        if (!resets || !session->loader->synced || !retry_again(RETRY_ANEW, tries, status))
            return status;
        retry_say(RETRY_ANEW, session->events, err->message);
        espbak_error_clear(err);
        flash_forget_loader(session);
    }
}

espbak_status restart_with(espbak_session *session, espbak_loader loader, uint32_t baud, espbak_error *err)
{
    const espbak_device_info before = session->info;
    const stub_wish wish = {.kind = loader, .avoid = before.link.loader != loader ? before.link.stub_source : ""};
    session->visit->adrift = true;
    flash_forget_loader(session);
    session->visit->counts.repairs.restarts++;
    const espbak_status status = come_back(session, &before, &wish, baud, err);
    if (status != ESPBAK_OK) {
        /* It had answered before, and may do so again; a damaged request may also be refused. */
        if (retry_helps(RETRY_RESTART, status) ||
            (status == ESPBAK_E_CONNECT && identity_is_same(&session->info, &before, IDENTITY_CHIP)))
            err->status = ESPBAK_E_LINK;
        return espbak_error_prefix(err, "starting the chip anew");
    }
    session->visit->counts.repairs.loader_changes += session->info.link.loader != before.link.loader;
    session->visit->adrift = false;
    return ESPBAK_OK;
}

espbak_status restart_where_silent(espbak_session *session, espbak_error *err)
{
    const espbak_session_stats *const counts = &session->visit->counts;
    const espbak_loader loader = session->info.link.loader;
    const espbak_status status = loader_resync(session, err);
    if (status != ESPBAK_E_LINK || !visit_can_restart(session) ||
        retry_restarts_left(counts->repairs.restarts, counts->payload_bytes) == 0)
        return status;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "starting the chip anew: %s", err->message);
    espbak_error_clear(err);
    return restart_with(session, loader, rate_now(session), err);
}

/* ---- a witness ---- */

/* It has to reach every byte. A stub comes second, because it is loaded as our own loader is. */
static bool find_witness(const espbak_session *session, espbak_loader *loader)
{
    const espbak_chip *const chip = session->info.chip;
    const bool low = session->info.flash.size <= FLASH_SMALL_LIMIT;
    const bool rom = low && (chip->rom_caps & ESPBAK_ROM_MD5) != 0;
    *loader = rom ? ESPBAK_LOADER_ROM : ESPBAK_LOADER_STUB_CURRENT;
    return visit_can_restart(session) && (rom || (visit_takes_stubs(session) && (low || chip->four_byte_stub)));
}

/* Nothing is repaired by that. */
static espbak_status restart_uncounted(espbak_session *session, espbak_loader loader, uint32_t baud, espbak_error *err)
{
    espbak_repairs *const repairs = &session->visit->counts.repairs;
    const espbak_repairs before = *repairs;
    const espbak_status status = restart_with(session, loader, baud, err);
    if (status != ESPBAK_OK)
        return status;
    repairs->restarts = before.restarts;
    repairs->loader_changes = before.loader_changes;
    return ESPBAK_OK;
}

static void say_no_witness(const espbak_session *session)
{
    espbak_log(session->events, ESPBAK_LOG_WARNING,
               "espbak's own loader is not proven on the %s, and no other loader can be started here: what it %s is "
               "confirmed by the same program",
               session->info.chip->title, session->visit->way.options.reads_only ? "read" : "wrote");
}

espbak_status restart_with_witness(espbak_session *session, espbak_error *err)
{
    espbak_loader witness = ESPBAK_LOADER_ROM;
    espbak_error unable = {0};
    if (!session_has_own_loader(session) || !visit_own_is_unproven(session))
        return ESPBAK_OK;
    if (!find_witness(session, &witness)) {
        say_no_witness(session);
        return ESPBAK_OK;
    }
    /* A ROM changes its rate once only, and digests are short. */
    const uint32_t baud = witness == ESPBAK_LOADER_ROM ? 0 : rate_now(session);
    if (restart_uncounted(session, witness, baud, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "changing to another loader for the second look");
    if (espbak_flash_can_hash(session, &unable) != ESPBAK_OK) {
        say_no_witness(session); /* the stub did not start */
        return restart_without_witness(session, err);
    }
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "the second look is taken by %s",
               espbak_loader_phrase(session->info.link.loader));
    return ESPBAK_OK;
}

espbak_status restart_without_witness(espbak_session *session, espbak_error *err)
{
    if (session_has_own_loader(session) || !visit_own_is_unproven(session))
        return ESPBAK_OK;
    const espbak_status status = restart_uncounted(session, ESPBAK_LOADER_OWN, rate_now(session), err);
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "going back to espbak's own loader");
}
