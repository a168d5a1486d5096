/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/stub.h"

#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"

/*
 * After an answer the frame that was worked on is released, or the next one taken, only when the main loop comes by
 * again; what arrives until then finds both buffers taken (esp-flasher-stub main.c, frame_buffer.c) or replaces the
 * frame that waits (esptool-legacy-flasher-stub stub_flasher.c). How long that takes is an assumption: two thousand
 * cycles at 40 MHz.
 */
static const sim_time turn = 50 * SIM_US;

void sim_stub_start(sim_machine *m)
{
    memset(&m->stub, 0, sizeof(m->stub));
    m->stub.command = -1;
    m->board->flash_attached = true;
    if (m->line->options.usb == SIM_USB_JTAG)
        board_stop_watchdog(m->board); /* both stubs do: esp-flasher-stub transport.c, legacy stub_flasher.c */
    static const uint8_t greeting[4] = {'O', 'H', 'A', 'I'};
    sim_slip_send(m->line, greeting, sizeof(greeting), NULL, 0);
}

void sim_stub_end(sim_machine *m)
{
    digest_free(m->stub.read.md5);
    m->stub.read.md5 = NULL;
    sim_writer_free(&m->writer);
}

void sim_stub_respond(sim_machine *m, uint8_t op, uint32_t value, const uint8_t *payload, size_t size, uint16_t length,
                      uint16_t status)
{
    uint8_t header[REQUEST_HEADER] = {0x01, op};
    uint8_t tail[STUB_RESPONSE_MAX + 2];
    bytes_put_le16(header + 2, length);
    bytes_put_le32(header + 4, value);
    if (size > STUB_RESPONSE_MAX)
        size = STUB_RESPONSE_MAX;
    if (size > 0)
        memcpy(tail, payload, size);
    tail[size] = (uint8_t)(status >> 8);
    tail[size + 1] = (uint8_t)status;
    sim_slip_send(m->line, header, sizeof(header), tail, size + 2);
    m->board->cpu += turn;
}

bool sim_stub_loses(sim_machine *m, const sim_frame *frame)
{
    return frame->at < m->board->now && sim_fault_strikes(machine_faults(m), SIM_FAULT_LOSE);
}

bool sim_stub_erase_region(sim_machine *m, uint32_t offset, uint32_t size)
{
    if (offset % SIM_SECTOR != 0 || size % SIM_SECTOR != 0)
        return false;
    sim_writer_erase_now(m, offset, size);
    return true;
}

const sim_stub_command *sim_stub_find(const sim_stub_command *table, size_t count, uint8_t op)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].op == op)
            return &table[i];
    }
    return NULL;
}

uint16_t sim_stub_perform(sim_machine *m, const sim_stub_command *command, const sim_request *request,
                          sim_stub_answer *answer)
{
    if (command->size != STUB_ANY_SIZE && request->size != command->size)
        return command->wrong_size;
    return command->perform != NULL ? command->perform(m, request, answer) : STUB_OK;
}

/* Eight answers as from a ROM, the last of them in the usual way; their value 0 tells a stub. */
uint16_t sim_stub_sync(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)request;
    (void)answer;
    for (int i = 0; i < SYNC_COPIES - 1; i++)
        sim_stub_respond(m, OP_SYNC, 0, NULL, 0, 2, STUB_OK);
    return STUB_OK;
}

uint16_t sim_stub_read_reg(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    answer->value = board_read(m->board, sim_request_word(request, 0));
    return STUB_OK;
}

uint16_t sim_stub_security_info(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)request;
    if ((m->board->options.chip->rom & SIM_ROM_SECURITY) == 0)
        return STUB_NOT_IMPLEMENTED;
    answer->size = sim_request_security_info(m, answer->payload);
    return STUB_OK;
}

uint16_t sim_stub_md5(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    answer->size = DIGEST_MD5_SIZE;
    const bool ok = access_md5(m, sim_request_word(request, 0), sim_request_word(request, 1), answer->payload);
    return ok ? STUB_OK : STUB_SPI_FAILED;
}

uint16_t sim_stub_mem_begin(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)answer;
    m->stub.mem_begun = ram_begin(&m->board->ram, sim_request_word(request, 3), sim_request_word(request, 0));
    m->stub.mem_remaining = sim_request_word(request, 0);
    return STUB_OK;
}

uint16_t sim_stub_erase_flash(sim_machine *m, const sim_request *request, sim_stub_answer *answer)
{
    (void)request;
    (void)answer;
    if (!board_flash_powered(m->board))
        return STUB_OK;
    if (!sim_flash_erase_chip(m->board->flash))
        return STUB_OK; /* neither stub unlocks it first */
    m->board->cpu += (sim_time)(sim_flash_size(m->board->flash) >> 20) * m->board->options.timing.erase_chip;
    return STUB_OK;
}

uint16_t sim_stub_change_baud(sim_machine *m, const sim_request *request)
{
    uart_change_baud(m->line, sim_request_word(request, 0));
    return STUB_OK;
}

bool sim_stub_begin_read(sim_machine *m, const sim_request *request)
{
    sim_read_state *read = &m->stub.read;
    digest_free(read->md5);
    memset(read, 0, sizeof(*read));
    read->offset = sim_request_word(request, 0);
    read->total = read->remaining = sim_request_word(request, 1);
    read->packet = sim_request_word(request, 2);
    read->window = sim_request_word(request, 3);
    if (read->packet > STUB_PACKET_MAX || read->packet == 0 || digest_new(&read->md5, DIGEST_MD5, NULL) != ESPBAK_OK)
        return false;
    read->active = true;
    return true;
}

void sim_stub_send_packet(sim_machine *m)
{
    sim_read_state *read = &m->stub.read;
    uint8_t packet[STUB_PACKET_MAX];
    const uint32_t size = read->remaining < read->packet ? read->remaining : read->packet;
    access_read(m, read->offset, packet, size);
    if (digest_update(read->md5, packet, size, NULL) != ESPBAK_OK)
        return;
    access_lie(m, read->offset, packet, size);
    if (!m->board->dead && !access_fails(m, SIM_FAULT_MUTE, read->offset, size))
        sim_slip_send(m->line, packet, size, NULL, 0);
    read->offset += size;
    read->remaining -= size;
}

void sim_stub_end_read(sim_machine *m)
{
    uint8_t md5[DIGEST_MD5_SIZE] = {0};
    const bool ok = digest_finish(m->stub.read.md5, md5, NULL) == ESPBAK_OK;
    sim_fault_lie(machine_faults(m), md5, sizeof(md5));
    if (ok)
        sim_slip_send(m->line, md5, sizeof(md5), NULL, 0);
    digest_free(m->stub.read.md5);
    m->stub.read.md5 = NULL;
    m->stub.read.active = false;
}

uint16_t sim_stub_write_status(sim_write_result result)
{
    static const uint16_t statuses[] = {
        [SIM_WRITE_OK] = STUB_OK,
        [SIM_WRITE_BAD_STREAM] = STUB_INFLATE,
        [SIM_WRITE_BAD_SUM] = STUB_INFLATE,
        [SIM_WRITE_MISMATCH] = STUB_SPI_FAILED,
        [SIM_WRITE_TOO_MUCH] = STUB_TOO_MUCH,
    };
    return statuses[result];
}
