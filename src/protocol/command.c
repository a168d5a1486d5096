/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum {
    DIRECTION_RESPONSE = 1,
    STATUS_INVALID_MESSAGE = 0x05, /* second status byte of a ROM that does not know the command */
    HEAD_MAX = 64,                 /* what may stand before a block */
    SLOWEST_BAUD = 115200,         /* assumed where the link does not tell its rate */
    WRITE_PATIENCE = 10 * ESPBAK_S,
    INVALID_SILENCE = 200 * ESPBAK_MS, /* a ROM answers an unknown command up to eight times */
    GATHER_BYTES = 1024,               /* a quarter of what a terminal driver buffers */
    GATHER_LONGEST = 40 * ESPBAK_MS,   /* well below what a cancel may take */
    GATHER_SHORTEST = ESPBAK_MS / 2,
    OUTPUT_SIZE = SLIP_ENCODED_MAX(COMMAND_HEADER + COMMAND_DATA_MAX),
};

espbak_status command_link_init(command_link *link, espbak_transport *transport, espbak_error *err)
{
    memset(link, 0, sizeof(*link));
    link->transport = transport;
    slip_decoder_init(&link->decoder, link->frame, sizeof(link->frame));
    link->output = malloc(OUTPUT_SIZE);
    if (link->output == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    return ESPBAK_OK;
}

void command_link_free(command_link *link)
{
    free(link->output);
    link->output = NULL;
}

uint8_t command_checksum(const uint8_t *bytes, size_t size)
{
    uint8_t sum = COMMAND_CHECKSUM_SEED;
    for (size_t i = 0; i < size; i++)
        sum ^= bytes[i];
    return sum;
}

static espbak_time now(const command_link *link)
{
    return espbak_clock_now(espbak_transport_clock(link->transport));
}

/* Time that `bytes` take on the line, start and stop bits included. */
static espbak_time line_time(const command_link *link, size_t bytes)
{
    const uint32_t baud = espbak_transport_baud(link->transport);
    return (espbak_time)bytes * 10 * ESPBAK_S / (baud != 0 ? baud : SLOWEST_BAUD);
}

static espbak_status write_output(command_link *link, size_t size, espbak_error *err)
{
    const espbak_time deadline = now(link) + line_time(link, size) + WRITE_PATIENCE;
    return espbak_transport_write(link->transport, link->output, size, deadline, err);
}

espbak_status command_send_frame(command_link *link, const uint8_t *bytes, size_t size, espbak_error *err)
{
    if (size > COMMAND_HEADER + COMMAND_DATA_MAX)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a frame of %zu bytes is too long to send", size);
    return write_output(link, slip_encode(link->output, bytes, size), err);
}

espbak_status command_send(command_link *link, uint8_t op, const uint8_t *head, size_t head_size, const uint8_t *tail,
                           size_t tail_size, uint32_t checksum, espbak_error *err)
{
    if (head_size > COMMAND_DATA_MAX || tail_size > COMMAND_DATA_MAX - head_size)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "%s: %zu bytes are too many", command_name(op),
                           head_size + tail_size);
    uint8_t first[COMMAND_HEADER + HEAD_MAX] = {0, op};
    bytes_put_le16(first + 2, (uint16_t)(head_size + tail_size));
    bytes_put_le32(first + 4, checksum);
    if (tail_size == 0) {
        tail = head;
        tail_size = head_size;
        head_size = 0;
    }
    if (head_size > HEAD_MAX)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "%s: a head of %zu bytes is too long", command_name(op), head_size);
    if (head_size > 0)
        memcpy(first + COMMAND_HEADER, head, head_size);
    return write_output(link, slip_encode_parts(link->output, first, COMMAND_HEADER + head_size, tail, tail_size), err);
}

/* Take in what the transport has; *got = 0 when nothing came before `deadline`. */
static espbak_status fill_input(command_link *link, espbak_time deadline, size_t *got, espbak_error *err)
{
    link->input_used = 0;
    link->input_size = 0;
    const espbak_status status =
        espbak_transport_read(link->transport, link->input, sizeof(link->input), deadline, got, err);
    if (status == ESPBAK_OK)
        link->input_size = *got;
    return status;
}

static espbak_status report_silence(const command_link *link, uint64_t noise_before, espbak_error *err)
{
    if (link->decoder.inside && link->decoder.size > 0)
        return espbak_fail(err, ESPBAK_E_LINK, "the answer stopped after %zu bytes", link->decoder.size);
    if (link->decoder.noise > noise_before)
        return espbak_fail(err, ESPBAK_E_LINK, "no answer, only noise");
    return espbak_fail(err, ESPBAK_E_LINK, "no answer");
}

/*
 * A line hands over a few bytes at a time. Where it is known how long a frame takes, sleep while most
 * of the rest comes in, so that not every few bytes cost a system call; never until its end, and
 * never for more than a driver buffers. Returns how many bytes ought to be there then.
 */
static size_t let_gather(const command_link *link)
{
    const size_t have = link->decoder.inside ? link->decoder.size : 0;
    if (link->gather_time <= 0 || link->gather_size <= have)
        return 0;
    const espbak_time size = (espbak_time)link->gather_size;
    const espbak_time rest = link->gather_time * (size - (espbak_time)have) / size * 4 / 5;
    const espbak_time most = link->gather_time * GATHER_BYTES / size;
    espbak_time wait = rest < most ? rest : most;
    wait = wait < GATHER_LONGEST ? wait : GATHER_LONGEST;
    if (wait < GATHER_SHORTEST)
        return 0;
    espbak_clock_sleep(espbak_transport_clock(link->transport), wait);
    return (size_t)(wait * size / link->gather_time);
}

espbak_status command_receive_frame(command_link *link, espbak_time deadline, const uint8_t **frame, size_t *size,
                                    espbak_error *err)
{
    const uint64_t noise_before = link->decoder.noise;
    bool gather = true;
    for (bool polled = false;; polled = true) {
        while (link->input_used < link->input_size) {
            size_t used = 0;
            const slip_result result =
                slip_decode(&link->decoder, link->input + link->input_used, link->input_size - link->input_used, &used);
            link->input_used += used;
            if (result == SLIP_FRAME) {
                *frame = link->frame;
                *size = link->decoder.size;
                return ESPBAK_OK;
            }
        }
        /* A line that never falls silent must not outlast the deadline. */
        if (polled && now(link) >= deadline)
            return report_silence(link, noise_before, err);
        const size_t gathered = gather ? let_gather(link) : 0;
        size_t got = 0;
        const espbak_status status = fill_input(link, deadline, &got, err);
        if (status != ESPBAK_OK)
            return status;
        if (got == 0)
            return report_silence(link, noise_before, err);
        gather = gather && got >= gathered / 4; /* some back ends give little at a time however much there is */
    }
}

/* Whether content of a frame stands in the input that is not decoded yet; decodes nothing. */
static bool input_has_content(const command_link *link)
{
    bool inside = link->decoder.inside;
    if (inside && (link->decoder.size > 0 || link->decoder.escaped || link->decoder.damaged))
        return true;
    for (size_t i = link->input_used; i < link->input_size; i++) {
        if (link->input[i] == SLIP_END)
            inside = true;
        else if (inside)
            return true;
    }
    return false;
}

espbak_status command_wait_frame_begun(command_link *link, espbak_time deadline, bool *begun, espbak_error *err)
{
    *begun = false;
    for (bool polled = false; !input_has_content(link); polled = true) {
        /* Only noise and delimiters are left, so decoding them leaves the last frame as it is. */
        size_t used = 0;
        while (link->input_used < link->input_size) {
            (void)slip_decode(&link->decoder, link->input + link->input_used, link->input_size - link->input_used,
                              &used);
            link->input_used += used;
        }
        if (polled && now(link) >= deadline)
            return ESPBAK_OK;
        size_t got = 0;
        const espbak_status status = fill_input(link, deadline, &got, err);
        if (status != ESPBAK_OK)
            return status;
        if (got == 0)
            return ESPBAK_OK;
    }
    *begun = true;
    return ESPBAK_OK;
}

/*
 * esptool loader.py command(): some ROMs answer an unknown command under another number. Only a bare
 * status is taken for that: a late answer with flash contents may begin with any bytes.
 */
static bool says_invalid(const uint8_t *frame, size_t size)
{
    const bool bare = size == COMMAND_HEADER + COMMAND_STATUS_STUB || size == COMMAND_HEADER + COMMAND_STATUS_ROM;
    return bare && frame[COMMAND_HEADER] != 0 && frame[COMMAND_HEADER + 1] == STATUS_INVALID_MESSAGE;
}

espbak_status command_receive_wanted(command_link *link, command_wanted *wanted, const void *user, espbak_time deadline,
                                     const uint8_t **frame, size_t *size, espbak_error *err)
{
    for (;;) {
        const espbak_status status = command_receive_frame(link, deadline, frame, size, err);
        if (status != ESPBAK_OK || wanted(user, *frame, *size))
            return status;
        if (now(link) >= deadline)
            return espbak_fail(err, ESPBAK_E_LINK, "no answer, only other frames");
    }
}

typedef struct question {
    uint8_t op;
    bool any_refusal; /* also one that says "invalid" under another number */
} question;

static bool is_answer(const void *user, const uint8_t *frame, size_t size)
{
    const question *const asked = user;
    const bool response_like = size >= COMMAND_HEADER && frame[0] == DIRECTION_RESPONSE;
    return response_like && (frame[1] == asked->op || (asked->any_refusal && says_invalid(frame, size)));
}

static espbak_status receive(command_link *link, uint8_t op, bool any_refusal, espbak_time deadline,
                             command_response *response, espbak_error *err)
{
    const question asked = {op, any_refusal};
    const uint8_t *frame = NULL;
    size_t size = 0;
    const espbak_status status = command_receive_wanted(link, is_answer, &asked, deadline, &frame, &size, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "%s", command_name(op));
    *response = (command_response){
        .op = frame[1],
        .value = bytes_get_le32(frame + 4),
        .data = frame + COMMAND_HEADER,
        .size = size - COMMAND_HEADER,
    };
    return ESPBAK_OK;
}

espbak_status command_receive(command_link *link, uint8_t op, espbak_time deadline, command_response *response,
                              espbak_error *err)
{
    return receive(link, op, false, deadline, response, err);
}

static bool is_unknown_command(uint8_t first, uint8_t second)
{
    return first == 0xFF || first == 0xC3 || (first != 0 && second == STATUS_INVALID_MESSAGE);
}

static espbak_status report_refusal(const command_response *response, uint8_t first, uint8_t second, espbak_error *err)
{
    if (is_unknown_command(first, second))
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "%s: the loader does not know this command (status 0x%02X%02X)",
                           command_name(response->op), first, second);
    return espbak_fail(err, ESPBAK_E_DEVICE, "%s: the loader refuses: %s (status 0x%02X%02X)",
                       command_name(response->op), command_status_text(first, second), first, second);
}

espbak_status command_check_status(const command_response *response, size_t data_size, espbak_error *err)
{
    if (response->size >= data_size + COMMAND_STATUS_STUB) {
        const uint8_t *status = response->data + data_size;
        return status[0] == 0 ? ESPBAK_OK : report_refusal(response, status[0], status[1], err);
    }
    /* A refusal comes without the payload. */
    if (response->size >= COMMAND_STATUS_STUB && response->data[0] != 0)
        return report_refusal(response, response->data[0], response->data[1], err);
    return espbak_fail(err, ESPBAK_E_LINK, "%s: the answer has %zu bytes, not the %zu expected",
                       command_name(response->op), response->size, data_size + COMMAND_STATUS_STUB);
}

static espbak_status finish_run(command_link *link, uint8_t op, size_t data_size, espbak_time deadline,
                                command_response *response, espbak_error *err)
{
    command_response local;
    if (response == NULL)
        response = &local;
    espbak_status status = receive(link, op, true, deadline, response, err);
    if (status != ESPBAK_OK)
        return status;
    response->op = op;
    status = command_check_status(response, data_size, err);
    if (status == ESPBAK_E_UNSUPPORTED) {
        espbak_error ignored = {0};
        const espbak_status drained = command_drain_input(link, INVALID_SILENCE, ESPBAK_S, &ignored);
        if (drained == ESPBAK_E_CANCELLED || drained == ESPBAK_E_PORT)
            return espbak_fail(err, drained, "%s: interrupted", command_name(op));
    }
    return status;
}

espbak_status command_run(command_link *link, uint8_t op, const uint8_t *data, size_t size, size_t data_size,
                          espbak_time timeout, command_response *response, espbak_error *err)
{
    const espbak_status status = command_send(link, op, data, size, NULL, 0, 0, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "%s", command_name(op));
    const espbak_time deadline = now(link) + timeout + line_time(link, size + data_size);
    return finish_run(link, op, data_size, deadline, response, err);
}

espbak_status command_run_block(command_link *link, uint8_t op, uint32_t sequence, const uint8_t *block, size_t size,
                                espbak_time timeout, espbak_error *err)
{
    uint8_t head[16] = {0};
    bytes_put_le32(head, (uint32_t)size);
    bytes_put_le32(head + 4, sequence);
    const espbak_status status =
        command_send(link, op, head, sizeof(head), block, size, command_checksum(block, size), err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "%s %u", command_name(op), (unsigned)sequence);
    return finish_run(link, op, 0, now(link) + timeout + line_time(link, size), NULL, err);
}

espbak_status command_drain_input(command_link *link, espbak_time silence, espbak_time limit, espbak_error *err)
{
    const espbak_time end = now(link) + limit;
    size_t got = 0;
    do {
        espbak_time deadline = now(link) + silence;
        if (deadline > end)
            deadline = end;
        const espbak_status status = fill_input(link, deadline, &got, err);
        if (status != ESPBAK_OK)
            return status;
    } while (got > 0 && now(link) < end);
    link->input_size = 0;
    slip_decoder_reset(&link->decoder);
    return ESPBAK_OK;
}
