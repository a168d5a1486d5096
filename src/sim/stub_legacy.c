/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "stub.h"

/*
 * The legacy stub of esptool 4 and before. Facts from esptool-legacy-flasher-stub: stub_flasher.c,
 * stub_commands.c, stub_write_flash.c. Frames are received by interrupt into two buffers in turn, and
 * the one completed last is the command; but READ_FLASH masks the interrupt and reads its
 * acknowledgements from the 128-byte FIFO itself.
 */

static void async_byte(sim_device *d, uint8_t byte)
{
    sim_stub_state *s = &d->stub;
    sim_frame *frame = &s->frames[s->receiving];
    const bool ended = slip_take(&d->slip, byte, frame->bytes, sizeof(frame->bytes));
    if (!ended)
        return;
    frame->size = d->slip.size;
    s->command = s->receiving;
    s->receiving = 1 - s->receiving;
}

static void legacy_receive(sim_device *d, uint8_t byte)
{
    if (d->stub.read.active)
        fifo_push(d, byte);
    else
        async_byte(d, byte);
}

static uint16_t begin(sim_device *d, const sim_request *request)
{
    if (request->size != 16 && request->size != 20)
        return STUB_BAD_LENGTH;
    if (request_word(request, 2) > 0x4000)
        return STUB_BAD_BLOCK_SIZE;
    const bool compressed = request->op == OP_DEFL_BEGIN;
    sim_flash_unlock(d->flash);
    return writer_begin(d, SIM_ERASE_AHEAD, request_word(request, 3), request_word(request, 0), compressed)
               ? STUB_OK
               : STUB_SPI_FAILED;
}

static uint16_t check_data(sim_device *d, const sim_request *request)
{
    if (!d->writer.active)
        return STUB_NOT_IN_FLASH_MODE;
    if (request->size < BLOCK_HEADER || request_word(request, 0) != (uint32_t)request->size - BLOCK_HEADER)
        return STUB_BAD_LENGTH;
    const uint8_t sum = request_checksum(request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER);
    if (sum != (uint8_t)request->checksum)
        return STUB_BAD_CHECKSUM;
    return d->stub.pending_error; /* of an earlier block, and it stays */
}

static uint16_t end(sim_device *d)
{
    if (!d->writer.active)
        return STUB_NOT_IN_FLASH_MODE;
    if (d->writer.remaining > 0)
        return STUB_NOT_ENOUGH;
    writer_free(&d->writer);
    return d->stub.pending_error;
}

/* The stub joins length check and handler by a logical or: any failure of these is status 1. */
static uint16_t either(bool ok)
{
    return ok ? STUB_OK : 0x0100;
}

static uint16_t mem_data(sim_device *d, const sim_request *request)
{
    const uint32_t size = request->size < BLOCK_HEADER ? 0 : request->size - (uint32_t)BLOCK_HEADER;
    if (!d->stub.mem_begun && size > 0)
        return STUB_NOT_IN_FLASH_MODE;
    if (size > d->stub.mem_remaining)
        return STUB_TOO_MUCH;
    if (size % 4 != 0)
        return STUB_BAD_LENGTH;
    d->stub.mem_remaining -= size;
    return ram_append(&d->ram, request->data + BLOCK_HEADER, size) ? STUB_OK : STUB_TOO_MUCH;
}

static uint16_t mem_begin(sim_device *d, const sim_request *request)
{
    d->stub.mem_begun = ram_begin(&d->ram, request_word(request, 3), request_word(request, 0));
    d->stub.mem_remaining = request_word(request, 0);
    return either(request->size == 16);
}

static uint16_t mem_end(sim_device *d, const sim_request *request)
{
    const bool complete = d->stub.mem_remaining == 0;
    d->stub.mem_begun = false;
    d->stub.mem_remaining = 0;
    return either(request->size == 8 && complete);
}

static uint16_t sync(sim_device *d, const sim_request *request)
{
    if (request->size != SYNC_SIZE)
        return STUB_BAD_LENGTH;
    for (int i = 0; i < SYNC_COPIES - 1; i++)
        stub_respond(d, OP_SYNC, 0, NULL, 0, 2, STUB_OK);
    return STUB_OK;
}

static uint16_t perform(sim_device *d, const sim_request *request, uint8_t *payload, size_t *size)
{
    switch (request->op) {
    case OP_SYNC:
        return sync(d, request);
    case OP_ERASE_FLASH:
        if (request->size == 0)
            stub_erase_all(d);
        return either(request->size == 0);
    case OP_ERASE_REGION:
        sim_flash_unlock(d->flash);
        return either(request->size == 8 && stub_erase_region(d, request_word(request, 0), request_word(request, 1)));
    case OP_CHANGE_BAUDRATE:
        return request->size == 8 ? STUB_OK : STUB_BAD_LENGTH;
    case OP_READ_FLASH:
        return request->size == 16 ? STUB_OK : STUB_BAD_LENGTH;
    case OP_FLASH_MD5:
        *size = 16;
        return either(request->size == 16 &&
                      command_md5(d, request_word(request, 0), request_word(request, 1), payload));
    case OP_SECURITY_INFO:
        if ((d->options.chip->rom & SIM_ROM_SECURITY) == 0)
            return STUB_NOT_IMPLEMENTED;
        *size = command_security_info(d, payload);
        return STUB_OK;
    case OP_FLASH_BEGIN:
    case OP_DEFL_BEGIN:
        d->stub.pending_error = STUB_OK;
        return begin(d, request);
    case OP_FLASH_DATA:
    case OP_DEFL_DATA:
        return check_data(d, request);
    case OP_FLASH_END:
    case OP_DEFL_END:
        return end(d);
    case OP_SPI_SET_PARAMS:
        return either(request->size == 24);
    case OP_SPI_ATTACH:
        return either(request->size == 4);
    case OP_WRITE_REG:
        if (request->size % 16 != 0)
            return STUB_BAD_LENGTH;
        command_write_regs(d, request);
        return STUB_OK;
    case OP_READ_REG:
        return request->size == 4 ? STUB_OK : STUB_BAD_LENGTH;
    case OP_MEM_BEGIN:
        return mem_begin(d, request);
    case OP_MEM_DATA:
        return mem_data(d, request);
    case OP_MEM_END:
        return mem_end(d, request);
    default:
        return STUB_NOT_IMPLEMENTED;
    }
}

static void write_block(sim_device *d, const sim_request *request)
{
    const size_t size = request->size - (size_t)BLOCK_HEADER;
    if (d->writer.compressed && d->writer.remaining == 0 && size > 4) {
        d->stub.pending_error = STUB_TOO_MUCH; /* up to four bytes may be the stream's checksum */
        return;
    }
    const sim_write_result result = writer_data(d, request->data + BLOCK_HEADER, size);
    if (result != SIM_WRITE_OK)
        d->stub.pending_error = stub_write_status(result);
    else if (d->writer.ended && d->writer.remaining > 0)
        d->stub.pending_error = STUB_NOT_ENOUGH;
}

static void perform_later(sim_device *d, const sim_request *request)
{
    switch (request->op) {
    case OP_CHANGE_BAUDRATE:
        uart_change_baud(d, request_word(request, 0));
        break;
    case OP_READ_FLASH:
        (void)stub_begin_read(d, request);
        break;
    case OP_FLASH_DATA:
    case OP_DEFL_DATA:
        write_block(d, request);
        break;
    case OP_FLASH_END:
    case OP_DEFL_END:
        if (request_word(request, 0) == 0)
            chip_restart(d, false);
        break;
    case OP_MEM_END:
        if (request_word(request, 1) == 0)
            break;
        if (ram_can_run(&d->ram, request_word(request, 1)))
            chip_start_loader(d, &legacy_stub);
        else
            chip_crash(d);
        break;
    default:
        break;
    }
}

static void handle(sim_device *d, const sim_frame *frame)
{
    sim_request request;
    if (!request_parse(&request, frame->bytes, frame->size))
        return;
    if (request.op == OP_RUN_USER_CODE) {
        chip_run_app(d);
        return;
    }
    uint8_t payload[STUB_RESPONSE_MAX];
    size_t size = 0;
    const uint32_t value = request.op == OP_READ_REG ? command_read_register(d, request_word(&request, 0)) : 0;
    const uint16_t status = perform(d, &request, payload, &size);
    /* The length is sent first, before anything can fail; for the security info it leaves the status out. */
    uint16_t length = (uint16_t)(size + (request.op == OP_SECURITY_INFO && size > 0 ? 0 : 2));
    if (status != STUB_OK)
        size = 0;
    stub_respond(d, request.op, value, payload, size, length, status);
    if (status == STUB_OK)
        perform_later(d, &request);
}

/* SLIP_recv: what is in the FIFO, up to a whole frame. False when it does not hold one yet. */
static bool receive_ack(sim_device *d, uint8_t ack[4], size_t *size)
{
    uint8_t byte;
    while (fifo_pop(d, &byte)) {
        if (slip_take(&d->stub.ack_slip, byte, ack, 4)) {
            *size = d->stub.ack_slip.bad ? 5 : d->stub.ack_slip.size;
            return true;
        }
    }
    return false;
}

/* stub_commands.c handle_flash_read: the window is compared with bytes sent and bytes acknowledged. */
static bool read_step(sim_device *d)
{
    sim_read_state *read = &d->stub.read;
    const uint32_t sent = read->total - read->remaining;
    if (read->acked_bytes >= read->total || read->acked_bytes > sent) {
        stub_end_read(d);
        return true;
    }
    if (read->remaining > 0 && sent - read->acked_bytes < read->window) {
        stub_send_packet(d);
        return true;
    }
    uint8_t ack[4];
    size_t size = 0;
    if (!receive_ack(d, ack, &size))
        return false;
    if (size == 4)
        read->acked_bytes = bytes_get_le32(ack);
    else
        stub_end_read(d);
    return true;
}

static bool legacy_run(sim_device *d)
{
    if (d->stub.read.active)
        return read_step(d);
    uint8_t byte;
    while (fifo_pop(d, &byte)) /* interrupts are back on: what is left goes the usual way */
        async_byte(d, byte);
    if (d->stub.command < 0)
        return false;
    const sim_frame *frame = &d->stub.frames[d->stub.command];
    d->stub.command = -1;
    memset(&d->stub.ack_slip, 0, sizeof(d->stub.ack_slip));
    handle(d, frame);
    return true;
}

const sim_loader legacy_stub = {"stub", stub_start, legacy_receive, legacy_run};
