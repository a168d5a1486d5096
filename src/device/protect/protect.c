/* SPDX-License-Identifier: Apache-2.0 */
#include "device/protect/protect.h"

#include <string.h>

#include "device/chip/block_protection.h"
#include "device/flash/identify/id.h"
#include "device/flash/identify/spi.h"
#include "device/loader/resync.h"
#include "device/protect/facts.h"

enum {
    TRIES = 3,
    WEL = 1 << 1,
    CMP = BLOCK_PROTECTION_COMPLEMENT >> 8, /* where it may be; it is not turned round */
};

bool protect_is_needed(const espbak_session *session)
{
    return session->info.link.loader == ESPBAK_LOADER_STUB_CURRENT && !session_is_locked(session);
}

static espbak_status read_registers(espbak_session *session, uint8_t out[PROTECT_REGISTERS], espbak_error *err)
{
    static const uint8_t codes[PROTECT_REGISTERS] = {SPI_READ_STATUS1, SPI_READ_STATUS2};
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; status == ESPBAK_OK && i < PROTECT_REGISTERS; i++) {
        const spi_command command = {.code = codes[i], .size = 1};
        status = spi_run(session, &command, &out[i], err);
    }
    return status;
}

/* Without 50, or with another command in its place, the second one does nothing: no write was enabled. */
static espbak_status write_for_a_while(espbak_session *session, uint32_t bytes, unsigned count, espbak_error *err)
{
    const spi_command enable = {.code = SPI_VOLATILE_STATUS};
    const spi_command write = {.code = SPI_WRITE_STATUS1, .count = count, .send = bytes};
    const espbak_status status = spi_run(session, &enable, NULL, err);
    return status == ESPBAK_OK ? spi_run(session, &write, NULL, err) : status;
}

/*
 * Once. The registers have to be read twice alike, by this and when the flash was identified. Some parts clear the
 * second one when only the first is written: what it says about the flash's other pins is not needed here.
 */
static espbak_status set_once(espbak_session *session, bool *set, espbak_error *err)
{
    uint8_t *const before = session->protect->before;
    uint8_t now[PROTECT_REGISTERS] = {0};
    *set = false;
    espbak_status status = read_registers(session, before, err);
    if (status != ESPBAK_OK || (before[0] & WEL) != 0 || (before[1] & CMP) != 0 ||
        ((uint32_t)before[0] | (uint32_t)before[1] << 8) != (session->info.flash.status_registers & 0xFFFF))
        return status;
    const uint8_t wanted = before[0] | BLOCK_PROTECTION_SECTORS;
    status = write_for_a_while(session, wanted, 1, err);
    if (status == ESPBAK_OK)
        status = read_registers(session, now, err);
    *set = status == ESPBAK_OK && now[0] == wanted && (now[1] & CMP) == 0;
    return status == ESPBAK_OK && !*set ? flash_reset(session, err) : status;
}

espbak_status protect_begin(espbak_session *session, espbak_error *err)
{
    spi_saved saved = {0};
    bool set = false;
    if (!protect_is_needed(session) || !block_protection_can_be_lent(&session->info.flash))
        return ESPBAK_OK;
    espbak_status status = spi_begin(session, &saved, err);
    for (unsigned i = 0; status == ESPBAK_OK && !set && i < TRIES; i++)
        status = set_once(session, &set, err);
    if (status == ESPBAK_OK)
        status = spi_end(session, &saved, err);
    session->protect->on = set;
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "protecting the flash");
    espbak_log(session->events, ESPBAK_LOG_DETAIL,
               set ? "the flash is protected against erasing and writing as long as it is read"
                   : "this flash does not take protection for a while");
    return ESPBAK_OK;
}

/* A reset of the flash does it, for parts that have one; the others are told. */
static espbak_status put_back(espbak_session *session, bool *done, espbak_error *err)
{
    const uint8_t *const before = session->protect->before;
    uint8_t now[PROTECT_REGISTERS] = {0};
    espbak_status status = flash_reset(session, err);
    if (status == ESPBAK_OK)
        status = read_registers(session, now, err);
    *done = memcmp(now, before, sizeof(now)) == 0;
    if (status != ESPBAK_OK || *done)
        return status;
    const bool both = now[1] != before[1];
    status = write_for_a_while(session, before[0] | (uint32_t)before[1] << 8, both ? 2 : 1, err);
    if (status == ESPBAK_OK)
        status = read_registers(session, now, err);
    *done = memcmp(now, before, sizeof(now)) == 0;
    return status;
}

static espbak_status end_once(espbak_session *session, espbak_error *err)
{
    spi_saved saved = {0};
    bool done = false;
    espbak_status status = spi_begin(session, &saved, err);
    if (status == ESPBAK_OK)
        status = put_back(session, &done, err);
    if (status == ESPBAK_OK)
        status = spi_end(session, &saved, err);
    return status == ESPBAK_OK && !done ? espbak_fail(err, ESPBAK_E_DEVICE, "it keeps its status registers") : status;
}

void protect_end(espbak_session *session)
{
    espbak_error err = {0};
    if (!session->protect->on)
        return;
    espbak_status status = end_once(session, &err);
    for (unsigned i = 1; status != ESPBAK_OK && !session_is_over(status) && i < TRIES; i++) {
        espbak_error_clear(&err);
        status = loader_resync(session, &err);
        if (status == ESPBAK_OK)
            status = end_once(session, &err);
    }
    session->protect->on = false;
    if (status != ESPBAK_OK)
        espbak_log(session->events, ESPBAK_LOG_WARNING,
                   "the flash may stay protected against writing until the device is without power for a moment: %s",
                   err.message);
}
