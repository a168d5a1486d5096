/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/own/link.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "device/loader/own/answer.h"
#include "device/loader/own/payload.h"
#include "device/loader/own/policy.h"

enum {
    READ_SIZE = 16 * 1024,
    INPUT_SIZE = WIRE_REPLY_SIZE + WIRE_BLOCK_MOST + READ_SIZE,
    BITS_PER_BYTE = 10,
    SILENCES_MOST = 6,               /* deadlines missed in a row before our own loader counts as gone */
    SLACK_FIRST = 300 * ESPBAK_MS,   /* of a line nothing is known of; a bridge may hold bytes back for 16 ms */
    SLACK_REMOTE = 1000 * ESPBAK_MS, /* and a network for longer */
    SLACK_MOST = 4 * ESPBAK_S,
    BABBLE = 3 * ESPBAK_S,
    GATHER_FROM = 256,   /* missing bytes that are worth a sleep */
    GATHER_BYTES = 2048, /* what drivers hold easily */
    GATHER_LONGEST = 8 * ESPBAK_MS,
    GATHER_SHORTEST = 1 * ESPBAK_MS,
};

static const double memory = 1 << 20; /* bytes on the line after which a damage counts half */

static espbak_time now(const own_link *link)
{
    return espbak_clock_now(session_clock(link->session));
}

static espbak_time slack_least(const own_link *link)
{
    const bool remote = espbak_transport_get_caps(link->session->transport)->remote;
    return (remote ? SLACK_REMOTE : SLACK_FIRST) / 3;
}

espbak_status own_link_open(own_link **out, const espbak_session *session, espbak_session_stats *counts,
                            espbak_error *err)
{
    *out = NULL;
    own_link *link = calloc(1, sizeof(*link));
    uint8_t *input = malloc(INPUT_SIZE);
    if (link == NULL || input == NULL) {
        free(input);
        free(link);
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    }
    link->session = session;
    link->counts = counts;
    link->input = input;
    link->slack = 3 * slack_least(link);
    link->babble = BABBLE;
    link->heard = link->moved = now(link);
    /* Flash may hold what looks like a reply; it cannot know today's tags. 0 is what our own loader greets with. */
    link->next_tag = (uint32_t)link->heard * 2654435761u | 1;
    *out = link;
    return ESPBAK_OK;
}

void own_link_close(own_link *link)
{
    if (link == NULL)
        return;
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        free(link->slots[i].bytes);
        free(link->slots[i].out);
    }
    own_answer_free(link->inflater);
    free(link->input);
    free(link);
}

void own_link_forget(own_link *link)
{
    for (size_t i = 0; i < OWN_SLOTS; i++)
        link->slots[i].state = OWN_SLOT_FREE;
    link->begin = link->end = 0;
    link->silences = 0;
}

own_slot *own_link_free_slot(own_link *link)
{
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        if (link->slots[i].state == OWN_SLOT_FREE)
            return &link->slots[i];
    }
    return NULL;
}

unsigned own_link_outstanding(const own_link *link)
{
    unsigned count = 0;
    for (size_t i = 0; i < OWN_SLOTS; i++)
        count += link->slots[i].state == OWN_SLOT_ASKED;
    return count;
}

double own_link_error_rate(const own_link *link)
{
    return link->damages / (link->received + 64 * 1024);
}

static void count_line(own_link *link, double bytes, double damages)
{
    link->received += bytes;
    link->damages += damages;
    if (link->received > 2 * memory) {
        link->received /= 2;
        link->damages /= 2;
    }
}

void own_link_encode(uint8_t bytes[WIRE_REQUEST_SIZE], const uint32_t request[WIRE_REQUEST_WORDS], uint32_t tag)
{
    for (size_t i = 0; i < WIRE_REQUEST_CRC; i++)
        bytes_put_le32(bytes + i * WIRE_WORD, request[i]);
    bytes_put_le32(bytes + WIRE_REQUEST_MAGIC * WIRE_WORD, WIRE_REQUEST_MARK);
    bytes_put_le32(bytes + WIRE_REQUEST_TAG * WIRE_WORD, tag);
    bytes_put_le32(bytes + WIRE_REQUEST_CRC * WIRE_WORD, (uint32_t)crc32(0, bytes, WIRE_REQUEST_CRC * WIRE_WORD));
}

static uint32_t size_on_line(const own_slot *slot)
{
    return slot->op == WIRE_OP_WRITE ? slot->out_size : WIRE_REQUEST_SIZE;
}

uint32_t own_link_on_its_way(const own_link *link)
{
    uint32_t bytes = 0;
    for (size_t i = 0; i < OWN_SLOTS; i++)
        bytes += link->slots[i].state == OWN_SLOT_ASKED ? size_on_line(&link->slots[i]) : 0;
    return bytes;
}

static espbak_status send_bytes(own_link *link, const uint8_t *bytes, size_t size, espbak_error *err)
{
    return espbak_transport_write(link->session->transport, bytes, size, session_deadline(link->session, size, 0), err);
}

static espbak_status send_request(own_link *link, own_slot *slot, espbak_error *err)
{
    const uint32_t words[WIRE_REQUEST_WORDS] = {
        [WIRE_REQUEST_OP] = slot->op,
        [WIRE_REQUEST_ADDRESS] = slot->address,
        [WIRE_REQUEST_LENGTH] = slot->length,
        [WIRE_REQUEST_ARGUMENT] = slot->argument,
    };
    uint8_t bytes[WIRE_REQUEST_SIZE];
    own_link_encode(bytes, words, link->next_tag);
    if (own_link_outstanding(link) == 0)
        link->moved = link->heard = now(link);
    slot->state = OWN_SLOT_ASKED;
    slot->tag = link->next_tag;
    slot->order = link->next_order++;
    slot->tries++;
    link->next_tag += link->next_tag == UINT32_MAX ? 2 : 1;
    link->counts->requests++;
    if (slot->op != WIRE_OP_WRITE)
        return send_bytes(link, bytes, sizeof(bytes), err);
    memcpy(slot->out, bytes, sizeof(bytes));
    own_payload_close(slot, slot->tag);
    return send_bytes(link, slot->out, slot->out_size, err);
}

static espbak_status prepare(own_slot *slot, uint32_t op, uint32_t address, uint32_t length, uint32_t argument,
                             espbak_error *err)
{
    const uint32_t room = own_answer_room(op, length, argument);
    if (room > WIRE_BLOCK_MOST)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "espbak's own loader is asked for %" PRIu32 " bytes at once", room);
    if (room > slot->room) {
        uint8_t *bytes = realloc(slot->bytes, room);
        if (bytes == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        slot->bytes = bytes;
        slot->room = room;
    }
    slot->op = op;
    slot->address = address;
    slot->length = length;
    slot->argument = argument;
    slot->tries = 0;
    slot->taken = slot->size = slot->payload = 0;
    return ESPBAK_OK;
}

espbak_status own_link_ask(own_link *link, own_slot *slot, uint32_t op, uint32_t address, uint32_t length,
                           uint32_t argument, espbak_error *err)
{
    const espbak_status status = prepare(slot, op, address, length, argument, err);
    return status == ESPBAK_OK ? send_request(link, slot, err) : status;
}

espbak_status own_link_ask_write(own_link *link, own_slot *slot, uint32_t address, uint32_t length,
                                 const own_contents *contents, espbak_error *err)
{
    const uint32_t payload = own_payload_size(contents->size) - WIRE_REQUEST_SIZE;
    espbak_status status = prepare(slot, WIRE_OP_WRITE, address, length, payload, err);
    if (status == ESPBAK_OK)
        status = own_payload_make(slot, contents, err);
    slot->crc = contents->crc;
    return status == ESPBAK_OK ? send_request(link, slot, err) : status;
}

espbak_status own_link_expect_greeting(own_link *link, own_slot **slot, espbak_error *err)
{
    own_link_forget(link);
    *slot = &link->slots[0];
    const espbak_status status = prepare(*slot, WIRE_OP_HELLO, 0, 0, 0, err);
    (*slot)->state = OWN_SLOT_ASKED;
    (*slot)->tag = 0;
    link->moved = link->heard = now(link);
    return status;
}

espbak_status own_link_ask_again(own_link *link, own_slot *slot, espbak_error *err)
{
    return send_request(link, slot, err);
}

/* ---- what arrives ---- */

static own_slot *find_asked(own_link *link, uint32_t tag)
{
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        if (link->slots[i].state == OWN_SLOT_ASKED && link->slots[i].tag == tag)
            return &link->slots[i];
    }
    return NULL;
}

static void lose(own_link *link, own_slot *slot)
{
    slot->state = OWN_SLOT_LOST;
    link->counts->lost++;
    count_line(link, 0, 1);
}

/* Whatever was asked before an answered request has been answered before it. */
static void lose_those_before(own_link *link, uint64_t order)
{
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        if (link->slots[i].state == OWN_SLOT_ASKED && link->slots[i].order < order)
            lose(link, &link->slots[i]);
    }
}

static void answered(own_link *link, own_slot *slot, const own_header *header)
{
    slot->state = header->kind == WIRE_KIND_REFUSED ? OWN_SLOT_REFUSED : OWN_SLOT_DONE;
    slot->status = header->status;
    slot->payload = header->payload;
    link->silences = 0;
    link->moved = now(link);
    link->slack -= link->slack > slack_least(link) ? link->slack / 32 : 0;
    count_line(link, WIRE_REPLY_SIZE + header->payload + size_on_line(slot), 0);
    lose_those_before(link, slot->order);
}

/* An answer that comes after it was given up: the line takes longer than was thought. */
static void came_late(own_link *link, const own_slot *asked, const own_header *header)
{
    if (asked != NULL || header->tag == 0 || link->silences == 0)
        return;
    link->slack = link->slack < SLACK_MOST / 2 ? link->slack * 2 : SLACK_MOST;
}

/* Skip to what may be the beginning of a reply. */
static void skip_noise(own_link *link)
{
    while (link->begin < link->end) {
        const uint8_t *first = memchr(link->input + link->begin, WIRE_REPLY_MARK & 0xFF, link->end - link->begin);
        link->begin = first != NULL ? (size_t)(first - link->input) : link->end;
        if (link->end - link->begin < WIRE_WORD || bytes_get_le32(link->input + link->begin) == WIRE_REPLY_MARK)
            return;
        link->begin++;
    }
}

/*
 * The next reply in the input. True when a slot has changed; else *missing says how many bytes it takes
 * to know more. Behind a header whose payload is wrong everything is looked at again: where a byte was
 * lost the payload has swallowed the next header.
 */
static bool scan(own_link *link, size_t *missing)
{
    for (;;) {
        skip_noise(link);
        const size_t have = link->end - link->begin;
        const uint8_t *at = link->input + link->begin;
        own_header header;
        *missing = have < WIRE_REPLY_SIZE ? WIRE_REPLY_SIZE - have : 0;
        if (*missing > 0)
            return false;
        if (!own_answer_parse(&header, at)) {
            link->begin++;
            continue;
        }
        own_slot *slot = find_asked(link, header.tag);
        if (slot == NULL || !own_answer_fits(&header, slot)) {
            came_late(link, slot, &header);
            link->begin += WIRE_REPLY_SIZE;
            continue;
        }
        if (have - WIRE_REPLY_SIZE < header.payload) {
            *missing = header.payload - (have - WIRE_REPLY_SIZE);
            return false;
        }
        link->begin += WIRE_REPLY_SIZE;
        if (own_answer_take(&header, at + WIRE_REPLY_SIZE, slot, &link->inflater)) {
            link->begin += header.payload;
            answered(link, slot, &header);
        } else {
            count_line(link, header.payload, 0);
            lose(link, slot);
        }
        return true;
    }
}

/* ---- waiting ---- */

static const own_slot *oldest(const own_link *link)
{
    const own_slot *first = NULL;
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        const own_slot *slot = &link->slots[i];
        if (slot->state == OWN_SLOT_ASKED && (first == NULL || slot->order < first->order))
            first = slot;
    }
    return first;
}

/* How long our own loader may say nothing while it has requests to answer. */
static espbak_time patience(const own_link *link)
{
    const own_slot *slot = oldest(link);
    const espbak_time work = slot != NULL ? own_policy_work(slot->op, slot->length, slot->argument, link->cpu_mhz) : 0;
    const unsigned doublings = link->silences < 3 ? link->silences : 3;
    const uint64_t bits = (uint64_t)own_link_on_its_way(link) * BITS_PER_BYTE;
    const espbak_time line = (espbak_time)(bits * ESPBAK_S / session_line_rate(link->session));
    return (link->slack + 4 * link->session->line.round_trip + 3 * work + line) << doublings;
}

/* How long until some answer is there at the latest, however many bytes come. */
static espbak_time useful_by(const own_link *link)
{
    const own_slot *slot = oldest(link);
    const uint64_t bytes = WIRE_REPLY_SIZE + (slot != NULL ? slot->room : 0) + WIRE_REQUEST_SIZE * OWN_SLOTS;
    const espbak_time line = (espbak_time)(bytes * 3 * BITS_PER_BYTE * ESPBAK_S / session_line_rate(link->session));
    return link->moved + patience(link) + line + link->babble;
}

/* Nothing came in time: what is begun is no reply, and what is outstanding will not be answered. */
static espbak_status fall_silent(own_link *link, espbak_error *err)
{
    link->silences++;
    link->moved = link->heard = now(link);
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        if (link->slots[i].state == OWN_SLOT_ASKED)
            lose(link, &link->slots[i]);
    }
    if (link->silences < SILENCES_MOST)
        return ESPBAK_OK;
    link->silences = 0;
    return espbak_fail(err, ESPBAK_E_LINK, "espbak's own loader does not answer any more");
}

static void make_room(own_link *link)
{
    if (INPUT_SIZE - link->end >= READ_SIZE)
        return;
    memmove(link->input, link->input + link->begin, link->end - link->begin);
    link->end -= link->begin;
    link->begin = 0;
}

/* Let bytes gather where many are missing, so that they cost few system calls. */
static void let_gather(const own_link *link, size_t missing)
{
    const espbak_time bytes = missing < GATHER_BYTES ? (espbak_time)missing : GATHER_BYTES;
    const espbak_time wait = bytes * BITS_PER_BYTE * ESPBAK_S / session_line_rate(link->session) * 4 / 5;
    if (missing >= GATHER_FROM && wait >= GATHER_SHORTEST)
        espbak_clock_sleep(session_clock(link->session), wait < GATHER_LONGEST ? wait : GATHER_LONGEST);
}

static espbak_status receive(own_link *link, size_t *got, espbak_error *err)
{
    const espbak_time silence = link->heard + patience(link), useful = useful_by(link);
    make_room(link);
    *got = 0;
    if (now(link) >= useful)
        return ESPBAK_OK;
    const espbak_status status =
        espbak_transport_read(link->session->transport, link->input + link->end, INPUT_SIZE - link->end,
                              silence < useful ? silence : useful, got, err);
    link->end += *got;
    if (*got > 0)
        link->heard = now(link);
    return status;
}

espbak_status own_link_wait(own_link *link, espbak_error *err)
{
    bool drained = true;
    if (oldest(link) == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "waiting for an answer to nothing");
    for (size_t missing = 0, got = 0; !scan(link, &missing);) {
        if (drained)
            let_gather(link, missing);
        const espbak_status status = receive(link, &got, err);
        if (status != ESPBAK_OK)
            return status;
        drained = got < GATHER_BYTES;
        if (got == 0 && link->end - link->begin >= WIRE_REPLY_SIZE)
            link->begin++; /* a reply that does not become whole: look behind its mark */
        else if (got == 0)
            return fall_silent(link, err);
    }
    return ESPBAK_OK;
}

espbak_status own_link_run(own_link *link, const uint32_t request[WIRE_REQUEST_WORDS], unsigned tries,
                           own_slot **answer, espbak_error *err)
{
    own_slot *slot = own_link_free_slot(link);
    if (slot == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "too much is asked of espbak's own loader at once");
    espbak_status status = own_link_ask(link, slot, request[WIRE_REQUEST_OP], request[WIRE_REQUEST_ADDRESS],
                                        request[WIRE_REQUEST_LENGTH], request[WIRE_REQUEST_ARGUMENT], err);
    while (status == ESPBAK_OK && (slot->state == OWN_SLOT_ASKED || slot->state == OWN_SLOT_LOST)) {
        if (slot->state == OWN_SLOT_ASKED)
            status = own_link_wait(link, err);
        else if (slot->tries >= tries)
            status = espbak_fail(err, ESPBAK_E_LINK, "espbak's own loader does not answer");
        else
            status = own_link_ask_again(link, slot, err);
    }
    if (status == ESPBAK_OK && slot->state == OWN_SLOT_REFUSED)
        status = own_answer_refusal(slot, err);
    *answer = slot;
    if (status != ESPBAK_OK)
        slot->state = OWN_SLOT_FREE;
    return status;
}
