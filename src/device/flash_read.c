/* SPDX-License-Identifier: Apache-2.0 */
#include "flash_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
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
};

/* A read under way. */
typedef struct flash_read {
    flash_chunk chunk;
    const espbak_flash_read_options *options;
    const char *phase;
    uint64_t offset, end;    /* what was asked for */
    uint64_t progress_total; /* of the whole job */
    uint64_t reported;       /* of this range: progress never goes back, retries or not */
    uint8_t *buffer;         /* a chunk */
    uint32_t chunk_offset;   /* where it begins */
    bool trouble;            /* some of it had to be read again */
    uint32_t arrived;        /* bytes that the last attempt brought, right or wrong */
    espbak_flash_sink sink;
    void *user;
} flash_read;

espbak_time flash_now(const espbak_session *session)
{
    return espbak_clock_now(espbak_transport_clock(session->transport));
}

void flash_note_round_trip(espbak_session *session, espbak_time elapsed)
{
    if (elapsed > 0 && (session->round_trip == 0 || elapsed < session->round_trip))
        session->round_trip = elapsed;
}

espbak_status flash_check_range(const espbak_session *session, const char *verb, uint64_t offset, uint64_t size,
                                espbak_error *err)
{
    if (session->adrift)
        return espbak_fail(err, ESPBAK_E_LINK, "%s: the chip was not found again when it was started anew", verb);
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
    if (session->info.security.secure_download == ESPBAK_YES)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED,
                           "the chip is in Secure Download Mode, which lets nothing be read");
    if (session_has_stub(session) || chip == NULL || (chip->rom_caps & ESPBAK_ROM_READ_SLOW) != 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_UNSUPPORTED, "the %s ROM loader cannot read flash; it needs a stub", chip->title);
    espbak_error_hint(err, "leave out --no-stub, or give a stub with --stub");
    return ESPBAK_E_UNSUPPORTED;
}

static uint32_t round_to(uint64_t value, uint32_t step)
{
    return (uint32_t)((value + step - 1) / step * step);
}

static uint32_t choose_chunk(const espbak_session *session, const espbak_flash_read_options *options)
{
    uint64_t size = options->chunk_size;
    if (size == 0) {
        const uint64_t rate = session_line_rate(session) / BITS_PER_BYTE;
        const uint64_t lost = engines[session->info.link.loader]->turnarounds * (uint64_t)session->round_trip;
        size = lost * CHUNK_ROUND_TRIPS * rate / ESPBAK_S;
        size = size > rate ? size : rate; /* a second at least: a turnaround costs this end time as well */
        size = size > FLASH_CHUNK_MIN ? size : FLASH_CHUNK_MIN;
        size = round_to(bytes_min64(size, FLASH_CHUNK_MAX), FLASH_PACKET_MAX);
    }
    return round_to(bytes_min64(size, FLASH_CHUNK_MAX), WORD);
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
    espbak_report_progress(read->chunk.session->events, read->phase, options->progress_base + done,
                           read->progress_total);
}

static void chunk_progress(void *user, uint32_t done)
{
    flash_read *read = user;
    read->arrived = done;
    const uint64_t reached = (uint64_t)read->chunk.offset + done;
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

/* Forget what an attempt that broke off had hashed. */
static espbak_status clear_digest(digest *md5, espbak_error *err)
{
    uint8_t ignored[DIGEST_MD5_SIZE];
    return digest_finish(md5, ignored, err);
}

/*
 * How a place is asked for: at most so many bytes, so often, before the next rung. Noise that spoils
 * every long read spares some short ones; the last rung gets through one flipped bit in 2 kB. Places
 * that fail alike every time are mostly frames of some length, so packets change theirs, and 1000 is
 * no multiple of 64 (esp-flasher-stub 1.1.0).
 */
typedef struct rung {
    uint32_t size;
    unsigned tries;
    uint32_t packet; /* 0: the usual one */
} rung;

static const rung ladder[] = {
    {FLASH_CHUNK_MAX, 1, 0},
    {4 * FLASH_PACKET_MAX, 1, 0},
    {FLASH_PACKET_MAX, 2, 1000},
    {1024, 16, 500},
};
enum { RUNGS = sizeof(ladder) / sizeof(ladder[0]), SECTOR_RUNG = 2 };

static espbak_status give_up(const flash_chunk *chunk, espbak_error *err)
{
    espbak_error_hint(err, "lower the speed (-b 115200), use a shorter cable or another port");
    return espbak_error_prefix(err, "reading 0x%" PRIX32 ": %" PRIu32 " bytes failed %u times in a row", chunk->offset,
                               chunk->size, ladder[RUNGS - 1].tries);
}

/* One attempt at what `chunk` names; after a failure that may pass, the loader takes commands again. */
static espbak_status attempt_once(flash_read *read, unsigned height, unsigned try, espbak_error *err)
{
    flash_chunk *chunk = &read->chunk;
    const flash_engine *engine = engines[chunk->session->info.link.loader];
    const bool odd = try % 2 != 0 && ladder[height].packet != 0;
    const uint32_t usual = chunk->packet_size;
    chunk->attempt = height + try;
    chunk->plain = read->options->plain || chunk->attempt > 0;
    chunk->packet_size = odd ? ladder[height].packet : usual;
    read->arrived = 0;
    espbak_status status = clear_digest(chunk->md5, err);
    if (status == ESPBAK_OK)
        status = engine->read_chunk(chunk, err);
    chunk->packet_size = usual;
    if (status == ESPBAK_OK)
        return status;
    if (!flash_may_retry(status))
        return espbak_error_prefix(err, "reading 0x%" PRIX32, chunk->offset);
    espbak_log(chunk->session->events, ESPBAK_LOG_DETAIL,
               "0x%" PRIX32 ": %" PRIu32 " bytes failed (%s, try %u of %u): %s", chunk->offset, chunk->size,
               engine->name, try + 1, ladder[height].tries, err->message);
    if (height + 1 == RUNGS && try + 1 == ladder[height].tries)
        return give_up(chunk, err);
    chunk->session->stats.retries++;
    read->trouble = true;
    return status;
}

static espbak_status read_part(flash_read *read, uint32_t from, uint32_t size, unsigned height, espbak_error *err);

static void aim(flash_read *read, uint32_t from, uint32_t size)
{
    flash_chunk *chunk = &read->chunk;
    chunk->offset = from;
    chunk->size = size;
    chunk->buffer = read->buffer + (from - read->chunk_offset);
}

/* Whether the chip's MD5 proves what stands in the buffer for this part; a hash that fails proves nothing. */
static espbak_status is_proven(flash_read *read, uint32_t from, uint32_t size, bool *proven, espbak_error *err)
{
    espbak_session *session = read->chunk.session;
    uint8_t here[DIGEST_MD5_SIZE], chip[DIGEST_MD5_SIZE];
    *proven = false;
    espbak_status status = digest_of(DIGEST_MD5, read->buffer + (from - read->chunk_offset), size, here, err);
    if (status != ESPBAK_OK)
        return status;
    status = flash_hash_once(session, from, size, chip, err);
    *proven = status == ESPBAK_OK && memcmp(here, chip, sizeof(chip)) == 0;
    return flash_may_retry(status) ? flash_resync(session, err) : status;
}

static espbak_status mend(flash_read *read, uint32_t from, uint32_t size, espbak_error *err);

/*
 * Bytes came, but some are wrong: the chip's MD5 of the parts finds the damaged sectors, and only they
 * are read again. Sixteen parts at each step, down to a sector.
 */
static espbak_status mend_parts(flash_read *read, uint32_t from, uint32_t size, espbak_error *err)
{
    enum { PARTS = 16 };
    if (size <= FLASH_PACKET_MAX)
        return read_part(read, from, size, SECTOR_RUNG, err);
    const uint32_t part = round_to((size + PARTS - 1) / PARTS, FLASH_PACKET_MAX);
    espbak_status status = ESPBAK_OK;
    for (uint32_t done = 0; done < size && status == ESPBAK_OK; done += part)
        status = mend(read, from + done, (uint32_t)bytes_min64(part, size - done), err);
    return status;
}

static espbak_status mend(flash_read *read, uint32_t from, uint32_t size, espbak_error *err)
{
    bool proven = false;
    const espbak_status status = is_proven(read, from, size, &proven, err);
    return status == ESPBAK_OK && !proven ? mend_parts(read, from, size, err) : status;
}

/* After a failed attempt: what of it can be kept? Whole sectors that arrived are worth a look. */
static espbak_status keep_what_came(flash_read *read, uint32_t from, uint32_t size, uint32_t *kept, espbak_error *err)
{
    *kept = 0;
    if (size <= FLASH_PACKET_MAX || read->arrived < FLASH_PACKET_MAX)
        return ESPBAK_OK;
    const bool all = read->arrived >= size;
    *kept = all ? size : read->arrived / FLASH_PACKET_MAX * FLASH_PACKET_MAX;
    /* When all came the digest has said already that something is wrong. */
    return all ? mend_parts(read, from, size, err) : mend(read, from, *kept, err);
}

/* Read one piece of this rung as often as the rung allows, and what is still missing by the next one. */
static espbak_status read_piece(flash_read *read, uint32_t from, uint32_t size, unsigned height, espbak_error *err)
{
    for (unsigned try = 0; try < ladder[height].tries && size > 0;) {
        aim(read, from, size);
        espbak_status status = attempt_once(read, height, try, err);
        if (status == ESPBAK_OK || !flash_may_retry(status))
            return status;
        if (height + 1 == RUNGS && try + 1 == ladder[height].tries)
            return status;
        const uint32_t arrived = read->arrived;
        uint32_t kept = 0;
        status = flash_resync(read->chunk.session, err);
        read->arrived = arrived;
        if (status == ESPBAK_OK)
            status = keep_what_came(read, from, size, &kept, err);
        if (status != ESPBAK_OK)
            return status;
        /* A place that lets some bytes pass each time does not count against the tries. */
        try += kept == 0;
        from += kept;
        size -= kept;
    }
    return size > 0 ? read_part(read, from, size, height + 1, err) : ESPBAK_OK;
}

/* Read the part of the present chunk that begins at `from`, in pieces of the rung's size. */
static espbak_status read_part(flash_read *read, uint32_t from, uint32_t size, unsigned height, espbak_error *err)
{
    for (uint32_t done = 0; done < size; done += ladder[height].size) {
        const uint32_t piece = (uint32_t)bytes_min64(ladder[height].size, size - done);
        const espbak_status status = read_piece(read, from + done, piece, height, err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

/* Hand on what was asked for of a proven chunk. */
static espbak_status deliver(flash_read *read, uint32_t size, espbak_error *err)
{
    const uint64_t begin = read->chunk_offset;
    const uint64_t from = begin > read->offset ? begin : read->offset;
    const uint64_t to = bytes_min64(begin + size, read->end);
    read->chunk.session->stats.payload_bytes += to - from;
    return read->sink(read->user, from, read->buffer + (from - begin), (size_t)(to - from), err);
}

/* After a chunk that had to be read again the next ones are shorter, until some have come out right. */
static uint32_t next_size(flash_read *read, uint32_t size, uint32_t usual)
{
    const bool trouble = read->trouble;
    read->trouble = false;
    if (trouble)
        return size / 2 > FLASH_CHUNK_LEAST ? size / 2 : FLASH_CHUNK_LEAST;
    return (uint32_t)bytes_min64((uint64_t)size * 2, usual);
}

static espbak_status read_chunks(flash_read *read, uint32_t usual, espbak_error *err)
{
    const uint64_t end = (read->end + WORD - 1) / WORD * WORD;
    uint64_t at = read->offset / WORD * WORD;
    for (uint32_t limit = usual; at < end; limit = next_size(read, limit, usual)) {
        const uint32_t size = (uint32_t)bytes_min64(limit, end - at);
        read->chunk_offset = (uint32_t)at;
        espbak_status status = read_part(read, (uint32_t)at, size, 0, err);
        if (status == ESPBAK_OK) {
            espbak_error_clear(err);
            status = deliver(read, size, err);
        }
        if (status != ESPBAK_OK)
            return status;
        at += size;
    }
    return ESPBAK_OK;
}

static espbak_status start(flash_read *read, espbak_session *session, uint32_t chunk_size, espbak_error *err)
{
    flash_chunk *chunk = &read->chunk;
    chunk->session = session;
    chunk->progress = chunk_progress;
    chunk->user = read;
    const uint32_t packet = read->options->packet_size / WORD * WORD;
    chunk->packet_size = packet == 0 || packet > FLASH_PACKET_MAX ? FLASH_PACKET_MAX : packet;
    read->buffer = malloc(chunk_size);
    if (read->buffer == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "reading flash: out of memory");
    const espbak_status status = digest_new(&chunk->md5, DIGEST_MD5, err);
    if (status != ESPBAK_OK)
        return status;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "reading by %s in chunks of %" PRIu32 " KiB",
               engines[session->info.link.loader]->name, chunk_size / 1024);
    report(read, 0);
    return ESPBAK_OK;
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
        .offset = offset,
        .end = offset + size,
        .progress_total = options->progress_total != 0 ? options->progress_total : options->progress_base + size,
        .sink = sink,
        .user = user,
    };
    const uint32_t chunk_size = choose_chunk(session, options);
    status = start(&read, session, chunk_size, err);
    if (status == ESPBAK_OK)
        status = read_chunks(&read, chunk_size, err);
    digest_free(read.chunk.md5);
    free(read.buffer);
    return status;
}
