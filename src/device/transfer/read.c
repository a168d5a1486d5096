/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/flash.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/transfer/read_chunk.h"
#include "device/visit/ladder_steps.h"
#include "device/visit/range.h"
#include "device/visit/rate.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"

enum {
    /* A chunk takes this many round trips, so that the one it loses is less than a percent. */
    CHUNK_ROUND_TRIPS = 128,
    BITS_PER_BYTE = 10, /* start and stop bit */
    WORD = 4,           /* flash controllers read whole words */
    FLASH_CHUNK_LEAST = 4 * FLASH_PACKET_MAX,
    PROGRESS_STEP = 4096,
};

/* A read under way. */
typedef struct flash_read {
    chunk_read current;
    const espbak_flash_read_options *options;
    const char *phase;
    uint64_t offset, end;    /* what was asked for */
    uint64_t first;          /* where the first chunk begins, at a word */
    uint64_t progress_total; /* of the whole job */
    uint64_t reported;       /* of this range: progress never goes back, retries or not */
    uint32_t room;           /* of its buffer */
    espbak_flash_sink sink;
    void *user;
} flash_read;

static uint32_t choose_chunk(const espbak_session *session, const espbak_flash_read_options *options)
{
    uint64_t size = options->chunk_size;
    if (size == 0) {
        const uint64_t rate = session_line_rate(session) / BITS_PER_BYTE;
        const uint64_t lost = flash_engine_of(session)->turnarounds * (uint64_t)session->line.round_trip;
        size = lost * CHUNK_ROUND_TRIPS * rate / ESPBAK_S;
        size = size > rate ? size : rate; /* a second at least, since a turnaround costs time at this end as well */
        if (rate_is_climbing(session))
            size = 0; /* little is lost where a rate turns out to be too high */
        size = size > FLASH_CHUNK_MIN ? size : FLASH_CHUNK_MIN;
        size = flash_round_up(bytes_min64(size, FLASH_CHUNK_MAX), FLASH_PACKET_MAX);
    }
    return flash_round_up(bytes_min64(size, FLASH_CHUNK_MAX), WORD);
}

/* `done`: bytes of this range, counted from its start. */
static void report(flash_read *read, uint64_t done)
{
    const espbak_flash_read_options *options = read->options;
    const uint64_t size = read->end - read->offset;
    done = bytes_min64(done, size);
    if (done < read->reported || (done == read->reported && done != 0))
        return;
    if (done != 0 && done != size && done - read->reported < PROGRESS_STEP)
        return;
    read->reported = done;
    espbak_report_progress(read->current.chunk.session->events, read->phase, options->progress_base + done,
                           options->open_end ? 0 : read->progress_total);
}

static void chunk_progress(void *user, uint32_t done)
{
    flash_read *read = user;
    read->current.arrived = done;
    const uint64_t reached = (uint64_t)read->current.chunk.offset + done;
    if (reached > read->offset)
        report(read, reached - read->offset);
}

/* Hand on what was asked for of a proven chunk. */
static espbak_status deliver(flash_read *read, uint64_t begin, uint32_t size, espbak_error *err)
{
    const uint64_t from = begin > read->offset ? begin : read->offset;
    const uint64_t to = bytes_min64(begin + size, read->end);
    visit_count_payload(read->current.chunk.session, to - from);
    return read->sink(read->user, from, read->current.buffer + (from - begin), (size_t)(to - from), err);
}

/* All of a chunk, or the whole sectors in front of where it failed. */
static espbak_status hand_on(flash_read *read, uint64_t begin, espbak_status status, espbak_error *err)
{
    const espbak_error why = *err;
    const uint64_t proven =
        status == ESPBAK_OK ? read->current.proven : read->current.proven / FLASH_PACKET_MAX * FLASH_PACKET_MAX;
    espbak_error_clear(err);
    if ((status == ESPBAK_OK || retry_helps(RETRY_CHUNK, status)) && proven > begin && proven > read->offset &&
        deliver(read, begin, (uint32_t)(proven - begin), err) != ESPBAK_OK)
        return err->status;
    if (status != ESPBAK_OK)
        *err = why;
    return status;
}

/* After a chunk that had to be read again the next ones are shorter, until some have come out right. */
static uint32_t next_size(const flash_read *read, uint32_t size, uint32_t usual)
{
    if (read->current.trouble)
        return size / 2 > FLASH_CHUNK_LEAST ? size / 2 : FLASH_CHUNK_LEAST;
    return (uint32_t)bytes_min64((uint64_t)size * 2, usual);
}

/* Between two chunks rate and loader may change. */
static espbak_status prepare(flash_read *read, uint64_t at, espbak_error *err)
{
    espbak_session *session = read->current.chunk.session;
    read->current.left =
        read->progress_total - bytes_min64(read->options->progress_base + (at - read->first), read->progress_total);
    const bool beyond = at >= session->flash->addressable;
    const espbak_status status =
        beyond || read->current.may_restart ? ladder_steps_home(session, at, beyond, err) : ESPBAK_OK;
    return status == ESPBAK_OK ? ladder_steps_rate(session, read->current.left, read->current.may_restart, err)
                               : status;
}

static espbak_status read_chunks(flash_read *read, espbak_error *err)
{
    const espbak_session *session = read->current.chunk.session;
    const uint64_t end = (read->end + WORD - 1) / WORD * WORD;
    uint32_t limit = read->room;
    for (uint64_t at = read->first; at < end;) {
        if (prepare(read, at, err) != ESPBAK_OK)
            return err->status;
        const uint32_t usual = choose_chunk(session, read->options);
        limit = next_size(read, limit, usual < read->room ? usual : read->room);
        const uint32_t size = (uint32_t)bytes_min64(limit, end - at);
        /* Requests that are out would be lost when the rate changes after this chunk. */
        read->current.chunk.ahead = rate_is_climbing(session) ? 0 : (uint32_t)(end - at - size);
        const espbak_status status = read_chunk_proven(&read->current, (uint32_t)at, size, err);
        if (hand_on(read, at, status, err) != ESPBAK_OK)
            return err->status;
        at += size;
    }
    return ESPBAK_OK;
}

static espbak_status start(flash_read *read, espbak_session *session, espbak_error *err)
{
    flash_chunk *chunk = &read->current.chunk;
    chunk->session = session;
    chunk->progress = chunk_progress;
    chunk->user = read;
    const uint32_t packet = read->options->packet_size / WORD * WORD;
    chunk->packet_size = packet == 0 || packet > FLASH_PACKET_MAX ? FLASH_PACKET_MAX : packet;
    read->room = choose_chunk(session, read->options);
    read->current.buffer = malloc(read->room);
    if (read->current.buffer == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "reading flash: out of memory");
    const espbak_status status = digest_new(&chunk->md5, DIGEST_MD5, err);
    if (status != ESPBAK_OK)
        return status;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "reading by %s in chunks of %" PRIu32 " KiB",
               flash_engine_of(session)->name, read->room / 1024);
    report(read, 0);
    return ESPBAK_OK;
}

/* Go back to the usual loader, where the present one does not reach all of the flash. */
static espbak_status finish(espbak_session *session, espbak_status status, espbak_error *err)
{
    espbak_error why = {0};
    const bool lame =
        session->flash->addressable < session->info.flash.size || espbak_flash_can_read(session, &why) != ESPBAK_OK;
    if (session_is_over(status) || !lame)
        return status;
    espbak_error_clear(&why);
    if (ladder_steps_home(session, 0, true, &why) == ESPBAK_OK)
        return status;
    *err = why;
    return why.status;
}

espbak_status espbak_flash_read(espbak_session *session, uint64_t offset, uint64_t size,
                                const espbak_flash_read_options *options, espbak_flash_sink sink, void *user,
                                espbak_error *err)
{
    static const espbak_flash_read_options defaults = {0};
    espbak_error ignored = {0};
    err = err != NULL ? err : &ignored;
    options = options != NULL ? options : &defaults;
    espbak_status status = espbak_flash_can_read(session, err);
    if (status == ESPBAK_OK)
        status = range_check(session, "reading", offset, size, err);
    if (status != ESPBAK_OK || size == 0)
        return status;
    flash_read read = {
        .options = options,
        .phase = options->phase != NULL ? options->phase : "reading",
        .current = {.plain = options->plain, .may_restart = options->may_restart},
        .first = offset / WORD * WORD,
        .offset = offset,
        .end = offset + size,
        .progress_total = options->progress_total != 0 ? options->progress_total : options->progress_base + size,
        .sink = sink,
        .user = user,
    };
    status = start(&read, session, err);
    if (status == ESPBAK_OK)
        status = finish(session, read_chunks(&read, err), err);
    digest_free(read.current.chunk.md5);
    free(read.current.buffer);
    return status;
}
