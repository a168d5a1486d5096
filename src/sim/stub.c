/* SPDX-License-Identifier: Apache-2.0 */
#include "stub.h"

#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"

void stub_start(sim_device *d)
{
    digest_free(d->stub.read.md5);
    memset(&d->stub, 0, sizeof(d->stub));
    memset(&d->slip, 0, sizeof(d->slip));
    d->stub.command = -1;
    writer_free(&d->writer);
    d->registers.flash_attached = true;
    static const uint8_t greeting[4] = {'O', 'H', 'A', 'I'};
    uart_send_frame(d, greeting, sizeof(greeting), NULL, 0);
}

void stub_respond(sim_device *d, uint8_t op, uint32_t value, const uint8_t *payload, size_t size, uint16_t length,
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
    uart_send_frame(d, header, sizeof(header), tail, size + 2);
}

bool stub_erase_region(sim_device *d, uint32_t offset, uint32_t size)
{
    if (offset % SIM_SECTOR != 0 || size % SIM_SECTOR != 0)
        return false;
    writer_erase_now(d, offset, size);
    return true;
}

void stub_erase_all(sim_device *d)
{
    if (!registers_flash_powered(&d->registers))
        return;
    sim_flash_erase(d->flash, 0, sim_flash_size(d->flash));
    d->cpu += (sim_time)(sim_flash_size(d->flash) >> 20) * d->options.timing.erase_chip;
}

bool stub_begin_read(sim_device *d, const sim_request *request)
{
    sim_read_state *read = &d->stub.read;
    digest_free(read->md5);
    memset(read, 0, sizeof(*read));
    read->offset = request_word(request, 0);
    read->total = read->remaining = request_word(request, 1);
    read->packet = request_word(request, 2);
    read->window = request_word(request, 3);
    if (read->packet > STUB_PACKET_MAX || read->packet == 0 || digest_new(&read->md5, DIGEST_MD5, NULL) != ESPBAK_OK)
        return false;
    read->active = true;
    return true;
}

void stub_send_packet(sim_device *d)
{
    sim_read_state *read = &d->stub.read;
    uint8_t packet[STUB_PACKET_MAX];
    const uint32_t size = read->remaining < read->packet ? read->remaining : read->packet;
    command_read_flash(d, read->offset, packet, size);
    if (digest_update(read->md5, packet, size, NULL) != ESPBAK_OK)
        return;
    uart_send_frame(d, packet, size, NULL, 0);
    read->offset += size;
    read->remaining -= size;
}

void stub_end_read(sim_device *d)
{
    uint8_t md5[DIGEST_MD5_SIZE] = {0};
    if (digest_finish(d->stub.read.md5, md5, NULL) == ESPBAK_OK)
        uart_send_frame(d, md5, sizeof(md5), NULL, 0);
    digest_free(d->stub.read.md5);
    d->stub.read.md5 = NULL;
    d->stub.read.active = false;
}

uint16_t stub_write_status(sim_write_result result)
{
    static const uint16_t statuses[] = {
        [SIM_WRITE_OK] = STUB_OK,
        [SIM_WRITE_BAD_STREAM] = STUB_INFLATE,
        [SIM_WRITE_MISMATCH] = STUB_SPI_FAILED,
        [SIM_WRITE_TOO_MUCH] = STUB_TOO_MUCH,
    };
    return statuses[result];
}
