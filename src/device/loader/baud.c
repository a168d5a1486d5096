/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/baud.h"

#include "base/bytes.h"
#include "device/chip/registers.h"
#include "device/loader/own.h"
#include "device/loader/state.h"

enum {
    SETTLE = 25 * ESPBAK_MS, /* stubs are quiet for 5 or 10 ms either side of a change; a late start costs one check */
    CHECKS = 3,
    CHECK_TIMEOUT = 500 * ESPBAK_MS,
    CHECKED_REGISTER = 0x40001000,
};

bool baud_can_change(const espbak_session *session)
{
    const chip_ops *const ops = session->info.chip->ops;
    if (session_has_stub(session) || session_has_own_loader(session))
        return true;
    /* Locked, the correction that these ROMs need cannot be measured. */
    if (session_is_locked(session) && ops->rom_baud != NULL)
        return false;
    return (session->info.chip->rom_caps & ESPBAK_ROM_BAUD) != 0;
}

uint32_t baud_choose(const espbak_session *session, uint32_t wanted)
{
    const espbak_transport_caps *const caps = espbak_transport_get_caps(session->transport);
    if (!caps->baud || session->info.link.native_usb)
        return 0;
    uint32_t baud = wanted != 0 ? wanted : BAUD_DEFAULT;
    if (wanted == 0 && caps->max_baud != 0 && caps->max_baud < baud)
        baud = caps->max_baud;
    if (baud <= session->line.first_baud)
        return 0;
    if (baud_can_change(session))
        return baud;
    espbak_log(session->events, wanted != 0 ? ESPBAK_LOG_WARNING : ESPBAK_LOG_DETAIL,
               "the ROM of the %s cannot change the baud rate%s: it stays at %u", session->info.chip->title,
               session_is_locked(session) ? " in Secure Download Mode" : "", (unsigned)session->line.first_baud);
    return 0;
}

/* A register that can be read on this chip without effect. */
static uint32_t harmless_register(const espbak_session *session)
{
    const uint32_t mac = session->info.chip->registers->mac;
    return mac != 0 ? mac : CHECKED_REGISTER;
}

/* Two answers that agree with what was read before: noise does not do that. */
static espbak_status check_line(espbak_session *session, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    unsigned good = 0;
    for (unsigned i = 0; i < CHECKS && good < 2; i++) {
        uint8_t data[4];
        command_response response;
        bytes_put_le32(data, harmless_register(session));
        status = command_run(&session->link, OP_READ_REG, data, sizeof(data), 0,
                             CHECK_TIMEOUT + 4 * session->line.round_trip, &response, err);
        if (session_is_over(status))
            return status;
        if (status == ESPBAK_OK && response.value == session->loader->check_value)
            good++;
    }
    if (good >= 2) {
        espbak_error_clear(err);
        return ESPBAK_OK;
    }
    return status == ESPBAK_OK ? espbak_fail(err, ESPBAK_E_LINK, "answers come out wrong") : status;
}

static espbak_status ask_for_rate(espbak_session *session, uint32_t baud, espbak_error *err)
{
    const chip_ops *const ops = session->info.chip->ops;
    const uint32_t old = espbak_transport_baud(session->transport);
    uint32_t asked = baud;
    uint8_t data[8];
    espbak_status status = ESPBAK_OK;
    if (!session_has_stub(session) && ops->rom_baud != NULL)
        status = ops->rom_baud(session, baud, &asked, err);
    if (status != ESPBAK_OK)
        return status;
    if (asked != baud)
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "asking the ROM for %u baud, so that its clock makes it %u",
                   (unsigned)asked, (unsigned)baud);
    bytes_put_le32(data, asked);
    bytes_put_le32(data + 4, session_has_stub(session) ? old : 0);
    return command_run(&session->link, OP_CHANGE_BAUDRATE, data, sizeof(data), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
}

/* A driver that cannot do the rate is no lost port: the old rate still works. */
static espbak_status set_own_rate(espbak_session *session, uint32_t baud, espbak_error *err)
{
    espbak_status status = espbak_transport_set_baud(session->transport, baud, err);
    if (status != ESPBAK_OK && status != ESPBAK_E_CANCELLED) {
        if (err != NULL)
            err->status = ESPBAK_E_LINK;
        status = ESPBAK_E_LINK;
        session->info.link.baud = 0; /* whatever it is now, it has to be set again */
    }
    return status;
}

/* Where the loader is at this rate, both ends understand each other. */
static espbak_status meet_at(espbak_session *session, uint32_t baud, espbak_error *err)
{
    espbak_status status = set_own_rate(session, baud, err);
    if (status == ESPBAK_OK) {
        espbak_clock_sleep(session_clock(session), SETTLE);
        status = command_drain_input(&session->link, 5 * ESPBAK_MS, 100 * ESPBAK_MS, err);
    }
    if (status == ESPBAK_OK && !session_is_locked(session))
        status = check_line(session, err);
    if (status == ESPBAK_OK)
        session->info.link.baud = baud;
    return status;
}

/* What the harmless register holds never changes. */
static espbak_status learn_register(espbak_session *session, espbak_error *err)
{
    if (session_is_locked(session) || session->loader->check_known)
        return ESPBAK_OK;
    const espbak_status status =
        chip_read_word(session, harmless_register(session), &session->loader->check_value, err);
    session->loader->check_known = status == ESPBAK_OK;
    return status;
}

/* Our own loader goes back by itself from a rate that does not work. */
static espbak_status step_own(espbak_session *session, uint32_t baud, bool *changed, espbak_error *err)
{
    const espbak_status status = own_change_baud(session, baud, err);
    *changed = status == ESPBAK_OK;
    if (status != ESPBAK_E_DEVICE)
        return status;
    espbak_error_clear(err);
    return ESPBAK_OK;
}

espbak_status baud_change(espbak_session *session, uint32_t baud, espbak_error *err)
{
    if (session_has_own_loader(session))
        return own_change_baud(session, baud, err);
    espbak_status status = learn_register(session, err);
    if (status == ESPBAK_OK)
        status = ask_for_rate(session, baud, err);
    if (status == ESPBAK_OK)
        status = meet_at(session, baud, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "changing to %u baud", (unsigned)baud);
    return ESPBAK_OK;
}

espbak_status baud_step(espbak_session *session, uint32_t baud, bool *changed, espbak_error *err)
{
    if (session_has_own_loader(session))
        return step_own(session, baud, changed, err);
    const uint32_t places[] = {session->info.link.baud, baud};
    espbak_status status = baud_change(session, baud, err);
    *changed = status == ESPBAK_OK;
    /* It may have heard the request or not: which of both rates is it at? */
    for (size_t i = 0; i < 2 && status != ESPBAK_OK && !session_is_over(status); i++) {
        espbak_error_clear(err);
        status = meet_at(session, places[i], err);
        *changed = status == ESPBAK_OK && i == 1;
    }
    return status;
}
