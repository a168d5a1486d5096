/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "sim/state.h"

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

uint32_t sim_command_read_register(sim_device *d, uint32_t address)
{
    uint32_t value;
    if (ram_read(&d->ram, address, &value))
        return value;
    if (d->options.chip->rom_read_slot != 0 && address == d->options.chip->rom_read_slot)
        return d->rom.read_pointer;
    return registers_read(&d->registers, address);
}

static void write_reg(sim_device *d, uint32_t address, uint32_t value)
{
    if (ram_write(&d->ram, address, value))
        return;
    if (d->options.chip->rom_read_slot != 0 && address == d->options.chip->rom_read_slot) {
        d->rom.read_pointer = value;
        return;
    }
    registers_write(&d->registers, address, value);
    sim_chip_take_watchdog(d);
}

void sim_command_execute(sim_device *d, uint32_t entry, const sim_loader *stub)
{
    if (!ram_can_run(&d->ram, entry))
        sim_chip_crash(d);
    else if (!sim_own_execute(d, entry))
        sim_chip_start_loader(d, stub);
}

/* Entries of address, value, mask, delay in microseconds; several may follow each other. */
void sim_command_write_regs(sim_device *d, const sim_request *request)
{
    for (unsigned i = 0; 16u * (i + 1) <= request->size; i++) {
        const uint32_t address = sim_request_word(request, 4 * i);
        const uint32_t mask = sim_request_word(request, 4 * i + 2);
        uint32_t value = sim_request_word(request, 4 * i + 1) & mask;
        d->cpu += (sim_time)sim_request_word(request, 4 * i + 3) * SIM_US;
        if (mask != UINT32_MAX)
            value |= sim_command_read_register(d, address) & ~mask;
        write_reg(d, address, value);
    }
}

size_t sim_command_security_info(const sim_device *d, uint8_t *out)
{
    const sim_options *o = &d->options;
    const bool with_id = (o->chip->rom & SIM_ROM_SECURITY_ID) != 0;
    memset(out, 0, 20);
    /* Flags: esptool loader.py SECURITY_INFO_FLAG_MAP. */
    bytes_put_le32(out, (o->secure_boot != 0 ? 1u << 0 : 0) | (o->secure_download ? 1u << 2 : 0));
    out[4] = o->encrypted ? 1 : 0;
    out[5] = o->encrypted && !o->key_manager ? 4 : 0; /* purpose of key 0: XTS-AES-128 */
    if (o->secure_boot != 0)
        out[6] = 9; /* key 1: SECURE_BOOT_DIGEST0 */
    if (!with_id)
        return 12;
    if (o->chip->id == 5)
        out[11] = 0x0C; /* a purpose of no key, seen on a real ESP32-C3 */
    bytes_put_le32(out + 12, o->chip->id);
    bytes_put_le32(out + 16, (uint32_t)o->revision);
    return 20;
}

uint64_t sim_command_reach(const sim_device *d, uint64_t address)
{
    const sim_chip *chip = d->options.chip;
    const bool wide =
        (d->loader == &current_stub && chip->wide_current) || (d->loader == &legacy_stub && chip->wide_legacy);
    return wide ? address : address % NARROW_LIMIT;
}

static void wait_flash(sim_device *d)
{
    if (d->cpu < d->flash_busy)
        d->cpu = d->flash_busy;
}

/* One bit of a sector reads wrong, another one each time. */
static void spoil(sim_device *d, sim_fault_kind kind, uint64_t address, uint8_t *bytes, size_t size)
{
    const uint64_t sector = (uint64_t)d->faults[SIM_FROM_CHIP].amount[kind] / SIM_SECTOR * SIM_SECTOR;
    const uint64_t from = sector > address ? sector : address;
    const uint64_t to = bytes_min64(sector + SIM_SECTOR, address + size);
    const uint64_t chance = sim_random(&d->faults[SIM_FROM_CHIP].state);
    bytes[from - address + chance % (to - from)] ^= (uint8_t)(1u << (chance >> 61));
}

static void flicker(sim_device *d, uint64_t address, uint8_t *bytes, size_t size)
{
    sim_fault_stream *stream = &d->faults[SIM_FROM_CHIP];
    if (sim_fault_covers(stream, SIM_FAULT_FLICKER, address, size))
        spoil(d, SIM_FAULT_FLICKER, address, bytes, size);
    if (stream->struck[SIM_FAULT_WAVER] < SIM_FAULT_WAVERS && sim_fault_covers(stream, SIM_FAULT_WAVER, address, size))
        spoil(d, SIM_FAULT_WAVER, address, bytes, size);
}

bool sim_command_fails(sim_device *d, sim_fault_kind kind, uint64_t address, size_t size)
{
    const sim_stub_kind wanted = d->options.fault_stub;
    const bool strikes = wanted == SIM_STUB_AUTO || (wanted == SIM_STUB_CURRENT && d->loader == &current_stub) ||
                         (wanted == SIM_STUB_LEGACY && d->loader == &legacy_stub) ||
                         (wanted == SIM_STUB_OWN && d->loader == &own_loader);
    return strikes && sim_fault_covers(&d->faults[SIM_FROM_CHIP], kind, address, size);
}

void sim_command_lie(sim_device *d, uint64_t address, uint8_t *bytes, size_t size)
{
    sim_fault_stream *stream = &d->faults[SIM_FROM_CHIP];
    if (sim_command_fails(d, SIM_FAULT_GARBLE, address, size))
        bytes[size / 2] ^= 0x10;
    d->dead = d->dead || sim_command_fails(d, SIM_FAULT_CRASH, address, size);
    if (size == 0 || !sim_fault_strikes(stream, SIM_FAULT_LIE_DATA))
        return;
    const uint64_t chance = sim_random(&stream->state);
    bytes[chance % size] ^= (uint8_t)(1u << (chance >> 61));
}

static void read_at(sim_device *d, uint64_t address, uint8_t *bytes, size_t size)
{
    if (!registers_flash_powered(&d->registers)) {
        memset(bytes, 0, size);
        return;
    }
    /* Where addresses are short, a run that crosses 16 MB goes on at 0. */
    while (size > 0) {
        const uint64_t at = sim_command_reach(d, address);
        const size_t count = (size_t)bytes_min64(size, NARROW_LIMIT - at % NARROW_LIMIT);
        sim_flash_read(d->flash, at, bytes, count);
        flicker(d, at, bytes, count);
        bytes += count;
        size -= count;
        address += count;
    }
}

void sim_command_read_flash(sim_device *d, uint32_t address, uint8_t *bytes, size_t size)
{
    wait_flash(d);
    read_at(d, address, bytes, size);
    d->cpu += (sim_time)size * d->options.timing.read_byte;
}

bool sim_command_md5(sim_device *d, uint32_t address, uint32_t size, uint8_t out[16])
{
    uint8_t bytes[SIM_SECTOR];
    digest *md5;
    if (digest_new(&md5, DIGEST_MD5, NULL) != ESPBAK_OK)
        return false;
    wait_flash(d);
    d->cpu += (sim_time)size * d->options.timing.hash_byte;
    bool ok = true;
    for (uint32_t done = 0; ok && done < size;) {
        const uint32_t count = size - done < sizeof(bytes) ? size - done : (uint32_t)sizeof(bytes);
        read_at(d, (uint64_t)address + done, bytes, count);
        ok = digest_update(md5, bytes, count, NULL) == ESPBAK_OK;
        done += count;
    }
    ok = ok && digest_finish(md5, out, NULL) == ESPBAK_OK;
    if (ok && sim_fault_strikes(&d->faults[SIM_FROM_CHIP], SIM_FAULT_LIE))
        out[0] ^= 1;
    digest_free(md5);
    return ok;
}
