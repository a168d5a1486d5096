/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/write_own.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/flash/read.h"
#include "device/loader/own.h"
#include "device/loader/own/answer.h"
#include "device/loader/own/payload.h"
#include "device/loader/own/policy.h"
#include "device/loader/state.h"

enum {
    BLOCK_MOST = 16 * 1024,
    DEFLATE_LEVEL = 9,
    RAW_DEFLATE = -15, /* no header, the largest window */
    MEMORY = 9,
    PAYLOADS_AHEAD = 2, /* that the chip keeps: one arrives while another is programmed */
};

/* A range under way. */
typedef struct writing {
    own_write *range;
    own_link *link;
    uint64_t end;        /* of its last sector */
    uint64_t next;       /* contents from here on were not sent yet */
    uint64_t erase_next; /* blocks up to here were erased, or need not be */
    uint64_t ready;      /* the sector that may be written in pages: it is known to be blank */
    uint8_t contents[BLOCK_MOST], packed[BLOCK_MOST];
} writing;

static const own_loader *own_of(const espbak_session *session)
{
    return session->loader->own;
}

/* ---- what is sent ---- */

/* What flash is to hold from `next` on; the end of the last sector as if erased. */
static espbak_status fetch(writing *w, uint32_t size, espbak_error *err)
{
    own_write *range = w->range;
    const uint64_t end = range->offset + range->size;
    const uint32_t known = w->next < end ? (uint32_t)bytes_min64(size, end - w->next) : 0;
    memset(w->contents + known, 0xFF, size - known);
    return known > 0 ? range->source(range->user, w->next, w->contents, known, err) : ESPBAK_OK;
}

/* 0 when it does not become shorter. */
static uint32_t deflate_block(writing *w, uint32_t size)
{
    z_stream z = {0};
    if (deflateInit2(&z, DEFLATE_LEVEL, Z_DEFLATED, RAW_DEFLATE, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    z.next_in = w->contents;
    z.avail_in = size;
    z.next_out = w->packed;
    z.avail_out = size - 1;
    const uint32_t packed = deflate(&z, Z_FINISH) == Z_STREAM_END ? (uint32_t)z.total_out : 0;
    (void)deflateEnd(&z);
    return packed;
}

static own_contents pack(writing *w, uint32_t size)
{
    const own_loader *const own = own_of(w->range->session);
    own_contents c = {.transaction = own->transaction,
                      .crc = (uint32_t)crc32(0, w->contents, size),
                      .form = WIRE_FORM_RAW,
                      .data = w->contents,
                      .size = size};
    if (bytes_are_all(w->contents, size, 0xFF)) {
        c.form = WIRE_FORM_BLANK;
        c.size = 0;
        return c;
    }
    const bool inflates = (own->features & WIRE_FEATURE_INFLATE) != 0 && !w->range->compress_off;
    const uint32_t packed = inflates ? deflate_block(w, size) : 0;
    if (packed != 0) {
        c.form = WIRE_FORM_DEFLATE;
        c.data = w->packed;
        c.size = packed;
    }
    return c;
}

/* One request and its answer are awaited before anything else is sent. */
static espbak_status run_erase(writing *w, uint64_t offset, uint32_t size, espbak_error *err)
{
    const uint32_t words[WIRE_REQUEST_WORDS] = {[WIRE_REQUEST_OP] = WIRE_OP_ERASE,
                                                [WIRE_REQUEST_ADDRESS] = (uint32_t)offset,
                                                [WIRE_REQUEST_LENGTH] = size,
                                                [WIRE_REQUEST_ARGUMENT] = own_of(w->range->session)->transaction};
    own_slot *slot = NULL;
    const espbak_status status = own_link_run(w->link, words, OWN_TRIES, &slot, err);
    if (status == ESPBAK_OK)
        slot->state = OWN_SLOT_FREE;
    return status;
}

/*
 * Erasing a whole block takes much less than erasing its sectors. Such a request is sent once only: asked again it
 * would erase what was written since. Where it gets lost the writes erase their sectors themselves.
 */
static espbak_status erase_ahead(writing *w, own_slot *slot, espbak_error *err)
{
    const uint64_t at = w->next;
    w->erase_next = at + WIRE_ERASE_BLOCK;
    return own_link_ask(w->link, slot, WIRE_OP_ERASE, (uint32_t)at, WIRE_ERASE_BLOCK,
                        own_of(w->range->session)->transaction, err);
}

static bool begins_block(const writing *w)
{
    return w->next % WIRE_ERASE_BLOCK == 0 && w->next >= w->erase_next && w->end - w->next >= WIRE_ERASE_BLOCK;
}

static uint32_t choose_size(const writing *w)
{
    const uint32_t most = own_of(w->range->session)->write_block;
    const uint32_t block = own_policy_write_block(own_link_error_rate(w->link), most < BLOCK_MOST ? most : BLOCK_MOST);
    const bool in_sector = w->next % WIRE_SECTOR != 0; /* begun in pages, so it is gone on with in pages */
    const uint32_t size = in_sector && block >= WIRE_SECTOR ? WIRE_SECTOR / 4 : block;
    const uint32_t left =
        size < WIRE_SECTOR ? WIRE_SECTOR - (uint32_t)(w->next % WIRE_SECTOR) : (uint32_t)(size - w->next % size);
    return (uint32_t)bytes_min64(size < left ? size : left, w->end - w->next);
}

/* Pages go only where it is blank, and that must be certain: an erase that came later would take them away again. */
static espbak_status make_ready(writing *w, uint32_t size, bool *wait, espbak_error *err)
{
    const uint64_t sector = w->next / WIRE_SECTOR * WIRE_SECTOR;
    *wait = false;
    if (size >= WIRE_SECTOR || w->ready == sector)
        return ESPBAK_OK;
    *wait = own_link_outstanding(w->link) > 0;
    if (*wait)
        return ESPBAK_OK;
    w->ready = sector;
    return run_erase(w, sector, WIRE_SECTOR, err);
}

/* Half as long, until what is sent leaves room for others: the line is silent while the ring is full of one block. */
static espbak_status fetch_packed(writing *w, uint32_t *size, own_contents *c, espbak_error *err)
{
    const uint32_t most = own_of(w->range->session)->write_ahead / PAYLOADS_AHEAD;
    const espbak_status status = fetch(w, *size, err);
    if (status != ESPBAK_OK)
        return status;
    for (*c = pack(w, *size); *size > WIRE_SECTOR && own_payload_size(c->size) > most; *c = pack(w, *size))
        *size = flash_round_up(*size / 2, WIRE_SECTOR);
    return ESPBAK_OK;
}

static espbak_status send_block(writing *w, own_slot *slot, uint32_t size, const own_contents *c, espbak_error *err)
{
    const espbak_status status = own_link_ask_write(w->link, slot, (uint32_t)w->next, size, c, err);
    w->next += size;
    return status;
}

static bool has_room(const writing *w, uint32_t bytes)
{
    const uint32_t under_way = own_link_on_its_way(w->link);
    return under_way == 0 || under_way + bytes <= own_of(w->range->session)->write_ahead;
}

/* Keep the chip busy, and never send more than it can keep while it erases. */
static espbak_status send_ahead(writing *w, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    bool wait = false;
    while (status == ESPBAK_OK && w->next < w->end && has_room(w, own_payload_size(BLOCK_MOST))) {
        own_slot *slot = own_link_free_slot(w->link);
        uint32_t size = choose_size(w);
        own_contents c;
        if (slot == NULL)
            break;
        status = make_ready(w, size, &wait, err);
        if (status != ESPBAK_OK || wait)
            break;
        if (size >= WIRE_SECTOR && begins_block(w)) {
            status = erase_ahead(w, slot, err);
            continue;
        }
        status = fetch_packed(w, &size, &c, err);
        if (status == ESPBAK_OK)
            status = send_block(w, slot, size, &c, err);
    }
    return status;
}

/* ---- what comes back ---- */

static espbak_status take_slot(writing *w, own_slot *slot, espbak_error *err)
{
    const bool once = slot->op != WIRE_OP_WRITE;
    if (slot->state == OWN_SLOT_DONE || (once && slot->state != OWN_SLOT_ASKED)) {
        slot->state = OWN_SLOT_FREE;
        return ESPBAK_OK;
    }
    if (slot->state == OWN_SLOT_REFUSED)
        return own_answer_refusal(slot, err);
    if (slot->state != OWN_SLOT_LOST)
        return ESPBAK_OK;
    w->range->session->flash->counts.retries++;
    if (slot->tries >= OWN_TRIES)
        return espbak_fail(err, ESPBAK_E_LINK, "a block of %" PRIu32 " bytes does not come over after %u tries",
                           slot->length, slot->tries);
    return own_link_ask_again(w->link, slot, err);
}

/* Up to where all is there. */
static uint64_t complete_until(const writing *w)
{
    uint64_t at = w->next;
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        const own_slot *slot = &w->link->slots[i];
        if (slot->state != OWN_SLOT_FREE && slot->op == WIRE_OP_WRITE && slot->address < at)
            at = slot->address;
    }
    return at;
}

static void tell_progress(writing *w)
{
    own_write *range = w->range;
    const uint64_t done = complete_until(w) - range->offset;
    range->reached = done / WIRE_SECTOR * WIRE_SECTOR;
    range->progress(range->progress_user, bytes_min64(done, range->size));
}

static bool is_newest(const writing *w, const own_slot *slot)
{
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        if (w->link->slots[i].state == OWN_SLOT_ASKED && w->link->slots[i].order > slot->order)
            return false;
    }
    return true;
}

/*
 * Answers come in order, so the next one tells of a lost one. Behind the last block of all there is none: a question
 * that is answered at once takes its place.
 */
static espbak_status ask_behind_last(writing *w, espbak_error *err)
{
    own_slot *const free_slot = own_link_free_slot(w->link);
    if (w->next < w->end || free_slot == NULL)
        return ESPBAK_OK;
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        const own_slot *slot = &w->link->slots[i];
        if (slot->state == OWN_SLOT_ASKED && slot->op == WIRE_OP_WRITE && is_newest(w, slot))
            return own_link_ask(w->link, free_slot, WIRE_OP_HELLO, 0, 0, 0, err);
    }
    return ESPBAK_OK;
}

static espbak_status write_blocks(writing *w, espbak_error *err)
{
    for (;;) {
        espbak_status status = ESPBAK_OK;
        for (size_t i = 0; i < OWN_SLOTS && status == ESPBAK_OK; i++)
            status = w->link->slots[i].state == OWN_SLOT_FREE ? ESPBAK_OK : take_slot(w, &w->link->slots[i], err);
        if (status == ESPBAK_OK)
            status = send_ahead(w, err);
        if (status == ESPBAK_OK)
            status = ask_behind_last(w, err);
        if (status != ESPBAK_OK)
            return status;
        tell_progress(w);
        if (own_link_outstanding(w->link) == 0 && w->next == w->end)
            return ESPBAK_OK;
        status = own_link_wait(w->link, err);
        if (status != ESPBAK_OK)
            return status;
    }
}

static espbak_status begin(espbak_session *session, uint64_t offset, uint64_t size, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    if (own_of(session)->write_block == 0)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "the loader that runs does not write");
    if (own_link_outstanding(own_of(session)->link) > 0)
        status = own_resync(session, err);
    else
        own_forget(session);
    if (status == ESPBAK_OK)
        status = own_allow(session, (uint32_t)offset, (uint32_t)size, err);
    session->flash->changed = session->flash->changed || status == ESPBAK_OK;
    return status;
}

/* The flash may not be changed any more; why it has ended is more important than whether that is heard. */
static espbak_status finish(espbak_session *session, espbak_status status, espbak_error *err)
{
    espbak_error why = {0};
    if (status == ESPBAK_E_DEVICE && own_of(session)->protected_still) {
        espbak_error_prefix(err, "the flash is write-protected");
        espbak_error_hint(err,
                          "it keeps its block protection: its WP pin or SRP bit may lock that, or it knows no change "
                          "that power takes back; --loader rom takes the protection away for good");
    }
    const espbak_status closed = session_is_over(status) ? ESPBAK_OK : own_forbid(session, &why);
    if (status == ESPBAK_OK && closed != ESPBAK_OK)
        *err = why;
    return status == ESPBAK_OK ? closed : status;
}

espbak_status write_own_range(own_write *range, espbak_error *err)
{
    writing *w = malloc(sizeof(*w));
    if (w == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "writing flash: out of memory");
    const uint64_t whole = (range->size + WIRE_SECTOR - 1) / WIRE_SECTOR * WIRE_SECTOR;
    w->range = range;
    w->link = own_of(range->session)->link;
    w->next = range->offset;
    w->end = range->offset + whole;
    w->erase_next = range->offset;
    w->ready = UINT64_MAX;
    range->reached = 0;
    espbak_status status = begin(range->session, range->offset, whole, err);
    if (status == ESPBAK_OK)
        status = write_blocks(w, err);
    status = finish(range->session, status, err);
    free(w);
    return status;
}

espbak_status write_own_erase(espbak_session *session, uint64_t offset, uint64_t size, espbak_error *err)
{
    own_write range = {.session = session, .offset = offset, .size = size};
    writing w = {.range = &range, .link = own_of(session)->link};
    espbak_status status = begin(session, offset, size, err);
    for (uint64_t at = offset; status == ESPBAK_OK && at < offset + size;) {
        const uint32_t part = (uint32_t)bytes_min64(WIRE_ERASE_BLOCK - at % WIRE_ERASE_BLOCK, offset + size - at);
        status = run_erase(&w, at, part, err);
        at += part;
    }
    return finish(session, status, err);
}
