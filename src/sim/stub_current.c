/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "stub.h"

/*
 * Espressif's current stub, esp-flasher-stub: src/command_handler.c, slip.c, frame_buffer.c,
 * transport.c. Bytes are received by interrupt into one of two frame buffers; the other one holds
 * the frame in work. What comes while neither is free is lost.
 */

static sim_frame *frame_of(sim_device *d, int index)
{
    return &d->stub.frames[index];
}

static bool occupied(const sim_frame *frame)
{
    return frame->complete || frame->error;
}

/* frame_buffer_acquire: arm the buffer received into, or the other one if that is taken. */
static void arm(sim_device *d)
{
    sim_stub_state *s = &d->stub;
    int index = s->armed_last;
    if (occupied(frame_of(d, index)))
        index = 1 - index;
    if (occupied(frame_of(d, index))) {
        s->receiving = -1;
        return;
    }
    s->armed_last = index;
    s->receiving = index;
    frame_of(d, index)->size = 0;
}

static void put_byte(sim_device *d, uint8_t byte)
{
    sim_frame *frame = frame_of(d, d->stub.receiving);
    if (frame->size < sizeof(frame->bytes)) {
        frame->bytes[frame->size++] = byte;
        return;
    }
    frame->error = true;
    d->stub.receiving = -1;
    d->slip.inside = false;
}

/* slip.c slip_recv_byte. A closing 0xC0 that comes with no buffer armed is taken for nothing; if one is
   armed in between, the next opening one is the only way back into step. */
static void current_receive(sim_device *d, uint8_t byte)
{
    sim_stub_state *s = &d->stub;
    sim_slip *slip = &d->slip;
    if (!slip->inside) {
        if (byte == 0xC0 && s->receiving >= 0) {
            frame_of(d, s->receiving)->size = 0;
            slip->inside = true;
        }
        return;
    }
    if (slip->escaped) {
        slip->escaped = false;
        if (byte == 0xDC || byte == 0xDD) {
            put_byte(d, byte == 0xDC ? 0xC0 : 0xDB);
            return;
        }
        frame_of(d, s->receiving)->error = true;
        s->receiving = -1;
        slip->inside = false;
    } else if (byte == 0xDB) {
        slip->escaped = true;
    } else if (byte != 0xC0) {
        put_byte(d, byte);
    } else {
        if (frame_of(d, s->receiving)->size > 0) {
            frame_of(d, s->receiving)->complete = true;
            s->receiving = -1;
        }
        slip->inside = false;
    }
}

/* slip_recv_poll: choose the frame to work on and arm the other buffer. False when there is none. */
static bool poll_frame(sim_device *d, sim_frame **frame)
{
    sim_stub_state *s = &d->stub;
    const int order[2] = {1 - s->armed_last, s->armed_last};
    *frame = NULL;
    for (int pass = 0; pass < 2 && *frame == NULL; pass++) {
        for (int i = 0; i < 2 && *frame == NULL; i++) {
            sim_frame *candidate = frame_of(d, order[i]);
            if (pass == 0 ? candidate->error : candidate->complete)
                *frame = candidate;
        }
    }
    if (*frame == NULL)
        return false;
    if (s->receiving < 0) /* re-arming while a frame comes in restarts nothing: the buffer stays */
        arm(d);
    return true;
}

static void release(sim_frame *frame)
{
    frame->size = 0;
    frame->complete = false;
    frame->error = false;
}

static uint16_t check_block(const sim_request *request)
{
    if (request->size < BLOCK_HEADER)
        return STUB_NOT_ENOUGH;
    if (request_word(request, 0) != (uint32_t)request->size - BLOCK_HEADER)
        return STUB_TOO_MUCH;
    const uint8_t sum = request_checksum(request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER);
    return sum == request->checksum ? STUB_OK : STUB_BAD_CHECKSUM;
}

static uint16_t begin(sim_device *d, const sim_request *request)
{
    if (request->size != 16 && request->size != 20)
        return STUB_BAD_LENGTH;
    const bool compressed = request->op == OP_DEFL_BEGIN;
    sim_flash_unlock(d->flash);
    return writer_begin(d, SIM_ERASE_CONDITIONAL, request_word(request, 3), request_word(request, 0), compressed)
               ? STUB_OK
               : STUB_SPI_FAILED;
}

static uint16_t check_data(sim_device *d, const sim_request *request)
{
    if (!d->writer.active)
        return request->size < BLOCK_HEADER ? STUB_NOT_ENOUGH : STUB_NOT_IN_FLASH_MODE;
    return check_block(request);
}

static uint16_t end(sim_device *d, const sim_request *request)
{
    if (request->size != 4)
        return STUB_BAD_LENGTH;
    if (!d->writer.active)
        return STUB_NOT_IN_FLASH_MODE;
    if (d->writer.remaining != 0)
        return STUB_BAD_LENGTH;
    writer_free(&d->writer);
    return STUB_OK;
}

static uint16_t mem_begin(sim_device *d, const sim_request *request)
{
    if (request->size != 16)
        return STUB_BAD_LENGTH;
    d->stub.mem_begun = ram_begin(&d->ram, request_word(request, 3), request_word(request, 0));
    d->stub.mem_remaining = request_word(request, 0);
    return STUB_OK;
}

static uint16_t mem_data(sim_device *d, const sim_request *request)
{
    if (!d->stub.mem_begun)
        return STUB_NOT_IN_FLASH_MODE;
    if (request->size < BLOCK_HEADER)
        return STUB_NOT_ENOUGH;
    const uint32_t size = request->size - (uint32_t)BLOCK_HEADER;
    if (request_word(request, 0) != size || size > d->stub.mem_remaining)
        return STUB_TOO_MUCH;
    d->stub.mem_remaining -= size;
    return ram_append(&d->ram, request->data + BLOCK_HEADER, size) ? STUB_OK : STUB_TOO_MUCH;
}

static uint16_t run_md5(sim_device *d, const sim_request *request, uint8_t *payload)
{
    if (request->size != 16)
        return STUB_BAD_LENGTH;
    return command_md5(d, request_word(request, 0), request_word(request, 1), payload) ? STUB_OK : STUB_SPI_FAILED;
}

static uint16_t exact(const sim_request *request, uint16_t size)
{
    return request->size == size ? STUB_OK : STUB_BAD_LENGTH;
}

static uint16_t erase_region(sim_device *d, const sim_request *request)
{
    if (request->size != 8)
        return STUB_BAD_LENGTH;
    sim_flash_unlock(d->flash);
    return stub_erase_region(d, request_word(request, 0), request_word(request, 1)) ? STUB_OK : STUB_BAD_LENGTH;
}

static uint16_t sync(sim_device *d, const sim_request *request)
{
    if (request->size != SYNC_SIZE)
        return STUB_BAD_LENGTH;
    for (int i = 0; i < SYNC_COPIES - 1; i++)
        stub_respond(d, OP_SYNC, 0, NULL, 0, 2, STUB_OK);
    return STUB_OK;
}

static uint16_t security_info(sim_device *d, const sim_request *request, uint8_t *payload, size_t *size)
{
    if (request->size != 0)
        return STUB_BAD_LENGTH;
    if ((d->options.chip->rom & SIM_ROM_SECURITY) == 0)
        return STUB_NOT_IMPLEMENTED;
    *size = command_security_info(d, payload);
    return STUB_OK;
}

/* What a command does before its answer. */
static uint16_t perform(sim_device *d, const sim_request *request, uint32_t *value, uint8_t *payload, size_t *size)
{
    switch (request->op) {
    case OP_SYNC:
        return sync(d, request);
    case OP_FLASH_BEGIN:
    case OP_DEFL_BEGIN:
        return begin(d, request);
    case OP_FLASH_DATA:
    case OP_DEFL_DATA:
        return check_data(d, request);
    case OP_FLASH_END:
    case OP_DEFL_END:
        return end(d, request);
    case OP_MEM_BEGIN:
        return mem_begin(d, request);
    case OP_MEM_DATA:
        return mem_data(d, request);
    case OP_MEM_END:
        return d->stub.mem_begun ? exact(request, 8) : STUB_NOT_IN_FLASH_MODE;
    case OP_WRITE_REG:
        if (request->size == 0 || request->size % 16 != 0)
            return STUB_NOT_ENOUGH;
        command_write_regs(d, request);
        return STUB_OK;
    case OP_READ_REG:
        *value = command_read_register(d, request_word(request, 0));
        return exact(request, 4);
    case OP_SPI_ATTACH:
        return exact(request, 4);
    case OP_SPI_SET_PARAMS:
        return exact(request, 24);
    case OP_CHANGE_BAUDRATE:
        return exact(request, 8);
    case OP_READ_FLASH:
        return exact(request, 16);
    case OP_FLASH_MD5:
        *size = 16;
        return run_md5(d, request, payload);
    case OP_SECURITY_INFO:
        return security_info(d, request, payload, size);
    case OP_ERASE_FLASH:
        stub_erase_all(d);
        return STUB_OK;
    case OP_ERASE_REGION:
        return erase_region(d, request);
    default:
        return STUB_INVALID_COMMAND;
    }
}

/* What a command does after its answer; a failure is told to the next command. */
static uint16_t perform_later(sim_device *d, const sim_request *request)
{
    switch (request->op) {
    case OP_FLASH_DATA:
    case OP_DEFL_DATA:
        return stub_write_status(writer_data(d, request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER));
    case OP_CHANGE_BAUDRATE:
        uart_change_baud(d, request_word(request, 0));
        return STUB_OK;
    case OP_READ_FLASH:
        return stub_begin_read(d, request) ? STUB_OK : STUB_BAD_LENGTH;
    case OP_MEM_END:
        d->stub.mem_begun = false;
        if (request_word(request, 0) == 0) {
            if (ram_can_run(&d->ram, request_word(request, 1)))
                chip_start_loader(d, &current_stub);
            else
                chip_crash(d);
        }
        return STUB_OK;
    default:
        return STUB_OK;
    }
}

static void handle(sim_device *d, const uint8_t *frame, size_t frame_size)
{
    sim_request request;
    if (!request_parse(&request, frame, frame_size)) {
        const bool request_direction = frame_size >= 2 && frame[0] == 0;
        stub_respond(d, frame_size >= 2 ? frame[1] : 0, 0, NULL, 0, 2,
                     request_direction ? STUB_BAD_LENGTH : STUB_INVALID_COMMAND);
        return;
    }
    if (d->stub.pending_error != STUB_OK) {
        stub_respond(d, request.op, 0, NULL, 0, 2, d->stub.pending_error);
        d->stub.pending_error = STUB_OK;
        return;
    }
    if (request.op == OP_RUN_USER_CODE)
        return; /* neither done nor answered */
    uint32_t value = 0;
    uint8_t payload[STUB_RESPONSE_MAX];
    size_t size = 0;
    const uint16_t status = perform(d, &request, &value, payload, &size);
    if (status != STUB_OK) {
        stub_respond(d, request.op, 0, NULL, 0, 2, status);
        return;
    }
    stub_respond(d, request.op, value, payload, size, (uint16_t)(size + 2), STUB_OK);
    d->stub.pending_error = perform_later(d, &request);
}

/* One turn of READ_FLASH: take an acknowledgement, then send if none is missing: one packet is in
   flight at most, whatever was asked for. */
static bool read_step(sim_device *d)
{
    sim_read_state *read = &d->stub.read;
    sim_frame *frame;
    bool worked = false;
    if (read->remaining == 0 && read->acked_bytes >= read->total) {
        stub_end_read(d);
        return true;
    }
    if (poll_frame(d, &frame)) {
        const bool failed = frame->error;
        const size_t size = frame->size;
        const uint32_t acked = size >= 4 ? bytes_get_le32(frame->bytes) : 0;
        release(frame);
        worked = true;
        if (!failed && size != 4) {
            stub_end_read(d);
            return true;
        }
        if (!failed) {
            read->acked_bytes = acked;
            read->acked++;
        }
    }
    if (read->remaining > 0 && read->sent - read->acked < 1) {
        stub_send_packet(d);
        read->sent++;
        worked = true;
    }
    return worked;
}

static bool current_run(sim_device *d)
{
    if (d->stub.read.active)
        return read_step(d);
    if (d->stub.held != NULL) {
        release(d->stub.held);
        d->stub.held = NULL;
    }
    sim_frame *frame;
    if (!poll_frame(d, &frame))
        return false;
    if (frame->error) {
        release(frame);
        return true;
    }
    handle(d, frame->bytes, frame->size);
    if (d->stub.read.active)
        release(frame); /* READ_FLASH gives its buffer back before it begins */
    else
        d->stub.held = frame; /* taken until the CPU is done with the command */
    return true;
}

static void current_start(sim_device *d)
{
    stub_start(d);
    arm(d);
}

const sim_loader current_stub = {"stub", current_start, current_receive, current_run};
