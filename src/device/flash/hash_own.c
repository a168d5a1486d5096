/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/hash_own.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "device/flash/own_stream.h"
#include "device/flash/read.h"
#include "device/loader/own.h"
#include "device/loader/own/answer.h"
#include "device/loader/state.h"

enum {
    OUT_MOST = 8,           /* runs named and not taken: the chip works while this end compares */
    RATE_LEAST = 64 * 1024, /* bytes of a run from which hashing takes longer than asking */
};

static own_slot *slot_of(own_link *link, uint64_t place)
{
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        if (link->slots[i].state != OWN_SLOT_FREE && link->slots[i].place == place)
            return &link->slots[i];
    }
    return NULL;
}

/* Runs under way; the first one named is the next to be taken. */
typedef struct hash_pipe {
    espbak_session *session;
    hash_run_next next;
    hash_run_take take;
    void *user;
    uint32_t op;
    uint64_t named, taken;
    espbak_time mark; /* when the last answer came, or the first request went */
} hash_pipe;

static espbak_status name_runs(hash_pipe *pipe, espbak_error *err)
{
    own_link *link = pipe->session->loader->own->link;
    while (pipe->named - pipe->taken < OUT_MOST) {
        hash_run run = {0};
        bool more = false;
        own_slot *slot = own_link_free_slot(link);
        espbak_status status = pipe->next(pipe->user, &run, &more, err);
        if (status != ESPBAK_OK || !more)
            return status;
        if (slot == NULL || run.size == 0)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "hashing nothing at 0x%" PRIX32, run.offset);
        if (pipe->named == pipe->taken)
            pipe->mark = session_now(pipe->session);
        slot->place = pipe->named++;
        pipe->session->flash->counts.hashes++;
        status = own_link_ask(link, slot, pipe->op, run.offset, run.size, run.each, err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

/* The time between two answers is what the chip has worked for the second one. */
static void note_rate(hash_pipe *pipe, const own_slot *slot)
{
    espbak_session *session = pipe->session;
    const espbak_time now = session_now(session), took = now - pipe->mark;
    pipe->mark = now;
    if (slot->length < RATE_LEAST || slot->tries > 1)
        return;
    const espbak_time shared = pipe->taken == 0 ? session->line.round_trip : 0;
    session->flash->hashing.bytes += slot->length;
    session->flash->hashing.time += took > shared ? took - shared : 0;
}

static espbak_status ask_lost(hash_pipe *pipe, espbak_error *err)
{
    own_link *link = pipe->session->loader->own->link;
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < OWN_SLOTS && status == ESPBAK_OK; i++) {
        own_slot *slot = &link->slots[i];
        if (slot->state != OWN_SLOT_LOST)
            continue;
        pipe->session->flash->counts.retries++;
        if (slot->tries >= OWN_TRIES)
            return espbak_fail(err, ESPBAK_E_LINK, "no digest of 0x%" PRIX32 " comes over after %u requests",
                               slot->address, slot->tries);
        status = own_link_ask_again(link, slot, err);
    }
    return status;
}

static espbak_status take_ready(hash_pipe *pipe, espbak_error *err)
{
    own_link *link = pipe->session->loader->own->link;
    for (own_slot *slot; (slot = slot_of(link, pipe->taken)) != NULL; pipe->taken++) {
        if (slot->state == OWN_SLOT_REFUSED)
            return own_answer_refusal(slot, err);
        if (slot->state != OWN_SLOT_DONE)
            return ESPBAK_OK;
        const hash_run run = {slot->address, slot->length, slot->argument,
                              slot->op == WIRE_OP_SHA256 ? ESPBAK_DIGEST_SHA256 : ESPBAK_DIGEST_MD5};
        note_rate(pipe, slot);
        const espbak_status status = pipe->take(pipe->user, &run, slot->bytes, err);
        slot->state = OWN_SLOT_FREE;
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

static espbak_status run_pipe(hash_pipe *pipe, espbak_error *err)
{
    own_link *link = pipe->session->loader->own->link;
    for (;;) {
        espbak_status status = name_runs(pipe, err);
        if (status != ESPBAK_OK || pipe->named == pipe->taken)
            return status;
        status = own_link_wait(link, err);
        if (status == ESPBAK_OK)
            status = ask_lost(pipe, err);
        if (status == ESPBAK_OK)
            status = take_ready(pipe, err);
        if (status != ESPBAK_OK)
            return status;
    }
}

espbak_flash_digest hash_run_digest(const hash_run *run, const uint8_t *digests)
{
    espbak_flash_digest first = {.kind = run->kind};
    memcpy(first.bytes, digests, sizeof(first.bytes));
    return first;
}

espbak_status flash_hash_runs(espbak_session *session, hash_choice choice, hash_run_next next, hash_run_take take,
                              void *user, espbak_error *err)
{
    hash_pipe pipe = {.session = session, .next = next, .take = take, .user = user, .op = WIRE_OP_MD5};
    espbak_status status = ESPBAK_OK;
    if (own_link_outstanding(session->loader->own->link) > 0)
        status = own_resync(session, err);
    own_forget(session);
    if (status == ESPBAK_OK && choice == HASH_FASTEST)
        status = own_find_fastest_digest(session, &pipe.op, err);
    return status == ESPBAK_OK ? run_pipe(&pipe, err) : status;
}

/* ---- any ranges ---- */

enum {
    RANGES_MOST = 16,      /* asked for ahead of their results, as espbak/flash.h promises */
    RANGES_RUN = 8,        /* in one run: another one is under way meanwhile */
    RUN_SIZE = 256 * 1024, /* short enough to be asked for again */
};

typedef struct hash_ranges {
    espbak_session *session;
    espbak_flash_md5_next next;
    espbak_flash_digest_take take;
    void *user;
    unsigned out;
    bool held; /* a range that did not fit the run before it */
    uint64_t offset, size;
} hash_ranges;

/* Read in blocks and hashed here: what stands at odd addresses the chip does not hash. */
static espbak_status hash_by_reading(espbak_session *session, uint32_t offset, uint32_t size, espbak_flash_digest *out,
                                     espbak_error *err)
{
    const uint32_t skip = offset % WIRE_ALIGNMENT, end = flash_round_up((uint64_t)offset + size, WIRE_ALIGNMENT);
    const uint32_t block = own_stream_manner(session, true).block;
    digest *hash = NULL;
    espbak_status status = digest_new(&hash, DIGEST_MD5, err);
    for (uint32_t at = offset - skip; at < end && status == ESPBAK_OK; at += block) {
        const uint32_t length = end - at < block ? end - at : block;
        const uint32_t words[WIRE_REQUEST_WORDS] = {[WIRE_REQUEST_OP] = WIRE_OP_READ,
                                                    [WIRE_REQUEST_ADDRESS] = at,
                                                    [WIRE_REQUEST_LENGTH] = length,
                                                    [WIRE_REQUEST_ARGUMENT] = WIRE_GREEDY | 4};
        const uint32_t from = at < offset ? offset - at : 0;
        const uint32_t to = (uint32_t)bytes_min64(length, (uint64_t)offset + size - at);
        own_slot *slot = NULL;
        status = own_link_run(session->loader->own->link, words, OWN_TRIES, &slot, err);
        if (status != ESPBAK_OK)
            break;
        status = digest_update(hash, slot->bytes + from, to - from, err);
        slot->state = OWN_SLOT_FREE;
    }
    if (status == ESPBAK_OK)
        status = digest_finish_short(hash, out, err);
    digest_free(hash);
    return status;
}

static espbak_status pull(hash_ranges *ranges, bool *more, espbak_error *err)
{
    *more = true;
    if (ranges->held)
        return ESPBAK_OK;
    espbak_status status = ranges->next(ranges->user, &ranges->offset, &ranges->size, more, err);
    if (status != ESPBAK_OK || !*more)
        return status;
    ranges->held = true;
    return ESPBAK_OK;
}

/* The next range as a run of its own. */
static hash_run begin_run(hash_ranges *ranges)
{
    ranges->held = false;
    ranges->out++;
    return (hash_run){.offset = (uint32_t)ranges->offset,
                      .size = (uint32_t)ranges->size,
                      .each = flash_round_up(ranges->size, WIRE_ALIGNMENT)};
}

static bool continues(const hash_ranges *ranges, const hash_run *run)
{
    return ranges->offset == (uint64_t)run->offset + run->size && run->size % run->each == 0 &&
           ranges->size <= run->each && run->size + ranges->size <= RUN_SIZE;
}

/* A range that the chip does not hash comes when it is alone. */
static espbak_status read_odd(hash_ranges *ranges, bool *more, espbak_error *err)
{
    espbak_flash_digest found;
    while (*more && ranges->offset % WIRE_ALIGNMENT != 0) {
        if (ranges->out > 0) {
            *more = false;
            return ESPBAK_OK;
        }
        ranges->held = false;
        espbak_status status =
            hash_by_reading(ranges->session, (uint32_t)ranges->offset, (uint32_t)ranges->size, &found, err);
        if (status == ESPBAK_OK)
            status = ranges->take(ranges->user, ranges->offset, ranges->size, &found, err);
        if (status == ESPBAK_OK)
            status = pull(ranges, more, err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

static espbak_status name_run(void *user, hash_run *run, bool *more, espbak_error *err)
{
    hash_ranges *ranges = user;
    *more = false;
    if (ranges->out >= RANGES_MOST)
        return ESPBAK_OK;
    espbak_status status = pull(ranges, more, err);
    if (status == ESPBAK_OK && *more)
        status = read_odd(ranges, more, err);
    if (status != ESPBAK_OK || !*more)
        return status;
    *run = begin_run(ranges);
    for (unsigned count = 1; count < RANGES_RUN && ranges->out < RANGES_MOST; count++) {
        bool another = false;
        status = pull(ranges, &another, err);
        if (status != ESPBAK_OK || !another || !continues(ranges, run))
            return status;
        run->size += (uint32_t)ranges->size;
        ranges->held = false;
        ranges->out++;
    }
    return ESPBAK_OK;
}

static espbak_status take_run(void *user, const hash_run *run, const uint8_t *digests, espbak_error *err)
{
    hash_ranges *ranges = user;
    espbak_status status = ESPBAK_OK;
    for (uint32_t done = 0; done < run->size && status == ESPBAK_OK; done += run->each) {
        const uint32_t size = run->size - done < run->each ? run->size - done : run->each;
        const espbak_flash_digest found = hash_run_digest(run, digests);
        ranges->out--;
        status = ranges->take(ranges->user, (uint64_t)run->offset + done, size, &found, err);
        digests += WIRE_DIGEST_SIZE;
    }
    return status;
}

espbak_status flash_hash_many_by_own_loader(espbak_session *session, hash_choice choice, espbak_flash_md5_next next,
                                            espbak_flash_digest_take take, void *user, espbak_error *err)
{
    hash_ranges ranges = {.session = session, .next = next, .take = take, .user = user};
    return flash_hash_runs(session, choice, name_run, take_run, &ranges, err);
}

/* ---- one range ---- */

typedef struct hash_one {
    uint32_t offset, size;
    bool named;
    uint8_t *md5;
} hash_one;

static espbak_status name_one(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    hash_one *one = user;
    (void)err;
    *offset = one->offset;
    *size = one->size;
    *more = !one->named;
    one->named = true;
    return ESPBAK_OK;
}

static espbak_status take_one(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                              espbak_error *err)
{
    hash_one *one = user;
    (void)offset;
    (void)size;
    (void)err;
    memcpy(one->md5, found->bytes, DIGEST_MD5_SIZE);
    return ESPBAK_OK;
}

espbak_status flash_hash_one_by_own_loader(espbak_session *session, uint32_t offset, uint32_t size, uint8_t md5[16],
                                           espbak_error *err)
{
    hash_one one = {.offset = offset, .size = size, .md5 = md5};
    return flash_hash_many_by_own_loader(session, HASH_MD5, name_one, take_one, &one, err);
}
