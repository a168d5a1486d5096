/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/come_in.h"

#include "device/chip/registers.h"
#include "device/flash/facts.h"
#include "device/flash/identify/id.h"
#include "device/loader/baud.h"
#include "device/loader/own.h"
#include "device/loader/resync.h"
#include "device/loader/round_trip.h"
#include "device/loader/state.h"
#include "device/protect/protect.h"
#include "device/protect/watch.h"
#include "device/rate/rate_steps.h"
#include "device/visit/entrance.h"
#include "device/visit/ladder_steps.h"
#include "device/visit/rate.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"

/* `later`: another loader will come, and look again where this one cannot. */
static flash_size_wish size_wish(const espbak_session *session, bool later)
{
    const espbak_session_options *const options = &session->visit->way.options;
    return (flash_size_wish){.wanted = options->flash_size,
                             .optional = options->flash_not_needed || session_is_locked(session),
                             .later = later};
}

static espbak_status learn_flash_once(espbak_session *session, const flash_size_wish *wish, espbak_error *err)
{
    protect_end(session); /* of a try before, whose bits are not the flash's own */
    espbak_status status = flash_attach(session, err);
    if (status == ESPBAK_OK)
        status = flash_identify(session, err);
    if (status == ESPBAK_OK)
        status = protect_begin(session, err); /* before anything is read or hashed */
    return status == ESPBAK_OK ? flash_find_size(session, wish, err) : status;
}

/* Identifying the flash takes many requests; on a bad line it is done again, at a lower rate. */
static espbak_status learn_flash(espbak_session *session, bool later, espbak_error *err)
{
    const flash_size_wish wish = size_wish(session, later);
    espbak_status status = ESPBAK_OK;
    for (unsigned tries = 1;; tries++) {
        espbak_error_clear(err);
        status = learn_flash_once(session, &wish, err);
        if (!retry_again(RETRY_LEARN, tries, status) || visit_is_stuck(session))
            break;
        retry_say(RETRY_LEARN, session->events, err->message);
        if (loader_resync(session, err) != ESPBAK_OK || rate_lower(session, err) != ESPBAK_OK)
            return err->status;
    }
    if (wish.optional && (status == ESPBAK_E_DEVICE || status == ESPBAK_E_UNSUPPORTED)) {
        espbak_log(session->events, ESPBAK_LOG_WARNING, "the flash could not be identified: %s", err->message);
        espbak_error_clear(err);
        status = ESPBAK_OK;
    }
    return status;
}

/* While the loader reads registers; once for all, and nothing else depends on them. */
static espbak_status learn_efuses(espbak_session *session, espbak_error *err)
{
    if (!session->visit->way.options.efuses || session->info.efuses.count > 0 || session_is_locked(session))
        return ESPBAK_OK;
    const espbak_status status = chip_read_efuses(session, err);
    if (status != ESPBAK_E_DEVICE && status != ESPBAK_E_UNSUPPORTED)
        return status;
    espbak_log(session->events, ESPBAK_LOG_WARNING, "the eFuses are left out: %s", err->message);
    espbak_error_clear(err);
    return ESPBAK_OK;
}

/* ---- our own loader ---- */

/* Where nothing was proven it is not known either whether the chip finds back to its ROM by itself. */
static bool can_be_left(const espbak_session *session)
{
    const visit_way *const way = &session->visit->way;
    return way->plan.count > 0 && way->options.after != ESPBAK_AFTER_NO_RESET;
}

static bool wants_own(const espbak_session *session)
{
    const espbak_session_options *const options = &session->visit->way.options;
    if (options->own_loader == ESPBAK_OWN_LOADER_OFF)
        return false;
    if (options->own_loader == ESPBAK_OWN_LOADER_ON)
        return true;
    /* A stub that runs already, or is to be left running, is what the user wants. */
    if (options->no_stub || session->loader->stub_found || options->after == ESPBAK_AFTER_NO_RESET_STUB)
        return false;
    const espbak_chip *const chip = session->info.chip;
    return options->reads_only
               ? loader_image_find(chip->name) != NULL && (chip->own_loader_proven || can_be_left(session))
               : chip->own_writes_proven;
}

/* Where nobody asked for a certain rate, lower ones are tried before it stays as it was found. */
static espbak_status raise_baud_of_own(espbak_session *session, uint32_t baud, espbak_error *err)
{
    const uint32_t now = session->info.link.baud;
    const bool chosen = session->visit->way.options.baud == 0;
    espbak_status status = baud > now ? baud_change(session, baud, err) : ESPBAK_OK;
    while (status == ESPBAK_E_DEVICE && chosen && rate_step_below(baud) > now) {
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "%s", err->message);
        espbak_error_clear(err);
        baud = rate_step_below(baud);
        status = baud_change(session, baud, err);
    }
    if (status != ESPBAK_E_DEVICE)
        return status;
    espbak_log(session->events, ESPBAK_LOG_WARNING, "%s; going on with %u baud", err->message, (unsigned)now);
    espbak_error_clear(err);
    return ESPBAK_OK;
}

/*
 * Half of a second less for loading, and for all that is asked of the ROM before. Higher rates are left to our own
 * loader, which finds back by itself.
 */
static espbak_status raise_baud_of_rom(espbak_session *session, espbak_error *err)
{
    const uint32_t baud = rate_to_load_own(session);
    bool changed = false;
    if (baud == 0)
        return ESPBAK_OK;
    const espbak_status status = baud_step(session, baud, &changed, err);
    if (status == ESPBAK_OK || session_is_over(status))
        return status;
    const bool lost = session->visit->way.plan.count == 0;
    espbak_log(session->events, lost ? ESPBAK_LOG_WARNING : ESPBAK_LOG_DETAIL,
               lost ? "the ROM is not understood at %u baud (%s): on this line use --baud %u"
                    : "the ROM is not understood at %u baud (%s): going on with %u baud",
               (unsigned)baud, err->message, (unsigned)session->line.first_baud);
    espbak_error_clear(err);
    return visit_answered_before(entrance_enter(session, err), err);
}

/* One byte lost on the way may stop the ROM; where the chip can be reset that is no reason to do without. */
static espbak_status load_own(espbak_session *session, const loader_image *image, espbak_error *err)
{
    espbak_status status = own_load(session, image, err);
    for (unsigned tries = 1;
         status == ESPBAK_E_LINK && session->visit->way.plan.count > 0 && retry_again(RETRY_ENTER, tries, status);
         tries++) {
        retry_say(RETRY_ENTER, session->events, err->message);
        espbak_error_clear(err);
        status = entrance_enter(session, err);
        if (status == ESPBAK_OK)
            status = own_load(session, image, err);
    }
    return status;
}

espbak_status come_in_start_own(espbak_session *session, uint32_t wanted, espbak_error *err)
{
    const loader_image *const image = loader_image_find(session->info.chip->name);
    espbak_status status = load_own(session, image, err);
    if (status == ESPBAK_OK)
        status = own_start(session, image, err);
    const uint32_t baud = status == ESPBAK_OK ? baud_choose(session, wanted != 0 ? wanted : rate_wanted(session)) : 0;
    if (baud != 0)
        status = raise_baud_of_own(session, baud, err);
    if (status == ESPBAK_OK)
        status = flash_find_addressable(session, err);
    if (status == ESPBAK_OK && session->flash->addressable < session->info.flash.size)
        status = espbak_fail(err, ESPBAK_E_UNSUPPORTED, "it reaches only the first 16 MB of the flash");
    return status == ESPBAK_OK ? own_measure_round_trip(session, err) : status;
}

espbak_status come_in_without_own(espbak_session *session, espbak_error *err)
{
    espbak_log(session->events, ESPBAK_LOG_WARNING, "espbak's own loader does not work here (%s): going on with %s",
               err->message, visit_takes_stubs(session) ? "Espressif's stub" : "the ROM loader");
    espbak_error_clear(err);
    session->visit->way.options.own_loader = ESPBAK_OWN_LOADER_OFF;
    espbak_status status = ESPBAK_OK;
    if (session->visit->way.plan.count == 0)
        status = entrance_leave_loader(session, err);
    if (session_is_over(status))
        return status;
    espbak_error_clear(err); /* whatever runs now may answer */
    status = entrance_enter(session, err);
    if (status == ESPBAK_E_CONNECT)
        err->status = status = ESPBAK_E_LINK; /* the chip had answered before */
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "after espbak's own loader did not work");
}

/* Everything up to our own loader at work, where one is wanted and does; else the ROM loader is left to others. */
static espbak_status come_in_on_own(espbak_session *session, espbak_error *err)
{
    visit_way *const way = &session->visit->way;
    espbak_status status = ESPBAK_OK;
    if (!wants_own(session))
        return ESPBAK_OK;
    if (session->loader->stub_found)
        status = entrance_send_stub_away(session, err);
    if (status == ESPBAK_OK)
        status = raise_baud_of_rom(session, err);
    if (status == ESPBAK_OK)
        status = learn_efuses(session, err);
    if (status == ESPBAK_OK)
        status = learn_flash(session, true, err);
    if (status != ESPBAK_OK)
        return status;
    const char *const reason = own_why_none(session);
    if (reason != NULL) {
        const bool asked = way->options.own_loader == ESPBAK_OWN_LOADER_ON;
        espbak_log(session->events, asked ? ESPBAK_LOG_WARNING : ESPBAK_LOG_DETAIL,
                   "espbak's own loader is not used: %s", reason);
        return entrance_leave_loader(session, err); /* stubs were never seen to start at another rate */
    }
    status = come_in_start_own(session, 0, err);
    if (status != ESPBAK_OK)
        return session_is_over(status) ? status : come_in_without_own(session, err);
    rate_begin(session, baud_choose(session, rate_wanted(session)));
    const flash_size_wish wish = size_wish(session, false);
    return session->flash->looked ? ESPBAK_OK : flash_find_size(session, &wish, err);
}

/* ---- all of it ---- */

espbak_status come_in(espbak_session *session, const char *reset_sequence, espbak_error *err)
{
    visit_way *const way = &session->visit->way;
    espbak_status status = reset_make_plan(&way->plan, session->transport, way->options.before, reset_sequence, err);
    way->known = status == ESPBAK_OK;
    if (status == ESPBAK_OK)
        status = entrance_enter(session, err);
    if (status == ESPBAK_OK)
        status = come_in_on_own(session, err);
    if (session_has_own_loader(session))
        return status;
    if (status == ESPBAK_OK)
        status = learn_efuses(session, err);
    if (status == ESPBAK_OK)
        status = entrance_start_loader(session, NULL, err);
    if (status == ESPBAK_OK)
        status = entrance_raise_baud(session, rate_wanted(session), NULL, err);
    if (status != ESPBAK_OK)
        return status;
    rate_begin(session, session->visit->way.asked_baud);
    status = learn_flash(session, false, err);
    if (status == ESPBAK_OK)
        status = ladder_steps_safer(session, err);
    if (status == ESPBAK_OK)
        status = watch_begin(session, err);
    return status == ESPBAK_OK && !session_is_locked(session) ? round_trip_measure(session, ROUND_TRIP_EXACT, err)
                                                              : status;
}
