/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/ladder_steps.h"

#include <inttypes.h>

#include "device/flash/facts.h"
#include "device/flash/identify/id.h"
#include "device/protect/facts.h"
#include "device/protect/protect.h"
#include "device/visit/rate.h"
#include "device/visit/restart.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"

static bool stub_fits(const espbak_session *session, uint32_t offset)
{
    const espbak_chip *chip = session->info.chip;
    return visit_takes_stubs(session) && (offset < FLASH_SMALL_LIMIT || chip->four_byte_stub);
}

/* Only where the session began with it; how much of the flash it reaches is tested each time it starts. */
static bool own_fits(const espbak_session *session, uint32_t offset)
{
    (void)offset;
    return session->visit->ladder.loaders.home == ESPBAK_LOADER_OWN;
}

static bool rom_fits(const espbak_session *session, uint32_t offset)
{
    const unsigned needed = ESPBAK_ROM_READ_SLOW | ESPBAK_ROM_MD5;
    return (session->info.chip->rom_caps & needed) == needed && offset < FLASH_SMALL_LIMIT;
}

static const struct loader_row {
    espbak_loader loader;
    bool (*fits)(const espbak_session *session, uint32_t offset);
} loader_rows[] = {
    {ESPBAK_LOADER_OWN, own_fits},
    {ESPBAK_LOADER_STUB_CURRENT, stub_fits},
    {ESPBAK_LOADER_STUB_LEGACY, stub_fits},
    {ESPBAK_LOADER_ROM, rom_fits},
};
enum { LOADER_ROWS = sizeof(loader_rows) / sizeof(loader_rows[0]) };

static ladder_view look(const espbak_session *session, uint32_t sector, bool may_restart)
{
    size_t lower = 0;
    ladder_view view = {
        .now = session->info.link.loader,
        .sector = sector,
        .slower = rate_can_change(session) && ladder_rates_lower(&session->visit->ladder.rates, &lower),
        .restart = may_restart && visit_can_restart(session),
        .budget = retry_restarts_left(session->visit->counts.repairs.restarts, session->visit->counts.payload_bytes),
    };
    for (size_t i = 0; i < LOADER_ROWS; i++) {
        if (loader_rows[i].fits(session, sector))
            view.reach |= LADDER_BIT(loader_rows[i].loader);
    }
    return view;
}

static espbak_status restart(espbak_session *session, espbak_loader loader, espbak_error *err)
{
    ladder_rates *rates = &session->visit->ladder.rates;
    ladder_loaders *loaders = &session->visit->ladder.loaders;
    const espbak_status status = restart_with(session, loader, rate_now(session), err);
    if (status != ESPBAK_OK)
        return status;
    ladder_rates_found(rates, session->info.link.baud);
    if (session->info.link.loader == loader)
        return ESPBAK_OK;
    loaders->absent |= LADDER_BIT(loader);
    if (loader == ESPBAK_LOADER_OWN)
        loaders->home = session->info.link.loader; /* nothing depends on it */
    if (loader != loaders->home)
        return ESPBAK_OK;
    session->visit->adrift = true;
    return espbak_fail(err, ESPBAK_E_LINK, "%s did not start any more", espbak_loader_phrase(loader));
}

/* Start this loader. *again: the one that runs now can address the place, and it is new there. */
static espbak_status change_loader(espbak_session *session, uint32_t sector, espbak_loader to, bool *again,
                                   espbak_error *err)
{
    ladder_loaders *loaders = &session->visit->ladder.loaders;
    espbak_error why = {0};
    const char *before = espbak_loader_phrase(session->info.link.loader);
    const espbak_status status = to == session->info.link.loader ? ESPBAK_OK : restart(session, to, &why);
    if (status != ESPBAK_OK) {
        *err = why;
        return status;
    }
    const espbak_loader now = session->info.link.loader;
    const ladder_view view = look(session, sector, false);
    *again = (view.reach & LADDER_BIT(now)) != 0 && sector < session->flash->addressable &&
             ladder_try_loader(loaders, sector, now);
    ladder_go_away(loaders, sector);
    if (now != to)
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "%s cannot be had", espbak_loader_phrase(to));
    if (*again)
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "0x%" PRIX32 " keeps failing with %s: trying %s", sector, before,
                   espbak_loader_phrase(now));
    else
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "%s does not reach 0x%" PRIX32, espbak_loader_phrase(now),
                   sector);
    return ESPBAK_OK;
}

static espbak_status start_again(espbak_session *session, espbak_loader loader, bool *again, espbak_error *err)
{
    espbak_error why = {0};
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "the loader is silent (%s): starting %s anew", err->message,
               espbak_loader_phrase(loader));
    const espbak_status status = restart(session, loader, &why);
    *again = status == ESPBAK_OK;
    if (status != ESPBAK_OK)
        *err = why;
    return status;
}

/*
 * Espressif's current stub takes a READ_FLASH of which one bit was damaged (0xD2) for ERASE_FLASH (0xD0),
 * and does not mind that the length is another (esp-flasher-stub command_handler.c). Where requests arrive
 * wrong it may therefore not be used for reading, if anything else can read: legacy stubs look at the
 * length, and the command of a ROM is not next to any that erases.
 */
static bool can_leave_risky(const espbak_session *session, bool may_restart)
{
    const ladder_view view = look(session, 0, may_restart);
    const uint64_t size = session->info.flash.size;
    return view.restart && view.budget > 0 && protect_is_needed(session) && size > 0 && size <= FLASH_SMALL_LIMIT &&
           rom_fits(session, (uint32_t)size - 1);
}

static bool is_risky(const espbak_session *session, bool may_restart)
{
    return can_leave_risky(session, may_restart) && ladder_rates_are_rough(&session->visit->ladder.rates);
}

/* A legacy stub where there is one, else the ROM; both are looked for at once. */
static espbak_status start_safer(espbak_session *session, espbak_error *err)
{
    ladder_loaders *loaders = &session->visit->ladder.loaders;
    loaders->home = ESPBAK_LOADER_ROM;
    const bool legacy = visit_takes_stubs(session) && (loaders->absent & LADDER_BIT(ESPBAK_LOADER_STUB_LEGACY)) == 0;
    const espbak_status status = restart(session, legacy ? ESPBAK_LOADER_STUB_LEGACY : ESPBAK_LOADER_ROM, err);
    loaders->home = session->info.link.loader;
    return status;
}

static espbak_status leave_risky_loader(espbak_session *session, espbak_error *err)
{
    ladder_rates *rates = &session->visit->ladder.rates;
    size_t to = 0;
    bool changed = false;
    if (!rates->eased && rate_can_change(session) && ladder_rates_lower(rates, &to)) {
        rates->eased = true;
        return rate_change(session, to, "too many errors", &changed, err);
    }
    const espbak_status status = start_safer(session, err);
    if (status == ESPBAK_OK)
        espbak_log(session->events, ESPBAK_LOG_DETAIL,
                   "the line damages so much that the current stub might take a request to read for one to erase: %s "
                   "reads on",
                   espbak_loader_phrase(session->info.link.loader));
    return status;
}

espbak_status ladder_steps_safer(espbak_session *session, espbak_error *err)
{
    if (!session->visit->way.options.reads_only || session->protect->on || !can_leave_risky(session, true))
        return ESPBAK_OK;
    const espbak_status status = start_safer(session, err);
    if (status == ESPBAK_OK)
        espbak_log(session->events, ESPBAK_LOG_INFO,
                   "this flash cannot be protected, and with the current stub one wrong bit may erase it: %s reads",
                   espbak_loader_phrase(session->info.link.loader));
    return status;
}

/* What is tried before anything has failed must be able to fail. */
static bool may_try(const espbak_session *session, size_t to, bool may_restart)
{
    const ladder_rates *rates = &session->visit->ladder.rates;
    return to > rates->at || !rates->climbs || (may_restart && session_has_own_loader(session));
}

espbak_status ladder_steps_rate(espbak_session *session, uint64_t left, bool may_restart, espbak_error *err)
{
    ladder_rates *rates = &session->visit->ladder.rates;
    size_t to = 0;
    bool changed = false;
    espbak_status status = ESPBAK_OK;
    if (rate_can_change(session) && ladder_rates_judge(rates, left, &to) && may_try(session, to, may_restart)) {
        const char *why = to > rates->at ? "too many errors" : "trying a higher rate";
        if (to > rates->at && ladder_rates_climbed_too_high(rates))
            rate_say_too_high(session, to);
        status = rate_change(session, to, why, &changed, err);
        if (status == ESPBAK_E_LINK)
            ladder_rates_moved(rates, to, false);
    } else if (is_risky(session, may_restart)) {
        status = leave_risky_loader(session, err);
    }
    if (status != ESPBAK_E_LINK || !may_restart || session->visit->adrift)
        return status;
    return start_again(session, session->info.link.loader, &changed, err);
}

static espbak_status slow_down(espbak_session *session, bool *again, espbak_error *err)
{
    size_t to = 0;
    espbak_error why = {0};
    if (!ladder_rates_lower(&session->visit->ladder.rates, &to))
        return ESPBAK_OK;
    const espbak_status status = rate_change(session, to, "a place keeps failing", again, &why);
    if (status != ESPBAK_OK)
        *err = why;
    return status;
}

/* Without a restart a silent chip could not be asked for anything behind this place either. */
static espbak_status leave_place(espbak_session *session, const ladder_view *view, ladder_trouble trouble,
                                 espbak_error *err)
{
    bool ignored = false;
    if (trouble != LADDER_SILENT || !view->restart || view->budget == 0)
        return ESPBAK_OK;
    const espbak_error kept = *err;
    const espbak_status status = start_again(session, session->visit->ladder.loaders.home, &ignored, err);
    if (status == ESPBAK_OK)
        *err = kept;
    return status;
}

espbak_status ladder_steps_rescue(espbak_session *session, uint32_t offset, ladder_trouble trouble, bool may_restart,
                                  bool *again, espbak_error *err)
{
    const uint32_t sector = offset / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
    espbak_status status = ESPBAK_OK;
    *again = false;
    while (status == ESPBAK_OK && !*again) {
        const ladder_view view = look(session, sector, may_restart);
        espbak_loader to = view.now;
        switch (ladder_decide(&session->visit->ladder.loaders, &view, trouble, &to)) {
        case LADDER_SLOWER:
            status = slow_down(session, again, err);
            if (status == ESPBAK_E_LINK && view.restart)
                status = start_again(session, to, again, err);
            break;
        case LADDER_RESTART:
            status = start_again(session, to, again, err);
            break;
        case LADDER_CHANGE:
            status = change_loader(session, sector, to, again, err);
            break;
        case LADDER_GIVE_UP:
        default:
            return leave_place(session, &view, trouble, err);
        }
    }
    return status;
}

espbak_status ladder_steps_home(espbak_session *session, uint64_t offset, bool now, espbak_error *err)
{
    ladder_loaders *loaders = &session->visit->ladder.loaders;
    const bool whole = session->flash->addressable >= session->info.flash.size;
    const bool as_good = whole && session_has_stub(session) && loaders->home != ESPBAK_LOADER_OWN;
    const uint64_t at = now ? UINT64_MAX : offset;
    if (!loaders->ready || session->visit->adrift || !ladder_goes_home(loaders, session->info.link.loader, at, as_good))
        return ESPBAK_OK;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "going back to %s", espbak_loader_phrase(loaders->home));
    return restart(session, loaders->home, err);
}
