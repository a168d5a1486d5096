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

void sim_request_write_reg(sim_machine *m, const uint8_t entry[WRITE_REG_ENTRY])
{
    const uint32_t address = bytes_get_le32(entry), mask = bytes_get_le32(entry + 8);
    uint32_t value = bytes_get_le32(entry + 4) & mask;
    m->board->cpu += (sim_time)bytes_get_le32(entry + 12) * SIM_US;
    if (mask != UINT32_MAX)
        value |= board_read(m->board, address) & ~mask;
    board_write(m->board, address, value);
}

void sim_request_write_regs(sim_machine *m, const sim_request *request)
{
    for (unsigned at = 0; at + WRITE_REG_ENTRY <= request->size; at += WRITE_REG_ENTRY)
        sim_request_write_reg(m, request->data + at);
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
    bytes_put_le32(out + 16, o->chip->security_version != 0 ? o->chip->security_version : (uint32_t)o->revision);
    return 20;
}

void sim_request_execute(sim_machine *m, uint32_t entry, const sim_loader *stub)
{
    const uint32_t restart = m->board->options.chip->rom_restart;
    if (restart != 0 && entry == restart)
        m->leave = SIM_LEAVE_RESTART;
    else if (!ram_can_run(&m->board->ram, entry))
        machine_die(m, m->board->options.chip->last_words.fetch);
    else if (!sim_own_execute(m, entry))
        machine_start(m, stub);
}
