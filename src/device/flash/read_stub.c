/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "device/flash/hash.h"
#include "device/loader/round_trip.h"

/*
 * READ_FLASH of a stub: after the response come raw frames with the data, each to be acknowledged by
 * the number of bytes received so far, then a frame with the MD5 of all that was sent.
 *
 * A current stub sends one packet and waits for its acknowledgement, whatever is asked for; but it
 * looks for one only between packets, and its content is known before the packet is. So it is sent
 * when the packet's first byte arrives: the stub is sending then, has taken the acknowledgement
 * before, and finds this one when the packet is out. Earlier it might meet an acknowledgement that
 * was not taken yet, and the stub drops a frame that comes before the last one was polled
 * (esp-flasher-stub slip.c, frame_buffer.c).
 *
 * A legacy stub compares the window with bytes, so a large one really opens it. It takes
 * acknowledgements one by one with interrupts off: all that are under way must fit its FIFO.
 */

enum {
    ACK_SIZE = 4,
    ACK_WIRE_MAX = SLIP_ENCODED_MAX(ACK_SIZE),
    WINDOW_MIN = 4,                            /* packets; 16384 bytes with the usual packet */
    WINDOW_MAX = FLASH_RX_FIFO / ACK_WIRE_MAX, /* packets: 12 */
    BITS_PER_BYTE = 10,
};

static espbak_status start_read(flash_chunk *chunk, uint32_t window, espbak_error *err)
{
    espbak_session *session = chunk->session;
    uint8_t data[16];
    bytes_put_le32(data, chunk->offset);
    bytes_put_le32(data + 4, chunk->size);
    bytes_put_le32(data + 8, chunk->packet_size);
    bytes_put_le32(data + 12, window);
    const espbak_time sent = session_now(session);
    const espbak_status status =
        command_run(&session->link, OP_READ_FLASH, data, sizeof(data), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    if (status == ESPBAK_OK)
        round_trip_note(session, session_now(session) - sent);
    return status;
}

static espbak_status acknowledge(flash_chunk *chunk, uint32_t total, espbak_error *err)
{
    uint8_t ack[ACK_SIZE];
    bytes_put_le32(ack, total);
    return command_send_frame(&chunk->session->link, ack, sizeof(ack), err);
}

/* Acknowledge the packet that begins to arrive: `total` counts it already. */
static espbak_status acknowledge_early(flash_chunk *chunk, uint32_t total, espbak_error *err)
{
    bool begun = false;
    const espbak_time deadline = session_deadline(chunk->session, 2, 0);
    const espbak_status status = command_wait_frame_begun(&chunk->session->link, deadline, &begun, err);
    if (status != ESPBAK_OK)
        return status;
    if (!begun)
        return espbak_fail(err, ESPBAK_E_LINK, "the stub sends no more data");
    return acknowledge(chunk, total, err);
}

/* Receive a whole packet, in few system calls once it is known how long one takes. */
static espbak_status receive_packet(flash_chunk *chunk, uint32_t size, const uint8_t **frame, size_t *got,
                                    espbak_error *err)
{
    espbak_session *session = chunk->session;
    const espbak_time begun = session_now(session);
    const espbak_time deadline = session_deadline(session, SLIP_ENCODED_MAX(size), 0);
    session->link.gather_size = size == chunk->packet_size ? size : 0;
    session->link.gather_time = chunk->packet_time;
    const espbak_status status = command_receive_frame(&session->link, deadline, frame, got, err);
    session->link.gather_size = 0;
    const espbak_time took = session_now(session) - begun;
    /* Follow a faster line at once and a slower one gradually, because a single pause means little. */
    const espbak_time slower = chunk->packet_time + chunk->packet_time / 16;
    if (status == ESPBAK_OK && size == chunk->packet_size)
        chunk->packet_time = chunk->packet_time == 0 || took < slower ? took : slower;
    return status;
}

/* Receive one packet to `at` of the chunk. */
static espbak_status take_packet(flash_chunk *chunk, uint32_t at, uint32_t size, espbak_error *err)
{
    const uint8_t *frame = NULL;
    size_t got = 0;
    const espbak_status status = receive_packet(chunk, size, &frame, &got, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "data at 0x%" PRIX32, chunk->offset + at);
    if (got != size)
        return espbak_fail(err, ESPBAK_E_LINK, "a packet of %zu bytes instead of %" PRIu32 " at 0x%" PRIX32, got, size,
                           chunk->offset + at);
    memcpy(chunk->buffer + at, frame, size);
    return ESPBAK_OK;
}

static espbak_status take_digest(flash_chunk *chunk, espbak_error *err)
{
    const uint8_t *frame = NULL;
    size_t got = 0;
    const espbak_time deadline = session_deadline(chunk->session, SLIP_ENCODED_MAX(DIGEST_MD5_SIZE), 0);
    const espbak_status status = command_receive_frame(&chunk->session->link, deadline, &frame, &got, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "the digest behind the data");
    if (got != DIGEST_MD5_SIZE)
        return espbak_fail(err, ESPBAK_E_LINK, "%zu bytes instead of a digest behind the data", got);
    return flash_check_digest(chunk->md5, frame, err);
}

/*
 * A legacy stub that has left its read loop, because an acknowledgement came damaged, takes the ones
 * that follow for commands: their second byte is the command, the other two are its length, and no
 * more is checked. 0xD000 would erase the whole flash. Commands that do something at their length:
 */
static const struct {
    uint8_t op;
    uint16_t size;
} legacy_perils[] = {
    {OP_ERASE_FLASH, 0},       {OP_ERASE_REGION, 8}, {OP_FLASH_BEGIN, 16},      {OP_FLASH_BEGIN, 20},
    {OP_FLASH_DEFL_BEGIN, 16}, {OP_MEM_BEGIN, 16},   {OP_FLASH_DEFL_BEGIN, 20}, {OP_MEM_END, 8},
    {OP_SPI_SET_PARAMS, 24},   {OP_SPI_ATTACH, 4},   {OP_CHANGE_BAUDRATE, 8},
};

enum {
    PERIL_FREE = 0xC000, /* below this length no acknowledgement looks like a command */
    PERIL_STEP = 0x1000,
};

/* Whether this many bytes must not be acknowledged by a frame of its own. The next one counts them too. */
static bool is_perilous(uint32_t total)
{
    const uint8_t op = (uint8_t)(total >> 8);
    for (size_t i = 0; i < sizeof(legacy_perils) / sizeof(legacy_perils[0]); i++) {
        if (legacy_perils[i].op == op && legacy_perils[i].size == total >> 16)
            return true;
    }
    return op == OP_RUN_USER_CODE; /* at any length */
}

static espbak_status read_packets(flash_chunk *chunk, bool early, espbak_error *err)
{
    const uint64_t noise = chunk->session->link.decoder.noise;
    const bool legacy = chunk->session->info.link.loader == ESPBAK_LOADER_STUB_LEGACY;
    for (uint32_t done = 0; done < chunk->size;) {
        const uint32_t size = (uint32_t)bytes_min64(chunk->packet_size, chunk->size - done);
        espbak_status status = ESPBAK_OK;
        if (early)
            status = acknowledge_early(chunk, done + size, err);
        if (status == ESPBAK_OK)
            status = take_packet(chunk, done, size, err);
        /* A damaged packet was dropped, and what came is the next one. */
        if (status == ESPBAK_OK && chunk->session->link.decoder.noise != noise)
            status = espbak_fail(err, ESPBAK_E_LINK, "damaged data before 0x%" PRIX32, chunk->offset + done + size);
        const bool skip = legacy && done + size < chunk->size && is_perilous(done + size);
        if (status == ESPBAK_OK && !early && !skip)
            status = acknowledge(chunk, done + size, err);
        if (status == ESPBAK_OK)
            status = digest_update(chunk->md5, chunk->buffer + done, size, err);
        if (status != ESPBAK_OK)
            return status;
        done += size;
        chunk->progress(chunk->user, done);
    }
    return take_digest(chunk, err);
}

static espbak_status read_chunk_current(flash_chunk *chunk, espbak_error *err)
{
    /* A window of one: a legacy stub taken for a current one then waits for each packet too. */
    const espbak_status status = start_read(chunk, 1, err);
    return status == ESPBAK_OK ? read_packets(chunk, !chunk->plain, err) : status;
}

/* Packets in flight that cover the turnaround, one on the line and one to spare. */
static uint32_t window_packets(const flash_chunk *chunk)
{
    const espbak_session *session = chunk->session;
    const uint64_t rate = session_line_rate(session) / BITS_PER_BYTE;
    const uint64_t in_flight =
        (uint64_t)(session->line.round_trip > 0 ? session->line.round_trip : 0) * rate / ESPBAK_S;
    const uint64_t packets = in_flight / chunk->packet_size + 2;
    return (uint32_t)bytes_min64(packets > WINDOW_MIN ? packets : WINDOW_MIN, WINDOW_MAX);
}

static espbak_status read_once_legacy(flash_chunk *chunk, espbak_error *err)
{
    const uint32_t window = chunk->plain ? 1 : window_packets(chunk) * chunk->packet_size;
    const espbak_status status = start_read(chunk, window, err);
    return status == ESPBAK_OK ? read_packets(chunk, false, err) : status;
}

/* A part of a chunk that is read by itself. */
typedef struct legacy_part {
    const flash_chunk *whole;
    uint32_t begin;
} legacy_part;

static void report_part(void *user, uint32_t done)
{
    const legacy_part *part = user;
    part->whole->progress(part->whole->user, part->begin + done);
}

/* The last acknowledgement, and any of a plain read, cannot be left out: then in parts where none is perilous. */
static espbak_status read_chunk_legacy(flash_chunk *chunk, espbak_error *err)
{
    legacy_part position = {.whole = chunk};
    flash_chunk part = *chunk;
    part.progress = report_part;
    part.user = &position;
    espbak_status status = ESPBAK_OK;
    for (uint32_t done = 0; done < chunk->size && status == ESPBAK_OK; done += part.size) {
        position.begin = done;
        part.offset = chunk->offset + done;
        part.buffer = chunk->buffer + done;
        part.size = chunk->size - done;
        if (chunk->plain && part.size > PERIL_FREE)
            part.size = PERIL_FREE;
        while (is_perilous(part.size))
            part.size -= PERIL_STEP;
        status = read_once_legacy(&part, err);
    }
    chunk->packet_time = part.packet_time;
    return status;
}

const flash_engine flash_engine_stub_current = {"current stub, acknowledging early", 1, read_chunk_current,
                                                flash_hash_by_command};
const flash_engine flash_engine_stub_legacy = {"legacy stub, window in bytes", 2, read_chunk_legacy,
                                               flash_hash_by_command};
