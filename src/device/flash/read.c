/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "device/visit/ladder_steps.h"
#include "device/visit/read_piece.h"
#include "espbak/flash.h"

enum {
    /* As long as this many round trips for each one that is lost, so that less than a percent is. */
    CHUNK_ROUND_TRIPS = 128,
    BITS_PER_BYTE = 10, /* start and stop bit */
    WORD = 4,           /* flash controllers read whole words */
    FLASH_CHUNK_LEAST = 4 * FLASH_PACKET_MAX,
    PROGRESS_STEP = 4096,
};

static const flash_engine *const engines[] = {
    [ESPBAK_LOADER_ROM] = &flash_engine_rom,
    [ESPBAK_LOADER_STUB_CURRENT] = &flash_engine_stub_current,
    [ESPBAK_LOADER_STUB_LEGACY] = &flash_engine_stub_legacy,
    [ESPBAK_LOADER_OWN] = &flash_engine_own,
};

/* A read under way. */
typedef struct flash_read {
    piece_read piece;
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

const flash_engine *flash_engine_of(const espbak_session *session)
{
    return engines[session->info.link.loader];
}

espbak_time flash_now(const espbak_session *session)
{
    return espbak_clock_now(espbak_transport_clock(session->transport));
}

void flash_note_round_trip(espbak_session *session, espbak_time elapsed)
{
    if (elapsed > 0 && (session->round_trip == 0 || elapsed < session->round_trip))
        session->round_trip = elapsed;
}

espbak_status flash_check_chip(const espbak_session *session, espbak_error *err)
{
    if (!session->adrift)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_LINK, "the chip was not found again when it was started anew");
}

espbak_status flash_check_range(const espbak_session *session, const char *verb, uint64_t offset, uint64_t size,
                                espbak_error *err)
{
    if (flash_check_chip(session, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "%s", verb);
    const uint64_t flash_size = session->info.flash.size != 0 ? session->info.flash.size : session->addressable;
    if (!bytes_range_within(offset, size, flash_size))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "%s 0x%" PRIX64 " bytes at 0x%" PRIX64 " would leave the flash, which ends at 0x%" PRIX64,
                           verb, size, offset, flash_size);
    const uint64_t limit = bytes_min64(session->addressable, UINT64_C(1) << 32);
    if (bytes_range_within(offset, size, limit))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_UNSUPPORTED,
                "%s above 0x%" PRIX64 " is not possible with the loader that runs: its addresses wrap around there",
                verb, limit);
    espbak_error_hint(err, "%s",
                      session_has_stub(session)
                          ? "no stub of this chip is known to address more; work on the part below"
                          : "let a stub run: leave out --no-stub, or give one with --stub");
    return ESPBAK_E_UNSUPPORTED;
}

espbak_status espbak_flash_can_read(const espbak_session *session, espbak_error *err)
{
    const espbak_chip *chip = session->info.chip;
    if (flash_check_chip(session, err) != ESPBAK_OK)
        return err->status;
    if (session->info.security.secure_download == ESPBAK_YES)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED,
                           "the chip is in Secure Download Mode, which lets nothing be read");
    if (session->info.link.loader != ESPBAK_LOADER_ROM || chip == NULL || (chip->rom_caps & ESPBAK_ROM_READ_SLOW) != 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_UNSUPPORTED, "the %s ROM loader cannot read flash; it needs a stub", chip->title);
    espbak_error_hint(err, "leave out --no-stub, or give a stub with --stub");
    return ESPBAK_E_UNSUPPORTED;
}

static uint32_t choose_chunk(const espbak_session *session, const espbak_flash_read_options *options)
{
    uint64_t size = options->chunk_size;
    if (size == 0) {
        const uint64_t rate = session_line_rate(session) / BITS_PER_BYTE;
        const uint64_t lost = flash_engine_of(session)->turnarounds * (uint64_t)session->round_trip;
        size = lost * CHUNK_ROUND_TRIPS * rate / ESPBAK_S;
        size = size > rate ? size : rate; /* a second at least: a turnaround costs this end time as well */
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
    espbak_report_progress(read->piece.chunk.session->events, read->phase, options->progress_base + done,
                           read->progress_total);
}

static void chunk_progress(void *user, uint32_t done)
{
    flash_read *read = user;
    read->piece.arrived = done;
    const uint64_t reached = (uint64_t)read->piece.chunk.offset + done;
    if (reached > read->offset)
        report(read, reached - read->offset);
}

espbak_status flash_check_digest(digest *md5, const uint8_t *of_chip, espbak_error *err)
{
    uint8_t arrived[DIGEST_MD5_SIZE];
    const espbak_status status = digest_finish(md5, arrived, err);
    if (status != ESPBAK_OK || memcmp(arrived, of_chip, sizeof(arrived)) == 0)
        return status;
    char chip[2 * DIGEST_MD5_SIZE + 1], here[2 * DIGEST_MD5_SIZE + 1];
    bytes_to_hex(chip, of_chip, DIGEST_MD5_SIZE);
    bytes_to_hex(here, arrived, DIGEST_MD5_SIZE);
    return espbak_fail(err, ESPBAK_E_LINK, "what arrived has MD5 %s, the chip says %s", here, chip);
}

/* Hand on what was asked for of a proven chunk. */
static espbak_status deliver(flash_read *read, uint64_t begin, uint32_t size, espbak_error *err)
{
    const uint64_t from = begin > read->offset ? begin : read->offset;
    const uint64_t to = bytes_min64(begin + size, read->end);
    read->piece.chunk.session->stats.payload_bytes += to - from;
    return read->sink(read->user, from, read->piece.buffer + (from - begin), (size_t)(to - from), err);
}

/* All of a chunk, or the whole sectors in front of where it failed. */
static espbak_status hand_on(flash_read *read, uint64_t begin, espbak_status status, espbak_error *err)
{
    const espbak_error why = *err;
    const uint64_t proven =
        status == ESPBAK_OK ? read->piece.proven : read->piece.proven / FLASH_PACKET_MAX * FLASH_PACKET_MAX;
    espbak_error_clear(err);
    if ((status == ESPBAK_OK || flash_may_retry(status)) && proven > begin && proven > read->offset &&
        deliver(read, begin, (uint32_t)(proven - begin), err) != ESPBAK_OK)
        return err->status;
    if (status != ESPBAK_OK)
        *err = why;
    return status;
}

/* After a chunk that had to be read again the next ones are shorter, until some have come out right. */
static uint32_t next_size(const flash_read *read, uint32_t size, uint32_t usual)
{
    if (read->piece.trouble)
        return size / 2 > FLASH_CHUNK_LEAST ? size / 2 : FLASH_CHUNK_LEAST;
    return (uint32_t)bytes_min64((uint64_t)size * 2, usual);
}

/* Between two chunks rate and loader may change. */
static espbak_status prepare(flash_read *read, uint64_t at, espbak_error *err)
{
    espbak_session *session = read->piece.chunk.session;
    read->piece.left =
        read->progress_total - bytes_min64(read->options->progress_base + (at - read->first), read->progress_total);
    const bool beyond = at >= session->addressable;
    const espbak_status status =
        beyond || read->piece.may_restart ? ladder_steps_home(session, at, beyond, err) : ESPBAK_OK;
    return status == ESPBAK_OK ? ladder_steps_rate(session, read->piece.left, read->piece.may_restart, err) : status;
}

static espbak_status read_chunks(flash_read *read, espbak_error *err)
{
    const espbak_session *session = read->piece.chunk.session;
    const uint64_t end = (read->end + WORD - 1) / WORD * WORD;
    uint32_t limit = read->room;
    for (uint64_t at = read->first; at < end;) {
        if (prepare(read, at, err) != ESPBAK_OK)
            return err->status;
        const uint32_t usual = choose_chunk(session, read->options);
        limit = next_size(read, limit, usual < read->room ? usual : read->room);
        const uint32_t size = (uint32_t)bytes_min64(limit, end - at);
        read->piece.chunk.ahead = (uint32_t)(end - at - size);
        const espbak_status status = flash_read_proven(&read->piece, (uint32_t)at, size, err);
        if (hand_on(read, at, status, err) != ESPBAK_OK)
            return err->status;
        at += size;
    }
    return ESPBAK_OK;
}

static espbak_status start(flash_read *read, espbak_session *session, espbak_error *err)
{
    flash_chunk *chunk = &read->piece.chunk;
    chunk->session = session;
    chunk->progress = chunk_progress;
    chunk->user = read;
    const uint32_t packet = read->options->packet_size / WORD * WORD;
    chunk->packet_size = packet == 0 || packet > FLASH_PACKET_MAX ? FLASH_PACKET_MAX : packet;
    read->room = choose_chunk(session, read->options);
    read->piece.buffer = malloc(read->room);
    if (read->piece.buffer == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "reading flash: out of memory");
    const espbak_status status = digest_new(&chunk->md5, DIGEST_MD5, err);
    if (status != ESPBAK_OK)
        return status;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "reading by %s in chunks of %" PRIu32 " KiB",
               flash_engine_of(session)->name, read->room / 1024);
    report(read, 0);
    return ESPBAK_OK;
}

/* A loader that does not reach everything is left again, so that the caller finds what it had. */
static espbak_status finish(espbak_session *session, espbak_status status, espbak_error *err)
{
    espbak_error why = {0};
    const bool lame =
        session->addressable < session->info.flash.size || espbak_flash_can_read(session, &why) != ESPBAK_OK;
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
        status = flash_check_range(session, "reading", offset, size, err);
    if (status != ESPBAK_OK || size == 0)
        return status;
    flash_read read = {
        .options = options,
        .phase = options->phase != NULL ? options->phase : "reading",
        .piece = {.plain = options->plain, .may_restart = options->may_restart},
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
    digest_free(read.piece.chunk.md5);
    free(read.piece.buffer);
    return status;
}
