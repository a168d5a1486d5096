/* SPDX-License-Identifier: Apache-2.0 */
#include "device/transfer/read_chunk.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/loader/resync.h"
#include "device/protect/facts.h"
#include "device/protect/protect.h"
#include "device/protect/watch.h"
#include "device/visit/ladder_steps.h"
#include "device/visit/range.h"
#include "device/visit/rate.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"

/* Forget what an attempt that broke off had hashed. */
static espbak_status clear_digest(digest *md5, espbak_error *err)
{
    uint8_t ignored[DIGEST_MD5_SIZE];
    return digest_finish(md5, ignored, err);
}

/* Tell the ladder what the last attempt has read, or that it failed. */
static void note(chunk_read *read, uint32_t from, uint32_t size, bool failed)
{
    espbak_session *session = read->chunk.session;
    rate_note(session, from / FLASH_PACKET_MAX, size, failed);
    if (failed)
        return;
    read->proven = (uint64_t)from + size;
    visit_note_progress(session);
}

/* Bring the loader back to where it takes commands; restart it where that does not help. */
static espbak_status resync(chunk_read *read, uint32_t from, espbak_error *err)
{
    espbak_session *session = read->chunk.session;
    bool again = false;
    espbak_status status = loader_resync(session, err);
    if (status == ESPBAK_OK && protect_is_needed(session) && !session->protect->on)
        status = watch_look(session, err); /* before anything else that is damaged goes the same way */
    if (status != ESPBAK_E_LINK || !read->may_restart)
        return status;
    const espbak_error why = *err;
    status = ladder_steps_rescue(session, from, LADDER_SILENT, true, &again, err);
    rate_resume(session);
    return status == ESPBAK_OK && !again ? (*err = why).status : status;
}

/*
 * Behind what it can address, a loader shows the flash's beginning, and its MD5 agrees with that. One
 * that was started for another place is left here.
 */
static espbak_status reach(chunk_read *read, uint32_t from, uint32_t size, espbak_error *err)
{
    espbak_session *session = read->chunk.session;
    if ((uint64_t)from + size <= session->flash->addressable)
        return ESPBAK_OK;
    const espbak_status status = ladder_steps_home(session, 0, true, err);
    rate_resume(session);
    return status == ESPBAK_OK ? range_check(session, "reading", from, size, err) : status;
}

/* One attempt at what `chunk` names; after a failure that may pass, the loader takes commands again. */
static espbak_status attempt_once(chunk_read *read, unsigned height, unsigned try, espbak_error *err)
{
    flash_chunk *chunk = &read->chunk;
    const flash_engine *engine = flash_engine_of(chunk->session);
    const bool odd = try % 2 != 0 && retry_rungs[height].packet != 0;
    const uint32_t usual = chunk->packet_size;
    chunk->attempt = height + try;
    chunk->plain = read->plain || chunk->attempt > 0;
    chunk->packet_size = odd ? retry_rungs[height].packet : usual;
    read->arrived = 0;
    espbak_status status = reach(read, chunk->offset, chunk->size, err);
    if (status == ESPBAK_OK)
        status = clear_digest(chunk->md5, err);
    if (status == ESPBAK_OK)
        status = engine->read_chunk(chunk, err);
    chunk->packet_size = usual;
    if (status == ESPBAK_OK) {
        note(read, chunk->offset, chunk->size, false);
        return status;
    }
    if (!retry_helps(RETRY_CHUNK, status))
        return espbak_error_prefix(err, "reading 0x%" PRIX32, chunk->offset);
    espbak_log(chunk->session->events, ESPBAK_LOG_DETAIL,
               "0x%" PRIX32 ": %" PRIu32 " bytes failed (%s, try %u of %u): %s", chunk->offset, chunk->size,
               engine->name, try + 1, retry_rungs[height].tries, err->message);
    visit_count_retry(chunk->session);
    read->trouble = true;
    return status;
}

static espbak_status read_part(chunk_read *read, uint32_t from, uint32_t size, unsigned height, espbak_error *err);

static void aim(chunk_read *read, uint32_t from, uint32_t size)
{
    flash_chunk *chunk = &read->chunk;
    chunk->offset = from;
    chunk->size = size;
    chunk->buffer = read->buffer + (from - read->begin);
}

/* Whether the chip's MD5 proves what stands in the buffer for this part; a hash that fails proves nothing. */
static espbak_status is_proven(chunk_read *read, uint32_t from, uint32_t size, bool *proven, espbak_error *err)
{
    espbak_session *session = read->chunk.session;
    uint8_t here[DIGEST_MD5_SIZE], chip[DIGEST_MD5_SIZE];
    *proven = false;
    espbak_status status = digest_of(DIGEST_MD5, read->buffer + (from - read->begin), size, here, err);
    if (status != ESPBAK_OK)
        return status;
    status = reach(read, from, size, err);
    if (status == ESPBAK_OK)
        status = flash_engine_of(session)->hash(session, from, size, chip, err);
    *proven = status == ESPBAK_OK && memcmp(here, chip, sizeof(chip)) == 0;
    if (*proven)
        note(read, from, size, false);
    return retry_helps(RETRY_CHUNK, status) ? resync(read, from, err) : status;
}

static espbak_status mend(chunk_read *read, uint32_t from, uint32_t size, espbak_error *err);

/*
 * Bytes came, but some are wrong: the chip's MD5 of the parts finds the damaged sectors, and only they
 * are read again. Sixteen parts at each step, down to a sector.
 */
static espbak_status mend_parts(chunk_read *read, uint32_t from, uint32_t size, espbak_error *err)
{
    enum { PARTS = 16 };
    if (size <= FLASH_PACKET_MAX) {
        visit_count_mended(read->chunk.session);
        return read_part(read, from, size, RETRY_RUNG_SECTOR, err);
    }
    const uint32_t part = flash_round_up((size + PARTS - 1) / PARTS, FLASH_PACKET_MAX);
    espbak_status status = ESPBAK_OK;
    for (uint32_t done = 0; done < size && status == ESPBAK_OK; done += part)
        status = mend(read, from + done, (uint32_t)bytes_min64(part, size - done), err);
    return status;
}

static espbak_status mend(chunk_read *read, uint32_t from, uint32_t size, espbak_error *err)
{
    bool proven = false;
    const espbak_status status = is_proven(read, from, size, &proven, err);
    return status == ESPBAK_OK && !proven ? mend_parts(read, from, size, err) : status;
}

/* After a failed attempt: keep the whole sectors that arrived, where the chip's MD5 proves them. */
static espbak_status keep_what_came(chunk_read *read, uint32_t from, uint32_t size, uint32_t *kept, espbak_error *err)
{
    *kept = 0;
    if (size <= FLASH_PACKET_MAX || read->arrived < FLASH_PACKET_MAX)
        return ESPBAK_OK;
    const bool all = read->arrived >= size;
    *kept = all ? size : read->arrived / FLASH_PACKET_MAX * FLASH_PACKET_MAX;
    /* When all bytes came, the digest has shown already that some are wrong. */
    return all ? mend_parts(read, from, size, err) : mend(read, from, *kept, err);
}

static espbak_status give_up(const flash_chunk *chunk, espbak_error *err)
{
    espbak_error_hint(err, "lower the speed (-b 115200), use a shorter cable or another port");
    if (visit_is_stuck(chunk->session))
        return espbak_error_prefix(err, "reading 0x%" PRIX32 ": nothing more comes over, whatever is tried",
                                   chunk->offset);
    return espbak_error_prefix(err, "reading 0x%" PRIX32 ": %" PRIu32 " bytes failed %u times in a row", chunk->offset,
                               chunk->size, retry_rungs[RETRY_RUNGS - 1].tries);
}

/*
 * A part that is as small as it gets has failed as often as the rung allows. *again: the line or the
 * loader was changed, and it may be tried anew. Otherwise this is where the ladder ends.
 */
static espbak_status climb(chunk_read *read, bool *again, espbak_error *err)
{
    const flash_chunk place = read->chunk;
    if (visit_is_stuck(place.session))
        return give_up(&place, err);
    espbak_status status =
        ladder_steps_rescue(place.session, place.offset, LADDER_FAILS, read->may_restart, again, err);
    rate_resume(place.session);
    return status == ESPBAK_OK && !*again ? give_up(&place, err) : status;
}

/* After a failed attempt: the loader takes commands again, and what came of the part is kept. */
static espbak_status pick_up(chunk_read *read, uint32_t from, uint32_t size, uint32_t *kept, espbak_error *err)
{
    espbak_session *session = read->chunk.session;
    const uint32_t arrived = read->arrived;
    espbak_status status = resync(read, from, err);
    read->arrived = arrived;
    note(read, from, 0, true);
    if (status == ESPBAK_OK)
        status = keep_what_came(read, from, size, kept, err);
    if (status == ESPBAK_OK)
        status = ladder_steps_rate(session, read->left, read->may_restart, err);
    rate_resume(session);
    return status;
}

/* Read one part of this rung as often as the rung allows, and what is still missing by the next one. */
static espbak_status read_at_rung(chunk_read *read, uint32_t from, uint32_t size, unsigned height, espbak_error *err)
{
    unsigned tries = retry_rungs[height].tries;
    for (unsigned try = 0; try < tries && size > 0;) {
        aim(read, from, size);
        espbak_status status = attempt_once(read, height, try, err);
        if (status == ESPBAK_OK || !retry_helps(RETRY_CHUNK, status))
            return status;
        uint32_t kept = 0;
        const espbak_error why = *err;
        status = pick_up(read, from, size, &kept, err);
        if (status != ESPBAK_OK)
            return status;
        /* An attempt that proved some more bytes does not count as a try. */
        try += kept == 0;
        from += kept;
        size -= kept;
        bool again = false;
        const bool stuck = visit_is_stuck(read->chunk.session);
        if (stuck || (height + 1 == RETRY_RUNGS && try == tries)) {
            aim(read, from, size);
            *err = why;
            status = climb(read, &again, err);
        }
        if (status != ESPBAK_OK)
            return status;
        if (again)
            try = 0;
    }
    return size > 0 ? read_part(read, from, size, height + 1, err) : ESPBAK_OK;
}

/* Read the part of the present chunk that begins at `from`, in parts of the rung's size. */
static espbak_status read_part(chunk_read *read, uint32_t from, uint32_t size, unsigned height, espbak_error *err)
{
    for (uint32_t done = 0; done < size; done += retry_rungs[height].size) {
        const uint32_t part = (uint32_t)bytes_min64(retry_rungs[height].size, size - done);
        const espbak_status status = read_at_rung(read, from + done, part, height, err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

espbak_status read_chunk_proven(chunk_read *read, uint32_t offset, uint32_t size, espbak_error *err)
{
    read->begin = offset;
    read->proven = offset;
    read->trouble = false;
    visit_note_progress(read->chunk.session);
    rate_resume(read->chunk.session);
    return read_part(read, offset, size, 0, err);
}
