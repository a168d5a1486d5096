/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "device/flash/hash_own.h"
#include "device/flash/own_stream.h"
#include "device/flash/read.h"
#include "device/loader/own.h"
#include "device/loader/own/answer.h"
#include "device/loader/state.h"

/*
 * A stream of blocks: as many requests outstanding as it takes, each block proven by its own CRC-32
 * when it comes. Requests run ahead of the chunk into the next one, so that the line does not stand
 * still while a chunk is handed on. What is lost is asked for again, in blocks of the size that suits
 * the line by then.
 */

enum {
    FORGET = 128 * 1024,  /* bytes after which what was learned of the contents counts half */
    MEASURED = 64 * 1024, /* over so many bytes it is measured how busy the line is */
};

static const double pace_least = 0.6, pace_most = 1.25;

static flash_stream *stream_of(const flash_chunk *chunk)
{
    return own_stream_of(chunk->session);
}

static own_link *link_of(const flash_chunk *chunk)
{
    return chunk->session->loader->own->link;
}

static uint32_t chunk_end(const flash_chunk *chunk)
{
    return chunk->offset + chunk->size;
}

/* How far requests may go: a plain read asks for nothing beyond. */
static uint64_t stream_end(const flash_chunk *chunk)
{
    return (uint64_t)chunk->offset + chunk->size + (chunk->plain ? 0 : chunk->ahead);
}

/* A range begins that is not what was asked for so far. */
static espbak_status begin(flash_chunk *chunk, espbak_error *err)
{
    espbak_session *session = chunk->session;
    flash_stream *s = own_stream_of(session);
    espbak_status status = ESPBAK_OK;
    if (s->open && s->era == session->loader->own_era && s->at == chunk->offset && !chunk->plain)
        return ESPBAK_OK;
    if (own_link_outstanding(link_of(chunk)) > 0)
        status = own_resync(session, err);
    else
        own_forget(session);
    s->open = true;
    s->era = session->loader->own_era;
    s->at = s->next = chunk->offset;
    s->gap_count = 0;
    s->mark = 0;
    return status;
}

/* Part of the flash that is missing; its tries count for all of it. */
static void add_gap(flash_stream *s, uint32_t offset, uint32_t size, unsigned tries)
{
    s->gaps[s->gap_count++] = (flash_gap){.offset = offset, .size = size, .tries = tries};
}

/* The gap that comes first in the flash, NULL when there is none. */
static flash_gap *first_gap(flash_stream *s)
{
    flash_gap *first = NULL;
    for (size_t i = 0; i < s->gap_count; i++) {
        if (first == NULL || s->gaps[i].offset < first->offset)
            first = &s->gaps[i];
    }
    return first;
}

/* Every block outstanding may become a gap again: whether there is room for one more. */
static bool is_crowded(const flash_stream *s, const own_link *link)
{
    size_t count = s->gap_count;
    for (size_t i = 0; i < OWN_SLOTS; i++)
        count += link->slots[i].state != OWN_SLOT_FREE;
    return count >= FLASH_GAPS;
}

/* What to ask for next, `most` bytes of it: a gap, else what follows. False when there is nothing. */
static bool take_next(flash_chunk *chunk, uint32_t most, flash_gap *part)
{
    flash_stream *s = stream_of(chunk);
    flash_gap *gap = first_gap(s);
    const uint64_t end = stream_end(chunk);
    const bool crowded = is_crowded(s, link_of(chunk));
    if (gap != NULL) {
        most = crowded ? gap->size : most;
        *part = (flash_gap){gap->offset, (uint32_t)bytes_min64(most, gap->size), gap->tries};
        gap->offset += part->size;
        gap->size -= part->size;
        if (gap->size == 0)
            *gap = s->gaps[--s->gap_count];
        return true;
    }
    if (s->next >= end || crowded)
        return false;
    /* Where blocks end at multiples of their size, erased areas come out as whole blank ones. */
    const uint32_t block = most - s->next % most;
    *part = (flash_gap){s->next, (uint32_t)bytes_min64(block, end - s->next), 0};
    s->next += part->size;
    return true;
}

static uint32_t next_effort(flash_stream *s, const own_manner *manner)
{
    s->raw_due += manner->raw_share;
    if (s->raw_due < 1)
        return manner->effort;
    s->raw_due -= 1;
    return 0;
}

/* Keep the window full. */
static espbak_status ask(flash_chunk *chunk, espbak_error *err)
{
    flash_stream *s = stream_of(chunk);
    own_link *link = link_of(chunk);
    const own_manner manner = own_stream_manner(chunk->session, chunk->plain);
    espbak_status status = ESPBAK_OK;
    while (status == ESPBAK_OK && own_link_outstanding(link) < manner.window) {
        own_slot *slot = own_link_free_slot(link);
        flash_gap part;
        if (slot == NULL || !take_next(chunk, manner.block, &part))
            break;
        const uint32_t effort = next_effort(s, &manner);
        status = own_link_ask(link, slot, WIRE_OP_READ, part.offset, part.size, effort, err);
        slot->tries += part.tries;
    }
    return status;
}

/*
 * A line that is not busy while there is something to send waits for the processor: it is slower than was
 * thought. Blank blocks take time and no line.
 */
static void measure_load(espbak_session *session, const own_slot *slot)
{
    flash_stream *s = own_stream_of(session);
    const uint64_t bytes = espbak_transport_get_stats(session->transport).rx_bytes;
    const espbak_time now = session_now(session);
    if (s->mark == 0 || slot->payload == 0) {
        s->mark = slot->payload != 0 ? now : 0;
        s->mark_bytes = bytes;
    }
    if (bytes - s->mark_bytes < MEASURED || now <= s->mark)
        return;
    const double rate = (double)(bytes - s->mark_bytes) * ESPBAK_S / (double)(now - s->mark);
    const double load = rate * 10 / session_line_rate(session);
    const double pace = s->pace > 0 ? s->pace : 1;
    if (load < 0.95)
        s->pace = pace * 0.95 > pace_least ? pace * 0.95 : pace_least;
    else if (load > 0.98)
        s->pace = pace * 1.01 < pace_most ? pace * 1.01 : pace_most;
    s->mark = 0;
}

/* Learn from the block how well the contents compress. */
static void learn(espbak_session *session, const own_slot *slot)
{
    flash_stream *s = own_stream_of(session);
    measure_load(session, slot);
    if (slot->payload == 0) {
        session->flash->counts.compression.blank_bytes += slot->size;
        return;
    }
    session->flash->counts.compression.unpacked_bytes += slot->size;
    session->flash->counts.compression.packed_bytes += slot->payload;
    if (slot->argument == 0)
        return;
    s->packed += slot->payload;
    s->raw += slot->size;
    if (s->raw > FORGET) {
        s->packed /= 2;
        s->raw /= 2;
    }
}

/* Copy what the chunk needs of a block; the rest belongs to the next one. */
static uint32_t use(flash_chunk *chunk, own_slot *slot)
{
    const uint32_t at = slot->address + slot->taken;
    if (at >= chunk_end(chunk))
        return 0;
    const uint32_t size = (uint32_t)bytes_min64(slot->size - slot->taken, chunk_end(chunk) - at);
    if (slot->taken == 0)
        learn(chunk->session, slot);
    memcpy(chunk->buffer + (at - chunk->offset), slot->bytes + slot->taken, size);
    slot->taken += size;
    if (slot->taken == slot->size)
        slot->state = OWN_SLOT_FREE;
    return size;
}

static espbak_status take_slot(flash_chunk *chunk, own_slot *slot, uint32_t *done, espbak_error *err)
{
    switch (slot->state) {
    case OWN_SLOT_DONE:
        *done += use(chunk, slot);
        return ESPBAK_OK;
    case OWN_SLOT_REFUSED:
        return own_answer_refusal(slot, err);
    case OWN_SLOT_LOST:
        chunk->session->flash->counts.retries++;
        if (slot->tries >= OWN_TRIES)
            return espbak_fail(err, ESPBAK_E_LINK, "0x%" PRIX32 " does not come over after %u requests", slot->address,
                               slot->tries);
        add_gap(stream_of(chunk), slot->address, slot->length, slot->tries);
        slot->state = OWN_SLOT_FREE;
        return ESPBAK_OK;
    default:
        return ESPBAK_OK;
    }
}

static espbak_status take_all(flash_chunk *chunk, uint32_t *done, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < OWN_SLOTS && status == ESPBAK_OK; i++)
        status = take_slot(chunk, &link_of(chunk)->slots[i], done, err);
    return status;
}

/* The offset before which every byte has arrived. */
static uint32_t complete_until(flash_chunk *chunk)
{
    flash_stream *s = stream_of(chunk);
    const flash_gap *gap = first_gap(s);
    uint32_t at = gap != NULL && gap->offset < s->next ? gap->offset : s->next;
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        const own_slot *slot = &link_of(chunk)->slots[i];
        if (slot->state == OWN_SLOT_ASKED && slot->address < at)
            at = slot->address;
    }
    return at < chunk_end(chunk) ? at : chunk_end(chunk);
}

static espbak_status read_blocks(flash_chunk *chunk, espbak_error *err)
{
    uint32_t done = 0;
    for (;;) {
        espbak_status status = take_all(chunk, &done, err);
        if (status == ESPBAK_OK)
            status = ask(chunk, err);
        if (status != ESPBAK_OK)
            return status;
        chunk->progress(chunk->user, complete_until(chunk) - chunk->offset);
        if (done == chunk->size)
            return ESPBAK_OK;
        status = own_link_wait(link_of(chunk), err);
        if (status != ESPBAK_OK)
            return status;
    }
}

static espbak_status read_chunk_own(flash_chunk *chunk, espbak_error *err)
{
    espbak_status status = begin(chunk, err);
    if (status == ESPBAK_OK)
        status = read_blocks(chunk, err);
    stream_of(chunk)->at = chunk_end(chunk);
    stream_of(chunk)->open = status == ESPBAK_OK;
    return status;
}

const flash_engine flash_engine_own = {"own loader, compressed blocks", 0, read_chunk_own,
                                       flash_hash_one_by_own_loader};
