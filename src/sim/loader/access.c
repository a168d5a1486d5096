/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/access.h"

#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "sim/common/random.h"

uint64_t access_reach(const sim_machine *m, uint64_t address)
{
    const sim_chip *chip = m->board->options.chip;
    const sim_stub_kind kind = m->loader->kind;
    const bool wide = (kind == SIM_STUB_CURRENT && chip->wide_current) ||
                      (kind == SIM_STUB_LEGACY && chip->wide_legacy) || (kind == SIM_STUB_OWN && chip->own.wide);
    return wide ? address : address % NARROW_LIMIT;
}

/* One bit of a sector reads wrong, another one each time. */
static void spoil(sim_machine *m, sim_fault_kind kind, uint64_t address, uint8_t *bytes, size_t size)
{
    const uint64_t sector = (uint64_t)machine_faults(m)->amount[kind] / SIM_SECTOR * SIM_SECTOR;
    const uint64_t from = sector > address ? sector : address;
    const uint64_t to = bytes_min64(sector + SIM_SECTOR, address + size);
    const uint64_t chance = sim_random(&machine_faults(m)->state);
    bytes[from - address + chance % (to - from)] ^= (uint8_t)(1u << (chance >> 61));
}

static void flicker(sim_machine *m, uint64_t address, uint8_t *bytes, size_t size)
{
    sim_fault_stream *stream = machine_faults(m);
    if (sim_fault_covers(stream, SIM_FAULT_FLICKER, address, size))
        spoil(m, SIM_FAULT_FLICKER, address, bytes, size);
    if (stream->struck[SIM_FAULT_WAVER] < SIM_FAULT_WAVERS && sim_fault_covers(stream, SIM_FAULT_WAVER, address, size))
        spoil(m, SIM_FAULT_WAVER, address, bytes, size);
}

bool access_fails(sim_machine *m, sim_fault_kind kind, uint64_t address, size_t size)
{
    const sim_stub_kind wanted = m->options.fault_stub;
    const bool strikes = wanted == SIM_STUB_AUTO || wanted == m->loader->kind;
    return strikes && sim_fault_covers(machine_faults(m), kind, address, size);
}

void access_lie(sim_machine *m, uint64_t address, uint8_t *bytes, size_t size)
{
    sim_fault_stream *stream = machine_faults(m);
    if (access_fails(m, SIM_FAULT_GARBLE, address, size))
        bytes[size / 2] ^= 0x10;
    if (access_fails(m, SIM_FAULT_CRASH, address, size))
        board_die(m->board);
    if (size == 0 || !sim_fault_strikes(stream, SIM_FAULT_LIE_DATA))
        return;
    const uint64_t chance = sim_random(&stream->state);
    bytes[chance % size] ^= (uint8_t)(1u << (chance >> 61));
}

static void read_at(sim_machine *m, uint64_t address, uint8_t *bytes, size_t size)
{
    if (!board_flash_powered(m->board)) {
        memset(bytes, 0, size);
        return;
    }
    /* Where addresses are short, a run that crosses 16 MB goes on at 0. */
    while (size > 0) {
        const uint64_t at = access_reach(m, address);
        const size_t count = (size_t)bytes_min64(size, NARROW_LIMIT - at % NARROW_LIMIT);
        sim_flash_read(m->board->flash, at, bytes, count);
        flicker(m, at, bytes, count);
        bytes += count;
        size -= count;
        address += count;
    }
}

void access_read(sim_machine *m, uint32_t address, uint8_t *bytes, size_t size)
{
    board_wait_flash(m->board);
    read_at(m, address, bytes, size);
    m->board->cpu += (sim_time)size * m->board->options.timing.read_byte;
}

bool access_md5(sim_machine *m, uint32_t address, uint32_t size, uint8_t out[16])
{
    uint8_t bytes[SIM_SECTOR];
    digest *md5;
    if (digest_new(&md5, DIGEST_MD5, NULL) != ESPBAK_OK)
        return false;
    board_wait_flash(m->board);
    m->board->cpu += (sim_time)size * m->board->options.timing.hash_byte;
    bool ok = true;
    for (uint32_t done = 0; ok && done < size;) {
        const uint32_t count = size - done < sizeof(bytes) ? size - done : (uint32_t)sizeof(bytes);
        read_at(m, (uint64_t)address + done, bytes, count);
        ok = digest_update(md5, bytes, count, NULL) == ESPBAK_OK;
        done += count;
    }
    ok = ok && digest_finish(md5, out, NULL) == ESPBAK_OK;
    if (ok)
        sim_fault_lie(machine_faults(m), out, DIGEST_MD5_SIZE);
    digest_free(md5);
    return ok;
}
