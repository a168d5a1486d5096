/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/status.h"

#include <string.h>

enum {
    WEL = 1u << 1,
    BP_SHIFT = 2, /* three block protect bits */
    TB = 1u << 5, /* they count from the bottom */
    SRP = 1u << 7,
    CMP = 1u << 6, /* of the second register: the complement is protected */
    BP_ALL = 7,
    PROTECTION = 0x7Cu,
};

void status_power_on(sim_status *status)
{
    memcpy(status->now, status->kept, sizeof(status->now));
    status->write_enabled = status->volatile_enabled = status->reset_enabled = false;
}

/* Where a status write begins; SIM_STATUS_REGISTERS for another command. */
static unsigned written_by(uint8_t opcode)
{
    static const uint8_t opcodes[SIM_STATUS_REGISTERS] = {0x01, 0x31, 0x11};
    unsigned i = 0;
    while (i < SIM_STATUS_REGISTERS && opcodes[i] != opcode)
        i++;
    return i;
}

static void write(sim_status *status, unsigned first, const uint8_t *bytes, size_t size)
{
    const bool lasting = status->write_enabled;
    if ((!lasting && !status->volatile_enabled) || size == 0)
        return;
    for (size_t i = 0; i < size && first + i < SIM_STATUS_REGISTERS; i++) {
        status->now[first + i] = bytes[i];
        if (first + i == 0)
            status->now[0] &= (uint8_t)~3u; /* busy and write-enable are not stored */
        if (lasting)
            status->kept[first + i] = status->now[first + i];
    }
    status->lasting_writes += lasting;
    status->write_enabled = false;
}

/* Index of the register that a command reads; SIM_STATUS_REGISTERS for another command. */
static unsigned read_by(uint8_t opcode)
{
    static const uint8_t opcodes[SIM_STATUS_REGISTERS] = {0x05, 0x35, 0x15};
    unsigned i = 0;
    while (i < SIM_STATUS_REGISTERS && opcodes[i] != opcode)
        i++;
    return i;
}

static bool switch_something(sim_status *status, uint8_t opcode)
{
    switch (opcode) {
    case 0x06:
        status->write_enabled = true;
        return true;
    case 0x04:
        status->write_enabled = false;
        return true;
    case 0x50: /* WEL stays as it is */
        status->volatile_enabled = !status->lasting_only;
        return true;
    case 0x66:
        status->reset_enabled = !status->deaf_to_reset;
        return true;
    case 0x99:
        return true;
    default:
        return false;
    }
}

bool status_run(sim_status *status, uint8_t opcode, const uint8_t *out, size_t out_size, uint8_t *in, size_t in_size)
{
    const bool reset = status->reset_enabled && opcode == 0x99, by_volatile = status->volatile_enabled;
    const unsigned reads = read_by(opcode), writes = written_by(opcode);
    status->reset_enabled = false;
    if (reset) {
        status_power_on(status);
        return true;
    }
    if (switch_something(status, opcode))
        return true;
    if (writes < SIM_STATUS_REGISTERS)
        write(status, writes, out, out_size);
    status->volatile_enabled = by_volatile && reads < SIM_STATUS_REGISTERS;
    if (reads < SIM_STATUS_REGISTERS)
        memset(in, status->now[reads] | (reads == 0 && status->write_enabled ? WEL : 0), in_size);
    return reads < SIM_STATUS_REGISTERS || writes < SIM_STATUS_REGISTERS;
}

/* Seen on the mask ROMs of ESP32, ESP32-C3 and ESP32-S3, told by a flash that they were connected to. */
void status_unlock(sim_status *status)
{
    if ((status->now[0] & SRP) != 0)
        return;
    const uint8_t value = status->now[0] & (uint8_t)~PROTECTION;
    status->write_enabled = true;
    write(status, 0, &value, sizeof(value));
}

static bool is_in_range(const sim_status *status, uint64_t sector, uint64_t sectors)
{
    const unsigned bits = status->now[0] >> BP_SHIFT & BP_ALL;
    if (bits == 0)
        return false;
    /* The fraction that BP2..BP0 name, as on a W25Q128: 1/64 to 1/2, then all of it; TB picks the end. */
    const uint64_t covered = sectors >> (BP_ALL - bits);
    return (status->now[0] & TB) != 0 ? sector < covered : sector >= sectors - covered;
}

bool status_protects(const sim_status *status, uint64_t sector, uint64_t sectors)
{
    return is_in_range(status, sector, sectors) != ((status->now[1] & CMP) != 0);
}

bool status_protects_any(const sim_status *status)
{
    const bool none = (status->now[0] >> BP_SHIFT & BP_ALL) == 0, all = (status->now[0] >> BP_SHIFT & BP_ALL) == BP_ALL;
    return (status->now[1] & CMP) != 0 ? !all : !none;
}
