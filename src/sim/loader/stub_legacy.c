/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "sim/loader/stub.h"

/*
 * The legacy stub of esptool 4 and before. Facts from esptool-legacy-flasher-stub: stub_flasher.c,
 * stub_commands.c, stub_write_flash.c. Frames are received by interrupt into two buffers in turn, and
 * the one completed last is the command; but READ_FLASH masks the interrupt and reads its
 * acknowledgements from the 128-byte FIFO itself. FLASH_BEGIN, DEFL_BEGIN and ERASE_REGION clear the flash's block
 * protection for good (SPIUnlock in stub_write_flash.c), ERASE_FLASH does not.
 */

/* Length check and handler are joined by a logical or: the failure of either is status 1 and nothing more. */
enum { STATUS_FAILED = 0x0100 };

static void async_byte(sim_machine *m, uint8_t byte)
{
    sim_stub_state *s = &m->stub;
    sim_frame *frame = &s->frames[s->receiving];
    const bool ended = sim_slip_take(&m->slip, byte, frame->bytes, sizeof(frame->bytes));
    if (!ended)
        return;
    frame->size = m->slip.size;
    frame->at = m->board->now;
    s->command = s->receiving;
    s->receiving = 1 - s->receiving;
}

static void legacy_receive(sim_machine *m, uint8_t byte)
{
    if (m->stub.read.active)
        fifo_push(m->line, byte);
    else
        async_byte(m, byte);
}

static uint16_t begin(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    m->stub.pending_error = STUB_OK;
    if (request->size != 16 && request->size != 20)
        return STUB_BAD_LENGTH;
    if (sim_request_word(request, 2) > 0x4000)
        return STUB_BAD_BLOCK_SIZE;
    const bool compressed = request->op == OP_DEFL_BEGIN;
    sim_flash_unlock(m->board->flash);
    return sim_writer_begin(m, SIM_ERASE_AHEAD, sim_request_word(request, 3), sim_request_word(request, 0), compressed)
               ? STUB_OK
               : STUB_SPI_FAILED;
}

static uint16_t check_data(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    if (!m->writer.active)
        return STUB_NOT_IN_FLASH_MODE;
    if (request->size < BLOCK_HEADER || sim_request_word(request, 0) != (uint32_t)request->size - BLOCK_HEADER)
        return STUB_BAD_LENGTH;
    const uint8_t sum = sim_request_checksum(request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER);
    if (sum != (uint8_t)request->checksum)
        return STUB_BAD_CHECKSUM;
    return m->stub.pending_error; /* of an earlier block, and it stays */
}

static uint16_t write_data(sim_machine *m, const sim_request *request)
{
    const size_t size = request->size - (size_t)BLOCK_HEADER;
    if (m->writer.compressed && m->writer.remaining == 0 && size > 4)
        return STUB_TOO_MUCH; /* up to four bytes may be the stream's checksum */
    const sim_write_result result = sim_writer_data(m, request->data + BLOCK_HEADER, size);
    if (result == SIM_WRITE_OK && m->writer.ended && m->writer.remaining > 0)
        return STUB_NOT_ENOUGH;
    return sim_stub_write_status(result);
}

static uint16_t end(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)request;
    (void)answer;
    if (!m->writer.active)
        return STUB_NOT_IN_FLASH_MODE;
    if (m->writer.remaining > 0)
        return STUB_NOT_ENOUGH;
    sim_writer_free(&m->writer);
    return m->stub.pending_error;
}

static uint16_t reboot(sim_machine *m, const sim_request *request)
{
    if (sim_request_word(request, 0) == 0)
        m->leave = SIM_LEAVE_RESTART;
    return STUB_OK;
}

static uint16_t mem_data(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    const uint32_t size = request->size < BLOCK_HEADER ? 0 : request->size - (uint32_t)BLOCK_HEADER;
    if (!m->stub.mem_begun && size > 0)
        return STUB_NOT_IN_FLASH_MODE;
    if (size > m->stub.mem_remaining)
        return STUB_TOO_MUCH;
    if (size % 4 != 0)
        return STUB_BAD_LENGTH;
    m->stub.mem_remaining -= size;
    return ram_append(&m->board->ram, request->data + BLOCK_HEADER, size) ? STUB_OK : STUB_TOO_MUCH;
}

static uint16_t mem_end(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)request;
    (void)answer;
    const bool complete = m->stub.mem_remaining == 0;
    m->stub.mem_begun = false;
    m->stub.mem_remaining = 0;
    return complete ? STUB_OK : STATUS_FAILED;
}

static uint16_t run_ram(sim_machine *m, const sim_request *request)
{
    if (sim_request_word(request, 1) == 0)
        return STUB_OK;
    sim_request_execute(m, sim_request_word(request, 1), &legacy_stub);
    return STUB_OK;
}

static uint16_t write_regs(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    if (request->size % 16 != 0)
        return STUB_BAD_LENGTH;
    sim_request_write_regs(m, request);
    return STUB_OK;
}

static uint16_t erase_region(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    sim_flash_unlock(m->board->flash);
    return sim_stub_erase_region(m, sim_request_word(request, 0), sim_request_word(request, 1)) ? STUB_OK
                                                                                                : STATUS_FAILED;
}

static uint16_t start_read(sim_machine *m, const sim_request *request)
{
    (void)sim_stub_begin_read(m, request); /* too large a packet: the stub falls silent */
    return STUB_OK;
}

static const sim_stub_command commands[] = {
    {OP_SYNC, SYNC_SIZE, STUB_BAD_LENGTH, sim_stub_sync, NULL},
    {OP_FLASH_BEGIN, STUB_ANY_SIZE, 0, begin, NULL},
    {OP_FLASH_DATA, STUB_ANY_SIZE, 0, check_data, write_data},
    {OP_FLASH_END, STUB_ANY_SIZE, 0, end, reboot},
    {OP_MEM_BEGIN, 16, STATUS_FAILED, sim_stub_mem_begin, NULL},
    {OP_MEM_DATA, STUB_ANY_SIZE, 0, mem_data, NULL},
    {OP_MEM_END, 8, STATUS_FAILED, mem_end, run_ram},
    {OP_WRITE_REG, STUB_ANY_SIZE, 0, write_regs, NULL},
    {OP_READ_REG, 4, STUB_BAD_LENGTH, sim_stub_read_reg, NULL},
    {OP_SPI_SET_PARAMS, 24, STATUS_FAILED, NULL, NULL},
    {OP_SPI_ATTACH, 4, STATUS_FAILED, NULL, NULL},
    {OP_CHANGE_BAUDRATE, 8, STUB_BAD_LENGTH, NULL, sim_stub_change_baud},
    {OP_DEFL_BEGIN, STUB_ANY_SIZE, 0, begin, NULL},
    {OP_DEFL_DATA, STUB_ANY_SIZE, 0, check_data, write_data},
    {OP_DEFL_END, STUB_ANY_SIZE, 0, end, reboot},
    {OP_FLASH_MD5, 16, STATUS_FAILED, sim_stub_md5, NULL},
    {OP_SECURITY_INFO, 0, STATUS_FAILED, sim_stub_security_info, NULL},
    {OP_ERASE_FLASH, 0, STATUS_FAILED, sim_stub_erase_flash, NULL},
    {OP_ERASE_REGION, 8, STATUS_FAILED, erase_region, NULL},
    {OP_READ_FLASH, 16, STUB_BAD_LENGTH, NULL, start_read},
};

static void handle(sim_machine *m, const sim_frame *frame)
{
    sim_request request;
    if (!sim_request_parse(&request, frame->bytes, frame->size))
        return;
    if (request.op == OP_RUN_USER_CODE) {
        m->leave = SIM_LEAVE_TO_APP;
        return;
    }
    const sim_stub_command *command = sim_stub_find(commands, sizeof(commands) / sizeof(commands[0]), request.op);
    sim_stub_answer answer = {.size = 0};
    const uint16_t status = command != NULL ? sim_stub_perform(m, command, &request, &answer) : STUB_NOT_IMPLEMENTED;
    /* The length is sent first, before anything can fail; for the security info it leaves the status out. */
    const bool leaves_out = request.op == OP_SECURITY_INFO && answer.size > 0;
    const uint16_t length = (uint16_t)(answer.size + (leaves_out ? 0 : 2));
    sim_stub_respond(m, request.op, answer.value, answer.payload, status == STUB_OK ? answer.size : 0, length, status);
    if (status == STUB_OK && command->later != NULL) {
        const uint16_t result = command->later(m, &request);
        if (result != STUB_OK)
            m->stub.pending_error = result;
    }
}

/* SLIP_recv: what is in the FIFO, up to a whole frame. False when it does not hold one yet. */
static bool receive_ack(sim_machine *m, size_t *size)
{
    uint8_t byte;
    while (fifo_pop(m->line, &byte)) {
        if (sim_slip_take(&m->stub.ack_slip, byte, m->stub.ack, sizeof(m->stub.ack))) {
            *size = m->stub.ack_slip.bad ? 5 : m->stub.ack_slip.size;
            return true;
        }
    }
    return false;
}

/* stub_commands.c handle_flash_read: the window is compared with bytes sent and bytes acknowledged. */
static bool read_step(sim_machine *m)
{
    sim_read_state *read = &m->stub.read;
    const uint32_t sent = read->total - read->remaining;
    if (read->acked_bytes >= read->total || read->acked_bytes > sent) {
        sim_stub_end_read(m);
        return true;
    }
    if (read->remaining > 0 && sent - read->acked_bytes < read->window) {
        sim_stub_send_packet(m);
        return true;
    }
    size_t size = 0;
    if (!receive_ack(m, &size))
        return false;
    if (size == 4)
        read->acked_bytes = bytes_get_le32(m->stub.ack);
    else
        sim_stub_end_read(m);
    return true;
}

static bool legacy_step(sim_machine *m)
{
    if (m->stub.read.active)
        return read_step(m);
    uint8_t byte;
    while (fifo_pop(m->line, &byte)) /* interrupts are back on: what is left goes the usual way */
        async_byte(m, byte);
    if (m->stub.command < 0)
        return false;
    const sim_frame *frame = &m->stub.frames[m->stub.command];
    m->stub.command = -1;
    memset(&m->stub.ack_slip, 0, sizeof(m->stub.ack_slip));
    if (!sim_stub_loses(m, frame))
        handle(m, frame);
    return true;
}

const sim_loader legacy_stub = {
    .name = "stub",
    .kind = SIM_STUB_LEGACY,
    .start = sim_stub_start,
    .receive = legacy_receive,
    .step = legacy_step,
    .end = sim_stub_end,
};
