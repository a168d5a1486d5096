/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/identify/judge.h"

#include <stdio.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/flash/identify/id.h"

/* With three-byte addresses, which every loader has; what lies above 16 MB is for others to find out. */
static espbak_status look(espbak_session *session, judgement *j, espbak_error *err)
{
    wrap w;
    const uint64_t half = bytes_min64(j->told, FLASH_SMALL_LIMIT) / 2;
    espbak_status status = wrap_begin(&w, session, err);
    if (status == ESPBAK_OK)
        status = flash_set_params(session, FLASH_SMALL_LIMIT, err);
    if (status == ESPBAK_OK)
        status = wrap_look(&w, half, false, &j->half, err);
    if (status == ESPBAK_OK && j->half == WRAP_SAME)
        status = wrap_find_repeat(&w, 2 * half, &j->repeat, err);
    if (status == ESPBAK_OK && j->half == WRAP_SAME && j->repeat == 0)
        j->half = WRAP_OTHER; /* it is not the same all over */
    if (status == ESPBAK_OK && j->half > WRAP_SAME && j->told < FLASH_SMALL_LIMIT)
        status = wrap_look(&w, j->told, true, &j->end, err);
    if (status != ESPBAK_OK || j->end != WRAP_OTHER)
        return status;
    for (j->reaches = 2 * j->told; j->reaches < FLASH_SMALL_LIMIT; j->reaches *= 2) {
        wrap_sight sight;
        status = wrap_look(&w, j->reaches, true, &sight, err);
        if (status != ESPBAK_OK || sight == WRAP_SAME)
            return status;
    }
    return status;
}

static void set_conflict(judgement *j, uint64_t safe, uint64_t whole, uint64_t most)
{
    j->conflict = true;
    j->proof = ESPBAK_PROOF_DOUBTED;
    j->safe = safe;
    j->whole = whole;
    j->most = most;
}

/* It shows its beginning again, as a smaller flash does, or one that holds a copy of its own lower half. */
static void judge_repeat(const espbak_flash_info *flash, judgement *j)
{
    const bool agreed = flash->jedec_id != 0 && flash->sfdp_size == flash_size_from_jedec(flash->jedec_id);
    j->proof = ESPBAK_PROOF_DOUBTED;
    if (!agreed && flash->sfdp_size != 0 && flash->sfdp_size < j->told)
        set_conflict(j, j->repeat, j->repeat, flash->sfdp_size > j->repeat ? flash->sfdp_size : j->repeat);
    else if (!agreed)
        set_conflict(j, j->repeat, j->repeat, j->told);
}

static void judge_larger(const espbak_flash_info *flash, judgement *j)
{
    const uint64_t sfdp = flash->sfdp_size;
    if (sfdp > j->told && (j->end == WRAP_ERASED || j->reaches >= bytes_min64(sfdp, FLASH_SMALL_LIMIT))) {
        j->corrected = true;
        j->proof = ESPBAK_PROOF_AGREED;
        j->whole = sfdp;
        return;
    }
    const uint64_t whole = sfdp > j->reaches ? sfdp : j->reaches;
    set_conflict(j, j->told, whole, whole);
}

/* Nothing is known of what is behind the size that is told. */
static void judge_unseen(const espbak_flash_info *flash, judgement *j)
{
    const uint64_t sfdp = flash->sfdp_size;
    const bool refuted = sfdp < j->told && j->half > WRAP_SAME && sfdp <= bytes_min64(j->told, FLASH_SMALL_LIMIT) / 2;
    if (sfdp == 0 || refuted)
        j->proof = ESPBAK_PROOF_TOLD;
    else if (sfdp == j->told)
        j->proof = flash_size_from_jedec(flash->jedec_id) == sfdp ? ESPBAK_PROOF_AGREED : ESPBAK_PROOF_TOLD;
    else
        set_conflict(j, bytes_min64(sfdp, j->told), sfdp > j->told ? sfdp : j->told, sfdp > j->told ? sfdp : j->told);
}

static void judge(const espbak_flash_info *flash, judgement *j)
{
    j->whole = j->told;
    if (j->repeat != 0)
        judge_repeat(flash, j);
    else if (j->end == WRAP_OTHER || (j->end == WRAP_ERASED && flash->sfdp_size > j->told))
        judge_larger(flash, j);
    else
        judge_unseen(flash, j);
    if (j->end == WRAP_ERASED && flash->sfdp_size == 0)
        j->proof = ESPBAK_PROOF_DOUBTED;
}

espbak_status judge_size(espbak_session *session, uint64_t told, bool strict, judgement *j, espbak_error *err)
{
    const bool can_look = wrap_can_look(session);
    *j = (judgement){.told = told, .whole = told, .proof = ESPBAK_PROOF_SHOWN};
    const espbak_status seen = can_look ? look(session, j, err) : ESPBAK_OK;
    if (seen == ESPBAK_E_DEVICE || seen == ESPBAK_E_UNSUPPORTED) {
        espbak_error_clear(err); /* it does not hash there */
    } else if (seen != ESPBAK_OK) {
        return seen;
    }
    session->flash->looked = can_look;
    if (j->half > WRAP_SAME && j->end == WRAP_SAME)
        return ESPBAK_OK;
    const bool enough = !strict && j->half > WRAP_SAME && j->end == WRAP_UNKNOWN;
    const espbak_status status = enough ? ESPBAK_OK : flash_ask_sfdp(session, err);
    if (status == ESPBAK_OK)
        judge(&session->info.flash, j);
    return status;
}

uint64_t judge_repeat_now(espbak_session *session)
{
    const uint64_t size = session->info.flash.size;
    espbak_error ignored = {0};
    uint64_t at = 0;
    wrap w;
    if (!wrap_can_look(session) || wrap_begin(&w, session, &ignored) != ESPBAK_OK)
        return 0;
    const espbak_status status = wrap_find_repeat(&w, bytes_min64(size, FLASH_SMALL_LIMIT), &at, &ignored);
    return status == ESPBAK_OK ? at : 0;
}

const char *judge_describe(char text[JUDGE_TEXT_MAX], const espbak_flash_info *flash, const judgement *j)
{
    const uint64_t jedec = flash->jedec_id != 0 ? flash_size_from_jedec(flash->jedec_id) : 0;
    const char *before = "";
    size_t used = 0;
    text[0] = '\0';
    const struct {
        const char *what;
        uint64_t size;
        const char *rest;
    } parts[] = {
        {"its JEDEC id says", jedec, ""},
        {"its SFDP table says", flash->sfdp_size, ""},
        {"it shows its beginning again from", j->repeat, " on"},
        {"it holds something else behind", j->end == WRAP_OTHER ? j->told : 0, ""},
        {"it does not show its beginning again behind", j->end == WRAP_ERASED ? j->told : 0, ""},
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].size == 0 || used >= JUDGE_TEXT_MAX)
            continue;
        used += (size_t)snprintf(text + used, JUDGE_TEXT_MAX - used, "%s%s %llu KiB%s", before, parts[i].what,
                                 (unsigned long long)(parts[i].size >> 10), parts[i].rest);
        before = ", ";
    }
    return text;
}
