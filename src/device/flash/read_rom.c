/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/flash/hash.h"
#include "device/loader/round_trip.h"

/*
 * READ_FLASH_SLOW of a ROM: 64 bytes a request. Several requests stand in the chip's FIFO while it
 * answers one, so that a turnaround does not cost a pause. A lost request would overflow nothing and
 * say nothing: replies carry no address, and everything behind it would shift. Only the chip's own
 * MD5 of the chunk makes such a read true.
 */

enum {
    BLOCK = 64,
    REQUEST_SIZE = COMMAND_HEADER + 8,
    REPLY_WIRE = 2 + COMMAND_HEADER + BLOCK + COMMAND_STATUS_ROM, /* escapes come on top */
    START_WINDOW = 4,
    HOST_SPARE = 4,
    SETTLED = 2 * ESPBAK_S, /* how much longer the first answer may take than later ones */
    GROWTH = 2,             /* requests sent for one reply, at most */
    BITS_PER_BYTE = 10,
    GATHER_LONGEST = 40 * ESPBAK_MS,
    GATHER_FROM = 2 * ESPBAK_MS, /* shorter replies come with several in one read as it is */
    RING = 8,                    /* more than 128 bytes of FIFO hold besides the one being answered */
};

/* Requests under way. */
typedef struct rom_window {
    uint32_t asked, got; /* bytes of the chunk */
    unsigned limit;      /* requests outstanding at most */
    unsigned outstanding, oldest;
    size_t wire[RING];        /* encoded length of each, from `oldest` */
    espbak_time begun, first; /* when the first request was sent, and its reply there */
    espbak_time reply;        /* what one takes, measured; 0 when not known */
    size_t queued;            /* their sum without the oldest, which the ROM has taken from its FIFO */
} rom_window;

static void make_request(const flash_chunk *chunk, uint32_t at, uint8_t data[8])
{
    bytes_put_le32(data, chunk->offset + at);
    bytes_put_le32(data + 4, (uint32_t)bytes_min64(BLOCK, chunk->size - at));
}

/* Bytes a request takes on the line, and in the FIFO: escapes included. */
static size_t request_wire(const uint8_t data[8])
{
    uint8_t request[REQUEST_SIZE] = {0, OP_READ_FLASH_SLOW, 8};
    uint8_t encoded[SLIP_ENCODED_MAX(REQUEST_SIZE)];
    memcpy(request + COMMAND_HEADER, data, 8);
    return slip_encode(encoded, request, sizeof(request));
}

/* Send one more request if the window and the FIFO have room. */
static espbak_status ask(flash_chunk *chunk, rom_window *window, bool *sent, espbak_error *err)
{
    *sent = false;
    if (window->asked >= chunk->size || window->outstanding >= window->limit)
        return ESPBAK_OK;
    uint8_t data[8];
    make_request(chunk, window->asked, data);
    const size_t wire = request_wire(data);
    if (window->outstanding > 0 && window->queued + wire > FLASH_RX_FIFO)
        return ESPBAK_OK;
    const espbak_status status =
        command_send(&chunk->session->link, OP_READ_FLASH_SLOW, data, sizeof(data), NULL, 0, 0, err);
    if (status != ESPBAK_OK)
        return status;
    if (window->outstanding > 0)
        window->queued += wire;
    window->wire[(window->oldest + window->outstanding) % RING] = wire;
    window->outstanding++;
    window->asked += (uint32_t)bytes_min64(BLOCK, chunk->size - window->asked);
    *sent = true;
    return ESPBAK_OK;
}

static espbak_status ask_several(flash_chunk *chunk, rom_window *window, unsigned count, espbak_error *err)
{
    bool sent = true;
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; i < count && sent && status == ESPBAK_OK; i++)
        status = ask(chunk, window, &sent, err);
    return status;
}

static void retire_oldest(rom_window *window)
{
    window->oldest = (window->oldest + 1) % RING;
    window->outstanding--;
    if (window->outstanding > 0)
        window->queued -= window->wire[window->oldest];
}

/*
 * Let replies gather, so that each costs few system calls: as long as the ROM has requests left to
 * answer until the next ones reach it. How long a reply takes was measured without any such sleep.
 * Returns whether it has slept.
 */
static bool let_replies_gather(const flash_chunk *chunk, const rom_window *window)
{
    const espbak_session *session = chunk->session;
    if (session->link.input_used < session->link.input_size || window->reply < GATHER_FROM)
        return false;
    const espbak_time spare = window->reply * ((espbak_time)window->outstanding - 2) - session->line.round_trip * 5 / 4;
    const espbak_time wait = spare < GATHER_LONGEST ? spare : GATHER_LONGEST;
    if (wait < GATHER_FROM)
        return false;
    espbak_clock_sleep(espbak_transport_clock(session->transport), wait);
    return true;
}

/* How long to wait for the rest of a reply; waiting a little too long does no harm here. */
static espbak_time gather_time(const flash_chunk *chunk, const rom_window *window)
{
    if (window->reply < GATHER_FROM)
        return 0;
    return chunk->session->line.round_trip < window->reply ? window->reply * 5 / 4 : window->reply;
}

/* Measure how long a reply takes, from the first to the last of the first window. */
static void measure_reply(const flash_chunk *chunk, rom_window *window)
{
    if (window->got == BLOCK)
        window->first = session_now(chunk->session);
    if (window->got == RING * BLOCK)
        window->reply = (session_now(chunk->session) - window->first) / (RING - 1);
}

static espbak_status take_reply(flash_chunk *chunk, rom_window *window, espbak_error *err)
{
    const uint32_t size = (uint32_t)bytes_min64(BLOCK, chunk->size - window->got);
    espbak_time deadline = session_deadline(chunk->session, SLIP_ENCODED_MAX(REPLY_WIRE), 0);
    if (window->got > 0)
        deadline -= SETTLED; /* the ROM answers at once: what does not come was lost */
    command_response response;
    command_link *link = &chunk->session->link;
    const bool gathered = let_replies_gather(chunk, window);
    link->gather_size = gathered ? 0 : COMMAND_HEADER + BLOCK + COMMAND_STATUS_ROM;
    link->gather_time = gather_time(chunk, window);
    espbak_status status = command_receive(link, OP_READ_FLASH_SLOW, deadline, &response, err);
    link->gather_size = 0;
    /* With a byte too many its status would be one of the contents. */
    if (status == ESPBAK_OK && response.size > BLOCK + COMMAND_STATUS_ROM)
        status = espbak_fail(err, ESPBAK_E_LINK, "an answer of %zu bytes", response.size);
    if (status == ESPBAK_OK)
        status = command_check_status(&response, BLOCK, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "data at 0x%" PRIX32, chunk->offset + window->got);
    memcpy(chunk->buffer + window->got, response.data, size);
    retire_oldest(window);
    window->got += size;
    measure_reply(chunk, window);
    return digest_update(chunk->md5, chunk->buffer + window->got - size, size, err);
}

/* Requests that keep the line busy over a round trip, one being answered and some while this end gathers replies. */
static unsigned needed_window(const espbak_session *session)
{
    const espbak_time reply = (espbak_time)REPLY_WIRE * BITS_PER_BYTE * ESPBAK_S / session_line_rate(session) + 1;
    const espbak_time count = (session->line.round_trip + reply - 1) / reply + 1 + HOST_SPARE;
    if (count <= START_WINDOW)
        return START_WINDOW;
    return count < RING ? (unsigned)count : RING;
}

/* From the third attempt on, and for who asks for it, each reply is waited for. */
static unsigned choose_window(const flash_chunk *chunk)
{
    espbak_session *session = chunk->session;
    const unsigned needed = needed_window(session);
    if (session->flash->rom_window == 0 || session->flash->rom_window > needed)
        session->flash->rom_window = needed;
    const bool asked_plain = chunk->plain && chunk->attempt == 0;
    return asked_plain || chunk->attempt > 1 ? 1 : session->flash->rom_window;
}

/* A failure halves the window for what follows, a chunk that came out right lets it grow by one. */
static void learn_window(espbak_session *session, espbak_status status, unsigned used)
{
    if (status == ESPBAK_OK && used == session->flash->rom_window)
        session->flash->rom_window++;
    if (status == ESPBAK_OK || session_is_over(status) || session->flash->rom_window <= 1)
        return;
    session->flash->rom_window /= 2;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "from now on %u requests outstanding", session->flash->rom_window);
}

static espbak_status read_blocks(flash_chunk *chunk, rom_window *window, espbak_error *err)
{
    espbak_session *session = chunk->session;
    window->begun = session_now(session);
    espbak_status status = ask_several(chunk, window, START_WINDOW, err);
    while (status == ESPBAK_OK && window->got < chunk->size) {
        status = take_reply(chunk, window, err);
        if (status == ESPBAK_OK && window->got <= BLOCK)
            round_trip_note(session, session_now(session) - window->begun);
        if (status == ESPBAK_OK)
            status = ask_several(chunk, window, GROWTH, err);
        chunk->progress(chunk->user, window->got);
    }
    return status;
}

static espbak_status read_chunk_rom(flash_chunk *chunk, espbak_error *err)
{
    espbak_session *session = chunk->session;
    rom_window window = {.limit = choose_window(chunk)};
    espbak_status status = read_blocks(chunk, &window, err);
    uint8_t md5[DIGEST_MD5_SIZE];
    if (status == ESPBAK_OK)
        status = flash_hash_by_command(session, chunk->offset, chunk->size, md5, err);
    if (status == ESPBAK_OK)
        status = flash_check_digest(chunk->md5, md5, err);
    learn_window(session, status, window.limit);
    return status;
}

const flash_engine flash_engine_rom = {"ROM, several requests outstanding", 2, read_chunk_rom, flash_hash_by_command};
