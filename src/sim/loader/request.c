/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/request.h"

#include <string.h>

#include "base/bytes.h"
#include "sim/loader/own.h"

bool sim_request_parse(sim_request *request, const uint8_t *frame, size_t size)
{
    if (size < REQUEST_HEADER || frame[0] != 0x00)
        return false;
    request->op = frame[1];
    request->size = bytes_get_le16(frame + 2);
    request->checksum = bytes_get_le32(frame + 4);
    request->data = frame + REQUEST_HEADER;
    return size == (size_t)REQUEST_HEADER + request->size;
}

uint32_t sim_request_word(const sim_request *request, unsigned index)
{
    return 4u * index + 4u <= request->size ? bytes_get_le32(request->data + 4u * index) : 0;
}

uint8_t sim_request_checksum(const uint8_t *bytes, size_t size)
{
    uint8_t sum = 0xEF;
    for (size_t i = 0; i < size; i++)
        sum ^= bytes[i];
    return sum;
}

void sim_request_write_regs(sim_machine *m, const sim_request *request)
{
    for (unsigned i = 0; 16u * (i + 1) <= request->size; i++) {
        const uint32_t address = sim_request_word(request, 4 * i);
        const uint32_t mask = sim_request_word(request, 4 * i + 2);
        uint32_t value = sim_request_word(request, 4 * i + 1) & mask;
        m->board->cpu += (sim_time)sim_request_word(request, 4 * i + 3) * SIM_US;
        if (mask != UINT32_MAX)
            value |= board_read(m->board, address) & ~mask;
        board_write(m->board, address, value);
    }
}

size_t sim_request_security_info(const sim_machine *m, uint8_t *out)
{
    const sim_chip_options *o = &m->board->options;
    memset(out, 0, 20);
    /* Flags: esptool loader.py SECURITY_INFO_FLAG_MAP. */
    bytes_put_le32(out, (o->secure_boot != 0 ? 1u << 0 : 0) | (o->secure_download ? 1u << 2 : 0));
    out[4] = o->encrypted ? 1 : 0;
    out[5] = o->encrypted && !o->key_manager ? 4 : 0; /* purpose of key 0: XTS-AES-128 */
    if (o->secure_boot != 0)
        out[6] = 9; /* key 1: SECURE_BOOT_DIGEST0 */
    if ((o->chip->rom & SIM_ROM_SECURITY_ID) == 0)
        return 12;
    out[11] = o->chip->last_purpose;
    bytes_put_le32(out + 12, o->chip->id);
    bytes_put_le32(out + 16, (uint32_t)o->revision);
    return 20;
}

void sim_request_execute(sim_machine *m, uint32_t entry, const sim_loader *stub)
{
    if (!ram_can_run(&m->board->ram, entry))
        m->leave = SIM_LEAVE_CRASH;
    else if (!sim_own_execute(m, entry))
        machine_start(m, stub);
}
