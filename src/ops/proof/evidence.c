/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "ops/proof/doubt.h"
#include "ops/proof/erased_run.h"

/* Sectors of a flash that are to be looked at. */
typedef struct sector_set {
    const piece_list *pieces;
    bool *in;
    uint64_t count;
    uint64_t guard; /* its offset; that sector is still erased */
} sector_set;

static void put(const sector_set *set, uint64_t offset, uint64_t size)
{
    const uint64_t end = (offset + size + ESPBAK_FLASH_SECTOR - 1) / ESPBAK_FLASH_SECTOR;
    for (uint64_t at = offset / ESPBAK_FLASH_SECTOR; at < end && at < set->count; at++)
        set->in[at] = true;
}

static void take_out(const sector_set *set, uint64_t offset, uint64_t size)
{
    for (uint64_t at = offset / ESPBAK_FLASH_SECTOR; at * ESPBAK_FLASH_SECTOR < offset + size && at < set->count; at++)
        set->in[at] = false;
}

/* The sector that begins at `end`, and the next one from there that holds something; a flash begins again at its end.
 */
static espbak_status put_next(const sector_set *set, uint64_t end, espbak_error *err)
{
    const uint64_t first = (end + ESPBAK_FLASH_SECTOR - 1) / ESPBAK_FLASH_SECTOR;
    put(set, first % set->count * ESPBAK_FLASH_SECTOR, ESPBAK_FLASH_SECTOR);
    for (uint64_t i = 0; i < set->count; i++) {
        const uint64_t at = (first + i) % set->count * ESPBAK_FLASH_SECTOR;
        bool erased = false;
        uint64_t size;
        if (at == set->guard || !piece_list_covers(set->pieces, at, ESPBAK_FLASH_SECTOR))
            continue;
        if (erased_run(set->pieces, at, at + ESPBAK_FLASH_SECTOR, &erased, &size, err) != ESPBAK_OK)
            return err->status;
        if (erased)
            continue;
        put(set, at, ESPBAK_FLASH_SECTOR);
        return ESPBAK_OK;
    }
    return ESPBAK_OK;
}

/* Everything of the sectors, in order. */
static espbak_status cut(const sector_set *set, piece_list *out, espbak_error *err)
{
    for (uint64_t at = 0, end; at < set->count; at = end) {
        end = at + 1;
        while (end < set->count && set->in[end] == set->in[at])
            end++;
        const uint64_t offset = at * ESPBAK_FLASH_SECTOR, size = (end - at) * ESPBAK_FLASH_SECTOR;
        if (set->in[at] && piece_list_move(out, set->pieces, offset, size, offset, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status open_set(sector_set *set, const piece_list *pieces, const difference_list *list,
                              uint64_t flash_size, espbak_error *err)
{
    *set = (sector_set){.pieces = pieces, .count = flash_size / ESPBAK_FLASH_SECTOR, .guard = UINT64_MAX};
    set->in = calloc((size_t)set->count + 1, sizeof(set->in[0]));
    if (set->in == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < list->count; i++)
        put(set, list->ranges[i].offset, list->ranges[i].size);
    return ESPBAK_OK;
}

/* The sectors of `list` but those of `without`. */
static espbak_status cut_out(const piece_list *pieces, const difference_list *list, const difference_list *without,
                             uint64_t flash_size, piece_list *out, espbak_error *err)
{
    sector_set set;
    espbak_status status = open_set(&set, pieces, list, flash_size, err);
    for (size_t i = 0; status == ESPBAK_OK && i < without->count; i++)
        take_out(&set, without->ranges[i].offset, without->ranges[i].size);
    if (status == ESPBAK_OK)
        status = cut(&set, out, err);
    free(set.in);
    return status;
}

void evidence_drop(evidence *e)
{
    e->counts = false;
}

bool evidence_holds(const evidence *e, const espbak_session *session)
{
    const espbak_session_stats now = espbak_session_get_stats(session);
    return e->counts && now.retries == e->before.retries && now.noise == e->before.noise &&
           now.lost == e->before.lost && memcmp(&now.repairs, &e->before.repairs, sizeof(now.repairs)) == 0;
}

/* The comparison is one phase for who looks on, of two looks. */
static compare_options take_half(const compare_options *options, const piece_list *pieces, bool second)
{
    compare_options half = *options;
    half.phase_bytes = pieces->bytes;
    half.phase_from = second ? 0.5 : 0;
    half.phase_to = second ? 1 : 0.5;
    return half;
}

/* Blocks that are cut differently than those of the comparison. */
static espbak_status look_again(espbak_session *session, const piece_list *pieces, const compare_options *options,
                                difference_list *differences, espbak_error *err)
{
    compare_options again = *options;
    again.largest = COMPARE_ODD_BLOCK;
    difference_list_free(differences);
    return compare_device(session, pieces, &again, differences, err);
}

/* A second look at what one damaged bit could have made agree; *wrong when it differs. */
static espbak_status settle_doubts(espbak_session *session, const piece_list *pieces, const compare_options *options,
                                   const difference_list *equal, const difference_list *known, bool *wrong,
                                   espbak_error *err)
{
    difference_list doubtful = {0}, different = {0};
    piece_list again = {0};
    const uint64_t flash_size = espbak_session_device(session)->flash.size;
    espbak_status status = doubt_find(pieces, equal, flash_size, &doubtful, err);
    if (status == ESPBAK_OK)
        status = cut_out(pieces, &doubtful, known, flash_size, &again, err);
    if (status == ESPBAK_OK && again.bytes > 0)
        status = look_again(session, &again, options, &different, err);
    *wrong = different.count > 0;
    if (status == ESPBAK_OK)
        espbak_log(options->events, ESPBAK_LOG_DETAIL, "%llu bytes were looked at twice",
                   (unsigned long long)again.bytes);
    piece_list_free(&again);
    difference_list_free(&doubtful);
    difference_list_free(&different);
    return status;
}

espbak_status evidence_compare(evidence *e, espbak_session *session, const piece_list *pieces,
                               const compare_options *options, difference_list *differences, espbak_error *err)
{
    const compare_options first = take_half(options, pieces, false), second = take_half(options, pieces, true);
    difference_list equal = {0};
    bool wrong = false;
    *e = (evidence){.before = espbak_session_get_stats(session), .counts = true};
    espbak_status status = compare_and_note(session, pieces, &first, differences, &equal, err);
    if (status == ESPBAK_OK && evidence_holds(e, session))
        status = settle_doubts(session, pieces, &second, &equal, differences, &wrong, err);
    difference_list_free(&equal);
    if (status != ESPBAK_OK || (!wrong && evidence_holds(e, session)))
        return status;
    evidence_drop(e);
    /* Verifying afterwards will look at everything, unless nothing is written: then it has to be done here. */
    return wrong || differences->count == 0 ? look_again(session, pieces, &second, differences, err) : ESPBAK_OK;
}

espbak_status evidence_rest(const espbak_session *session, const piece_list *pieces, const difference_list *written,
                            uint64_t guard, piece_list *rest, espbak_error *err)
{
    sector_set set;
    const bool guarded = guard != UINT64_MAX;
    espbak_status status = open_set(&set, pieces, written, espbak_session_device(session)->flash.size, err);
    set.guard = guard;
    for (size_t i = 0; status == ESPBAK_OK && i < written->count; i++)
        status = put_next(&set, written->ranges[i].offset + written->ranges[i].size, err);
    if (status == ESPBAK_OK && guarded)
        status = put_next(&set, guard + ESPBAK_FLASH_SECTOR, err);
    if (status == ESPBAK_OK && guarded)
        set.in[guard / ESPBAK_FLASH_SECTOR] = false;
    if (status == ESPBAK_OK)
        status = cut(&set, rest, err);
    free(set.in);
    return status;
}
