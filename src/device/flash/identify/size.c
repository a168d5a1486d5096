/* SPDX-License-Identifier: Apache-2.0 */
/* The size of the flash: what it is, and what of it is worked on. */
#include <stdio.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/flash/identify/id.h"
#include "device/flash/identify/judge.h"
#include "device/loader/own.h"

enum { SIZE_TEXT_MAX = 24 };

espbak_status flash_set_params(espbak_session *session, uint64_t size, espbak_error *err)
{
    uint8_t data[24] = {0};
    if (session_has_own_loader(session))
        return own_tell_flash_size(session, size, err);
    if (!session_has_stub(session) && (session->info.chip->rom_caps & ESPBAK_ROM_ATTACH) == 0)
        return ESPBAK_OK; /* such a ROM has no need of it */
    bytes_put_le32(data + 4, (uint32_t)size);
    bytes_put_le32(data + 8, 64 * 1024);
    bytes_put_le32(data + 12, ESPBAK_FLASH_SECTOR);
    bytes_put_le32(data + 16, 256);
    bytes_put_le32(data + 20, 0xFFFF);
    const espbak_status status =
        command_run(&session->link, OP_SPI_SET_PARAMS, data, sizeof(data), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "telling the loader the flash size");
    return ESPBAK_OK;
}

/* ---- a flash that does not tell ---- */

/* Where addresses wrap around; *size = 0 when the contents cannot tell. */
static espbak_status probe_size(espbak_session *session, uint64_t *size, espbak_error *err)
{
    const uint64_t limit =
        session->info.chip->four_byte_stub && session_has_stub(session) ? FLASH_SMALL_LIMIT * 8 : FLASH_SMALL_LIMIT / 2;
    wrap w;
    *size = 0;
    if (!wrap_can_look(session))
        return ESPBAK_OK;
    espbak_status status = wrap_begin(&w, session, err);
    if (status == ESPBAK_OK)
        status = flash_set_params(session, limit * 2, err);
    return status == ESPBAK_OK ? wrap_probe(&w, limit, size, err) : status;
}

static espbak_status refuse_unproven(const espbak_session *session, espbak_error *err)
{
    if (session->info.flash.jedec_id != 0)
        espbak_fail(err, ESPBAK_E_REFUSED,
                    "the size of the flash cannot be proven: its id %06X does not tell, nor do "
                    "its tables or contents",
                    (unsigned)session->info.flash.jedec_id);
    else
        espbak_fail(err, ESPBAK_E_REFUSED,
                    "the size of the flash cannot be proven: the flash does not identify itself");
    espbak_error_hint(err, "say how large it is with --flash-size, such as --flash-size 4M");
    return ESPBAK_E_REFUSED;
}

static espbak_status probe(espbak_session *session, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    const espbak_status status = probe_size(session, &flash->size, err);
    session->flash->looked = wrap_can_look(session);
    if (status == ESPBAK_OK && flash->size != 0) {
        flash->size_source = ESPBAK_SIZE_PROBE;
        flash->size_proof = ESPBAK_PROOF_SHOWN;
    }
    if (status != ESPBAK_E_DEVICE && status != ESPBAK_E_UNSUPPORTED)
        return status;
    espbak_error_clear(err); /* a loader that does not hash proves nothing */
    return ESPBAK_OK;
}

/* ---- a flash that tells ---- */

static const char *write_size(char text[SIZE_TEXT_MAX], uint64_t size)
{
    const bool whole = size % (1024 * 1024) == 0;
    snprintf(text, SIZE_TEXT_MAX, "%llu%c", (unsigned long long)size >> (whole ? 20 : 10), whole ? 'M' : 'K');
    return text;
}

static espbak_status refuse_conflict(const espbak_session *session, const judgement *j, espbak_error *err)
{
    char text[JUDGE_TEXT_MAX], safe[SIZE_TEXT_MAX], whole[SIZE_TEXT_MAX];
    write_size(safe, j->safe);
    write_size(whole, j->whole);
    espbak_fail(err, ESPBAK_E_REFUSED, "refused: the size of the flash is not certain: %s",
                judge_describe(text, &session->info.flash, j));
    if (j->repeat != 0)
        espbak_error_hint(err,
                          "most likely it is smaller than it says, and what is written behind its end lands at its "
                          "beginning; --flash-size %s works with what there is",
                          safe);
    else
        espbak_error_hint(err, "--flash-size %s works with what is certain, --flash-size %s with all there may be",
                          safe, whole);
    return ESPBAK_E_REFUSED;
}

static void warn(const espbak_session *session, const judgement *j)
{
    const espbak_flash_info *const flash = &session->info.flash;
    char text[JUDGE_TEXT_MAX];
    judge_describe(text, flash, j);
    if (j->conflict || j->corrected || j->proof == ESPBAK_PROOF_DOUBTED)
        espbak_log(session->events, ESPBAK_LOG_WARNING, "the size of the flash is %s: %s; going on with %llu KiB",
                   j->corrected ? "another than its id says" : "not certain", text,
                   (unsigned long long)flash->size >> 10);
}

/* `known`: the most that there is, 0 where nobody knows. */
static espbak_status take_wanted(espbak_session *session, uint64_t wanted, uint64_t known, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    if (wanted % ESPBAK_FLASH_SECTOR != 0 || wanted > UINT32_MAX)
        return espbak_fail(err, ESPBAK_E_USAGE, "--flash-size %llu is not a size that a flash has",
                           (unsigned long long)wanted);
    if (known != 0 && wanted > known) {
        espbak_fail(err, ESPBAK_E_REFUSED, "--flash-size says %llu bytes, but the flash has %llu",
                    (unsigned long long)wanted, (unsigned long long)known);
        espbak_error_hint(err, "leave --flash-size out: the size is known");
        return ESPBAK_E_REFUSED;
    }
    flash->size = wanted;
    flash->size_source = ESPBAK_SIZE_USER;
    return ESPBAK_OK;
}

static void note(espbak_flash_info *flash, const judgement *j)
{
    flash->size_proof = j->proof;
    flash->repeats_at = j->repeat;
    if (j->corrected) {
        flash->size = j->whole;
        flash->size_source = ESPBAK_SIZE_SFDP;
    }
}

static espbak_size_source source_of_whole(const espbak_session *session, const judgement *j)
{
    if (j->whole == session->flash->told)
        return session->flash->told_by;
    return j->whole == session->info.flash.sfdp_size ? ESPBAK_SIZE_SFDP : ESPBAK_SIZE_PROBE;
}

/* Less than there is makes a part of it; just what addresses and SFDP show is all of it, whatever the id says. */
static espbak_status take_wanted_of(espbak_session *session, uint64_t wanted, const judgement *j, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    if (j->conflict && wanted > j->most)
        return refuse_conflict(session, j, err);
    if (take_wanted(session, wanted, j->conflict ? j->most : flash->size, err) != ESPBAK_OK)
        return err->status;
    if (wanted < j->whole) {
        flash->whole_size = j->whole;
        flash->whole_source = source_of_whole(session, j);
        espbak_log(session->events, ESPBAK_LOG_WARNING,
                   "the flash has %llu KiB, and --flash-size takes the first %llu KiB for all of it",
                   (unsigned long long)j->whole >> 10, (unsigned long long)wanted >> 10);
    } else if (j->conflict && wanted == j->repeat && wanted == flash->sfdp_size) {
        flash->size_proof = ESPBAK_PROOF_AGREED;
    }
    if (wanted <= j->repeat)
        flash->repeats_at = 0;
    return ESPBAK_OK;
}

static void take_safe(espbak_flash_info *flash, const judgement *j)
{
    if (j->safe != flash->size)
        flash->size_source = j->safe == flash->sfdp_size ? ESPBAK_SIZE_SFDP : ESPBAK_SIZE_PROBE;
    flash->size = j->safe;
}

static espbak_status settle(espbak_session *session, const flash_size_wish *wish, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    judgement j;
    espbak_status status = judge_size(session, flash->size != 0 ? flash->size : wish->wanted, !wish->optional, &j, err);
    if (status != ESPBAK_OK)
        return status;
    note(flash, &j);
    if (wish->wanted != 0)
        status = take_wanted_of(session, wish->wanted, &j, err);
    else if (j.conflict && wish->optional)
        take_safe(flash, &j);
    else if (j.conflict)
        return refuse_conflict(session, &j, err);
    if (status == ESPBAK_OK)
        warn(session, &j);
    return status;
}

/* As it is told, until somebody can look; SFDP is asked now, since our own loader cannot, where it matters enough. */
static espbak_status believe(espbak_session *session, const flash_size_wish *wish, espbak_error *err)
{
    const bool locked = session_is_locked(session);
    const uint64_t known = locked ? session->info.flash.size : 0; /* there may be more than is told */
    const espbak_status status = locked || wish->optional ? ESPBAK_OK : flash_ask_sfdp(session, err);
    return status == ESPBAK_OK && wish->wanted != 0 ? take_wanted(session, wish->wanted, known, err) : status;
}

espbak_status flash_find_size(espbak_session *session, const flash_size_wish *wish, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    espbak_status status;
    flash->size = session->flash->told;
    flash->size_source = session->flash->told_by;
    flash->size_proof = ESPBAK_PROOF_UNKNOWN;
    flash->whole_size = flash->repeats_at = 0;
    if (session_is_locked(session) || (wish->later && flash->size != 0 && !wrap_can_look(session)))
        status = believe(session, wish, err);
    else if (flash->size == 0 && wish->wanted == 0)
        status = probe(session, err);
    else
        status = settle(session, wish, err);
    if (status != ESPBAK_OK)
        return status;
    if (flash->size == 0)
        return wish->optional ? ESPBAK_OK : refuse_unproven(session, err);
    status = flash_set_params(session, flash->size, err);
    return status == ESPBAK_OK ? flash_find_addressable(session, err) : status;
}
