/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "sim/loader/stub.h"

/*
 * Espressif's current stub, esp-flasher-stub/src/command_handler.c, slip.c, frame_buffer.c,
 * transport.c. It never unlocks the flash before it erases or writes (esp-stub-lib, flash.c; seen with the mask ROMs
 * of ESP32, ESP32-C3 and ESP32-S3: protected sectors stay as they are). Bytes are received by interrupt into one of two
 * frame buffers; the other one holds the frame in work. What comes while neither is free is lost.
 */

static sim_frame *frame_of(sim_machine *m, int index)
{
    return &m->stub.frames[index];
}

static bool occupied(const sim_frame *frame)
{
    return frame->complete || frame->error;
}

/* frame_buffer_acquire: arm the buffer received into, or the other one if that is taken. */
static void arm(sim_machine *m)
{
    sim_stub_state *s = &m->stub;
    int index = s->armed_last;
    if (occupied(frame_of(m, index)))
        index = 1 - index;
    if (occupied(frame_of(m, index))) {
        s->receiving = -1;
        return;
    }
    s->armed_last = index;
    s->receiving = index;
    frame_of(m, index)->size = 0;
}

static void put_byte(sim_machine *m, uint8_t byte)
{
    sim_frame *frame = frame_of(m, m->stub.receiving);
    if (frame->size < sizeof(frame->bytes)) {
        frame->bytes[frame->size++] = byte;
        return;
    }
    frame->error = true;
    m->stub.receiving = -1;
    m->slip.inside = false;
}

/* slip.c slip_recv_byte. A closing 0xC0 that comes with no buffer armed is taken for nothing; if one is
   armed in between, the next opening one is the only way back into step. */
static void current_receive(sim_machine *m, uint8_t byte)
{
    sim_stub_state *s = &m->stub;
    sim_slip *slip = &m->slip;
    if (!slip->inside) {
        if (byte == 0xC0 && s->receiving >= 0) {
            frame_of(m, s->receiving)->size = 0;
            slip->inside = true;
        }
        return;
    }
    if (slip->escaped) {
        slip->escaped = false;
        if (byte == 0xDC || byte == 0xDD) {
            put_byte(m, byte == 0xDC ? 0xC0 : 0xDB);
            return;
        }
        frame_of(m, s->receiving)->error = true;
        s->receiving = -1;
        slip->inside = false;
    } else if (byte == 0xDB) {
        slip->escaped = true;
    } else if (byte != 0xC0) {
        put_byte(m, byte);
    } else {
        if (frame_of(m, s->receiving)->size > 0) {
            frame_of(m, s->receiving)->complete = true;
            frame_of(m, s->receiving)->at = m->board->now;
            s->receiving = -1;
        }
        slip->inside = false;
    }
}

/* slip_recv_poll: choose the frame to work on and arm the other buffer. False when there is none. */
static bool poll_frame(sim_machine *m, sim_frame **frame)
{
    sim_stub_state *s = &m->stub;
    const int order[2] = {1 - s->armed_last, s->armed_last};
    *frame = NULL;
    for (int pass = 0; pass < 2 && *frame == NULL; pass++) {
        for (int i = 0; i < 2 && *frame == NULL; i++) {
            sim_frame *candidate = frame_of(m, order[i]);
            if (pass == 0 ? candidate->error : candidate->complete)
                *frame = candidate;
        }
    }
    if (*frame == NULL)
        return false;
    if (s->receiving < 0) /* re-arming while a frame comes in restarts nothing: the buffer stays */
        arm(m);
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
    if (sim_request_word(request, 0) != (uint32_t)request->size - BLOCK_HEADER)
        return STUB_TOO_MUCH;
    const uint8_t sum = sim_request_checksum(request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER);
    return sum == request->checksum ? STUB_OK : STUB_BAD_CHECKSUM;
}

static uint16_t begin(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    if (request->size != 16 && request->size != 20)
        return STUB_BAD_LENGTH;
    const bool compressed = request->op == OP_DEFL_BEGIN;
    return sim_writer_begin(m, SIM_ERASE_CONDITIONAL, sim_request_word(request, 3), sim_request_word(request, 0),
                            compressed)
               ? STUB_OK
               : STUB_SPI_FAILED;
}

static uint16_t check_data(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    if (!m->writer.active)
        return request->size < BLOCK_HEADER ? STUB_NOT_ENOUGH : STUB_NOT_IN_FLASH_MODE;
    return check_block(request);
}

static uint16_t write_data(sim_machine *m, const sim_request *request)
{
    return sim_stub_write_status(
        sim_writer_data(m, request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER));
}

/* Its word asks for a reboot, which this stub does not do. */
static uint16_t end(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)request;
    (void)answer;
    if (!m->writer.active)
        return STUB_NOT_IN_FLASH_MODE;
    if (m->writer.remaining != 0)
        return STUB_BAD_LENGTH;
    sim_writer_free(&m->writer);
    return STUB_OK;
}

static uint16_t mem_data(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    if (!m->stub.mem_begun)
        return STUB_NOT_IN_FLASH_MODE;
    if (request->size < BLOCK_HEADER)
        return STUB_NOT_ENOUGH;
    const uint32_t size = request->size - (uint32_t)BLOCK_HEADER;
    if (sim_request_word(request, 0) != size || size > m->stub.mem_remaining)
        return STUB_TOO_MUCH;
    m->stub.mem_remaining -= size;
    return ram_append(&m->board->ram, request->data + BLOCK_HEADER, size) ? STUB_OK : STUB_TOO_MUCH;
}

static uint16_t mem_end(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)request;
    (void)answer;
    return m->stub.mem_begun ? STUB_OK : STUB_NOT_IN_FLASH_MODE;
}

static uint16_t run_ram(sim_machine *m, const sim_request *request)
{
    m->stub.mem_begun = false;
    if (sim_request_word(request, 0) != 0)
        return STUB_OK;
    sim_request_execute(m, sim_request_word(request, 1), &current_stub);
    return STUB_OK;
}

static uint16_t write_regs(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    if (request->size == 0 || request->size % 16 != 0)
        return STUB_NOT_ENOUGH;
    sim_request_write_regs(m, request);
    return STUB_OK;
}

static uint16_t erase_region(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    return sim_stub_erase_region(m, sim_request_word(request, 0), sim_request_word(request, 1)) ? STUB_OK
                                                                                                : STUB_BAD_LENGTH;
}

static uint16_t start_read(sim_machine *m, const sim_request *request)
{
    return sim_stub_begin_read(m, request) ? STUB_OK : STUB_BAD_LENGTH;
}

/* What fails after the answer is told to the next command. */
static const sim_stub_command commands[] = {
    {OP_SYNC, SYNC_SIZE, STUB_BAD_LENGTH, sim_stub_sync, NULL},
    {OP_FLASH_BEGIN, STUB_ANY_SIZE, 0, begin, NULL},
    {OP_FLASH_DATA, STUB_ANY_SIZE, 0, check_data, write_data},
    {OP_FLASH_END, 4, STUB_BAD_LENGTH, end, NULL},
    {OP_MEM_BEGIN, 16, STUB_BAD_LENGTH, sim_stub_mem_begin, NULL},
    {OP_MEM_DATA, STUB_ANY_SIZE, 0, mem_data, NULL},
    {OP_MEM_END, 8, STUB_BAD_LENGTH, mem_end, run_ram},
    {OP_WRITE_REG, STUB_ANY_SIZE, 0, write_regs, NULL},
    {OP_READ_REG, 4, STUB_BAD_LENGTH, sim_stub_read_reg, NULL},
    {OP_SPI_SET_PARAMS, 24, STUB_BAD_LENGTH, NULL, NULL},
    {OP_SPI_ATTACH, 4, STUB_BAD_LENGTH, NULL, NULL},
    {OP_CHANGE_BAUDRATE, 8, STUB_BAD_LENGTH, NULL, sim_stub_change_baud},
    {OP_DEFL_BEGIN, STUB_ANY_SIZE, 0, begin, NULL},
    {OP_DEFL_DATA, STUB_ANY_SIZE, 0, check_data, write_data},
    {OP_DEFL_END, 4, STUB_BAD_LENGTH, end, NULL},
    {OP_FLASH_MD5, 16, STUB_BAD_LENGTH, sim_stub_md5, NULL},
    {OP_SECURITY_INFO, 0, STUB_BAD_LENGTH, sim_stub_security_info, NULL},
    {OP_ERASE_FLASH, STUB_ANY_SIZE, 0, sim_stub_erase_flash, NULL},
    {OP_ERASE_REGION, 8, STUB_BAD_LENGTH, erase_region, NULL},
    {OP_READ_FLASH, 16, STUB_BAD_LENGTH, NULL, start_read},
};

static void handle(sim_machine *m, const uint8_t *frame, size_t frame_size)
{
    sim_request request;
    if (!sim_request_parse(&request, frame, frame_size)) {
        const bool request_direction = frame_size >= 2 && frame[0] == 0;
        sim_stub_respond(m, frame_size >= 2 ? frame[1] : 0, 0, NULL, 0, 2,
                         request_direction ? STUB_BAD_LENGTH : STUB_INVALID_COMMAND);
        return;
    }
    if (m->stub.pending_error != STUB_OK) {
        sim_stub_respond(m, request.op, 0, NULL, 0, 2, m->stub.pending_error);
        m->stub.pending_error = STUB_OK;
        return;
    }
    if (request.op == OP_RUN_USER_CODE)
        return; /* neither done nor answered */
    const sim_stub_command *command = sim_stub_find(commands, sizeof(commands) / sizeof(commands[0]), request.op);
    sim_stub_answer answer = {.size = 0};
    const uint16_t status = command != NULL ? sim_stub_perform(m, command, &request, &answer) : STUB_INVALID_COMMAND;
    if (status != STUB_OK) {
        sim_stub_respond(m, request.op, 0, NULL, 0, 2, status);
        return;
    }
    sim_stub_respond(m, request.op, answer.value, answer.payload, answer.size, (uint16_t)(answer.size + 2), STUB_OK);
    if (command->later != NULL)
        m->stub.pending_error = command->later(m, &request);
}

/* One turn of READ_FLASH: take an acknowledgement, then send if none is missing: one packet is in
   flight at most, whatever was asked for. */
static bool read_step(sim_machine *m)
{
    sim_read_state *read = &m->stub.read;
    sim_frame *frame;
    bool worked = false;
    if (read->remaining == 0 && read->acked_bytes >= read->total) {
        sim_stub_end_read(m);
        return true;
    }
    if (poll_frame(m, &frame)) {
        const bool failed = frame->error;
        const size_t size = frame->size;
        const uint32_t acked = size >= 4 ? bytes_get_le32(frame->bytes) : 0;
        release(frame);
        worked = true;
        if (!failed && size != 4) {
            sim_stub_end_read(m);
            return true;
        }
        if (!failed) {
            read->acked_bytes = acked;
            read->acked++;
        }
    }
    if (read->remaining > 0 && read->sent - read->acked < 1) {
        sim_stub_send_packet(m);
        read->sent++;
        worked = true;
    }
    return worked;
}

static bool current_step(sim_machine *m)
{
    if (m->stub.read.active)
        return read_step(m);
    if (m->stub.held != NULL) {
        release(m->stub.held);
        m->stub.held = NULL;
    }
    sim_frame *frame;
    if (!poll_frame(m, &frame))
        return false;
    if (frame->error || sim_stub_loses(m, frame)) {
        release(frame);
        return true;
    }
    handle(m, frame->bytes, frame->size);
    if (m->stub.read.active)
        release(frame); /* READ_FLASH gives its buffer back before it begins */
    else
        m->stub.held = frame; /* taken until the CPU is done with the command */
    return true;
}

static void current_start(sim_machine *m)
{
    sim_stub_start(m);
    arm(m);
}

const sim_loader current_stub = {
    .name = "stub",
    .kind = SIM_STUB_CURRENT,
    .start = current_start,
    .receive = current_receive,
    .step = current_step,
    .end = sim_stub_end,
};
