/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/leave.h"

#include "base/bytes.h"
#include "device/chip/registers.h"
#include "device/loader/baud.h"
#include "device/loader/connect.h"
#include "device/loader/own.h"
#include "device/loader/reset.h"
#include "device/loader/state.h"

enum {
    WATCHDOG_TICKS = 2000, /* slow clock periods until it bites */
    WATCHDOG_PATIENCE = 500 * ESPBAK_MS,
    RESTART_PATIENCE = 100 * ESPBAK_MS,
    RESYNC_TRIES = 4,
};
/* Enabled, stage 0 resets system and RTC, reset pulses of usual length (esptool targets, watchdog_reset). */
static const uint32_t watchdog_enable = 1u << 31 | 5u << 28 | 1u << 8 | 2;

static espbak_status write_reg(espbak_session *session, uint32_t address, uint32_t value, espbak_error *err)
{
    return command_write_reg(&session->link, address, value, 0xFFFFFFFF, 0, err);
}

static bool has_lines(const espbak_session *session)
{
    return espbak_transport_get_caps(session->transport)->modem_lines;
}

static bool can_watchdog(const espbak_session *session)
{
    return session->info.chip != NULL && session->info.chip->registers->watchdog_resets && !session_is_locked(session);
}

static espbak_status to_first_baud(espbak_session *session, espbak_error *err)
{
    const uint32_t baud = espbak_transport_baud(session->transport);
    if (baud == 0 || baud == session->line.first_baud)
        return ESPBAK_OK;
    const espbak_status status = espbak_transport_set_baud(session->transport, session->line.first_baud, err);
    if (status == ESPBAK_OK)
        session->info.link.baud = session->line.first_baud;
    return status;
}

/* After a transfer that broke off the loader may wait for something else: a frame of another kind ends that. */
static espbak_status resync(espbak_session *session, espbak_error *err)
{
    bool answered = false;
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; status == ESPBAK_OK && i < RESYNC_TRIES && !answered; i++) {
        status = command_drain_input(&session->link, 20 * ESPBAK_MS + session->line.round_trip, ESPBAK_S, err);
        if (status == ESPBAK_OK)
            status = connect_sync(session, &answered, err);
    }
    if (status == ESPBAK_OK && !answered)
        return espbak_fail(err, ESPBAK_E_LINK, "the loader does not answer");
    return status;
}

static espbak_status watchdog_reset(espbak_session *session, espbak_error *err)
{
    const chip_watchdog *const watchdog = &session->info.chip->registers->watchdog;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "restarting the chip by its watchdog");
    espbak_status status = resync(session, err);
    if (status == ESPBAK_OK)
        status = write_reg(session, watchdog->protect, watchdog->key, err);
    if (status == ESPBAK_OK)
        status = write_reg(session, watchdog->config1, WATCHDOG_TICKS, err);
    if (status == ESPBAK_OK)
        status = write_reg(session, watchdog->config0, watchdog_enable, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "restarting by the watchdog");
    /* It runs; a chip on its own USB may be gone before it has locked the registers again. */
    espbak_error ignored = {0};
    status = write_reg(session, watchdog->protect, 0, &ignored);
    espbak_clock_sleep(session_clock(session), WATCHDOG_PATIENCE);
    session->loader->synced = false;
    return session->info.link.native_usb || status != ESPBAK_OK ? ESPBAK_OK : to_first_baud(session, err);
}

/*
 * Any stub calls a function that it is told the address of: the ROM's own restart. A write of nothing, after which a
 * legacy stub restarts as well, has a request that erases where a bit of its size was damaged.
 */
static espbak_status restart_by_stub(espbak_session *session, espbak_error *err)
{
    const uint32_t function = session->info.chip->registers->rom_software_reset;
    uint8_t begin[16] = {0}, end[8] = {0};
    if (function == 0)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "there is no known way from the stub to the ROM of the %s",
                           session->info.chip->title);
    bytes_put_le32(begin + 8, 0x1800);
    bytes_put_le32(end + 4, function);
    espbak_status status =
        command_run(&session->link, OP_MEM_BEGIN, begin, sizeof(begin), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    if (status == ESPBAK_OK)
        status = command_run(&session->link, OP_MEM_END, end, sizeof(end), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    return status;
}

bool leave_stub_is_possible(const espbak_session *session)
{
    return session_has_stub(session) && session->info.chip->registers->rom_software_reset != 0;
}

espbak_status leave_stub(espbak_session *session, espbak_error *err)
{
    espbak_status status = resync(session, err);
    if (status == ESPBAK_OK)
        status = restart_by_stub(session, err);
    if (status == ESPBAK_OK)
        status = to_first_baud(session, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "going back from the stub to the ROM loader");
    espbak_clock_sleep(session_clock(session), RESTART_PATIENCE);
    loader_is_rom(session);
    return ESPBAK_OK;
}

/* The loader stays, at a rate where the next visitor finds it. */
static espbak_status stay_as_it_is(espbak_session *session, espbak_error *err)
{
    const uint32_t baud = espbak_transport_baud(session->transport);
    espbak_status status = resync(session, err);
    if (status == ESPBAK_OK && baud != 0 && baud != session->line.first_baud)
        status = baud_change(session, session->line.first_baud, err);
    return status;
}

static espbak_status stay_in_rom(espbak_session *session, espbak_error *err)
{
    return session_has_stub(session) ? leave_stub(session, err) : stay_as_it_is(session, err);
}

/* Without modem lines: the watchdog where the chip has one that may, else at least out of the stub. */
static espbak_status reset_without_lines(espbak_session *session, espbak_error *err)
{
    if (!session->loader->synced)
        return ESPBAK_OK;
    if (can_watchdog(session)) {
        espbak_log(session->events, ESPBAK_LOG_INFO, "%s has no modem lines: the chip is restarted by its watchdog",
                   session->info.link.port);
        return watchdog_reset(session, err);
    }
    espbak_log(session->events, ESPBAK_LOG_INFO,
               "%s has no modem lines and this chip no watchdog for it: it is left in its ROM loader; press reset to "
               "start the application",
               session->info.link.port);
    return stay_in_rom(session, err);
}

/* What keeps a chip in download mode across a reset, and whether only the watchdog gets it out. */
static espbak_status prepare_native_usb(espbak_session *session, bool *needs_watchdog, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    uint32_t forced = 0, strap = 1;
    *needs_watchdog = false;
    if (!session->loader->synced || session_is_locked(session) ||
        !(session->loader->usb_otg || r->force_download.width > 0))
        return ESPBAK_OK;
    espbak_status status = resync(session, err);
    if (status == ESPBAK_OK && r->force_download.width > 0)
        status = command_write_reg(&session->link, r->force_download.address, 0, 1u << r->force_download.shift, 0, err);
    if (status != ESPBAK_OK || !session->loader->usb_otg)
        return status;
    *needs_watchdog = r->usb_needs_watchdog;
    if (r->usb_needs_watchdog || r->strap_boot.width == 0)
        return ESPBAK_OK;
    status = chip_read_field(session, r->strap_boot, &strap, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->force_download, &forced, err);
    *needs_watchdog = strap == 0 && forced == 0;
    return status;
}

static espbak_status hard_reset(espbak_session *session, espbak_error *err)
{
    bool needs_watchdog = false;
    if (!has_lines(session))
        return reset_without_lines(session, err);
    espbak_status status = ESPBAK_OK;
    if (session->info.chip != NULL && !session_has_own_loader(session))
        status = prepare_native_usb(session, &needs_watchdog, err);
    if (status != ESPBAK_OK)
        espbak_error_clear(err); /* the pulse on EN works without */
    if (needs_watchdog && can_watchdog(session))
        return watchdog_reset(session, err);
    status = reset_hard(session->transport, session->info.link.native_usb, err);
    if (status == ESPBAK_E_PORT && session->info.link.native_usb) {
        espbak_error_clear(err); /* by the reset the chip's own port goes, and comes again */
        return ESPBAK_OK;
    }
    if (status == ESPBAK_OK)
        status = to_first_baud(session, err);
    return status;
}

/*
 * The end of a write makes the ROM run the application. Where none was begun it says that this failed, and leaves all
 * the same (seen on the mask ROMs of ESP32, ESP32-C3 and ESP32-S3). To begin one would write the flash's status
 * register, and erase where a bit of the size was damaged.
 */
static espbak_status run_application(espbak_session *session, espbak_error *err)
{
    const uint8_t run[4] = {1};
    const espbak_status status =
        command_run(&session->link, OP_FLASH_END, run, sizeof(run), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    if (status != ESPBAK_E_DEVICE)
        return status;
    espbak_error_clear(err);
    return ESPBAK_OK;
}

/* Hardly a stub can. */
static espbak_status soft_reset(espbak_session *session, espbak_error *err)
{
    const espbak_status status = resync(session, err);
    if (status != ESPBAK_OK)
        return status;
    if (session_has_stub(session) && session->info.link.loader == ESPBAK_LOADER_STUB_LEGACY &&
        session->info.chip->registers->legacy_stub_runs_app)
        return command_send(&session->link, OP_RUN_USER_CODE, NULL, 0, NULL, 0, 0, err);
    if (session_has_stub(session)) {
        espbak_log(session->events, ESPBAK_LOG_WARNING,
                   "a soft reset out of the stub is not possible on the %s: it is reset as by --after hard-reset",
                   session->info.chip->title);
        return hard_reset(session, err);
    }
    return run_application(session, err);
}

static espbak_status watchdog_or_hard(espbak_session *session, espbak_error *err)
{
    if (can_watchdog(session))
        return watchdog_reset(session, err);
    espbak_log(session->events, ESPBAK_LOG_WARNING,
               "the %s cannot be restarted by its watchdog here: it is reset as "
               "by --after hard-reset",
               session->info.chip->title);
    return hard_reset(session, err);
}

/*
 * Our own loader takes none of the commands by which a chip is left. Modem lines need none; else it goes
 * back to the ROM loader where it knows the way, and restarts the chip where that is what is wanted.
 */
static espbak_status leave_own(espbak_session *session, espbak_after after, bool *done, espbak_error *err)
{
    const bool resets = after != ESPBAK_AFTER_NO_RESET && after != ESPBAK_AFTER_NO_RESET_STUB;
    *done = false;
    if (after == ESPBAK_AFTER_HARD_RESET && has_lines(session) && !session->info.link.native_usb)
        return ESPBAK_OK;
    if (!own_knows_way_back(session) && !resets)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED,
                           "there is no known way from espbak's own loader to the ROM of the %s",
                           session->info.chip->title);
    *done = !own_knows_way_back(session);
    const espbak_status status = own_go_away(session, *done ? WIRE_LEAVE_RESET : WIRE_LEAVE_ROM, err);
    return status == ESPBAK_OK ? to_first_baud(session, err) : status;
}

static espbak_status leave(espbak_session *session, espbak_after after, espbak_error *err)
{
    bool done = false;
    if (session_has_own_loader(session)) {
        const espbak_status status = leave_own(session, after, &done, err);
        if (status != ESPBAK_OK || done)
            return status;
    }
    const bool known = session->loader->synced && session->info.chip != NULL;
    /* A chip that our lines have put into download mode does not stay there, even if it never answered. */
    if (!known && after == ESPBAK_AFTER_HARD_RESET)
        return session->loader->was_reset ? hard_reset(session, err) : ESPBAK_OK;
    if (!known)
        return ESPBAK_OK;
    switch (after) {
    case ESPBAK_AFTER_SOFT_RESET:
        return soft_reset(session, err);
    case ESPBAK_AFTER_NO_RESET:
        return stay_in_rom(session, err);
    case ESPBAK_AFTER_NO_RESET_STUB:
        return stay_as_it_is(session, err);
    case ESPBAK_AFTER_WATCHDOG_RESET:
        return watchdog_or_hard(session, err);
    case ESPBAK_AFTER_HARD_RESET:
    default:
        return hard_reset(session, err);
    }
}

void leave_chip(espbak_session *session, espbak_after after)
{
    espbak_error err = {0};
    if (leave(session, after, &err) == ESPBAK_OK)
        return;
    espbak_log(session->events, ESPBAK_LOG_WARNING, "the chip could not be left as asked: %s", err.message);
}
