/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/writer.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "sim/common/random.h"
#include "sim/loader/access.h"

enum { WINDOW = 32768 };

/* Inflating into a window that is written when it is full or the stream ends, as tinfl's callers do. */
struct sim_inflate {
    z_stream stream;
    uint8_t window[WINDOW];
    size_t filled;
};

void sim_writer_free(sim_writer *w)
{
    if (w->inflate != NULL) {
        inflateEnd(&w->inflate->stream);
        free(w->inflate);
    }
    memset(w, 0, sizeof(*w));
}

/* Whether (a part of) a sector only seems to be erased or written. */
static bool lies(sim_machine *m)
{
    return sim_fault_strikes(machine_faults(m), SIM_FAULT_LIE_WRITE);
}

static void erase(sim_machine *m, uint32_t address, uint32_t size)
{
    if (!lies(m))
        sim_flash_erase(m->board->flash, access_reach(m, address), size);
}

/* Nothing of it, half of it, or a byte of it wrong. */
static void program_wrong(sim_machine *m, uint64_t address, const uint8_t *bytes, size_t size)
{
    uint64_t chance = sim_random(&machine_faults(m)->state);
    const unsigned kind = (unsigned)(chance % 3);
    if (kind == 1)
        sim_flash_program(m->board->flash, address, bytes, size / 2);
    if (kind != 2)
        return;
    const uint8_t none = 0;
    sim_flash_program(m->board->flash, address, bytes, size);
    sim_flash_program(m->board->flash, address + chance / 3 % size, &none, 1);
}

static void program_right(sim_machine *m, uint64_t address, const uint8_t *bytes, size_t size)
{
    sim_flash_program(m->board->flash, address, bytes, size);
}

/* False when it was not done, and nobody is told. */
static bool program(sim_machine *m, uint64_t address, const uint8_t *bytes, size_t size)
{
    bool true_all = true;
    while (size > 0) {
        const size_t left = SIM_SECTOR - (size_t)(address % SIM_SECTOR);
        const size_t part = size < left ? size : left;
        const bool lie = lies(m);
        (lie ? program_wrong : program_right)(m, address, bytes, part);
        true_all = true_all && !lie;
        address += part;
        bytes += part;
        size -= part;
    }
    return true_all;
}

/* Begin erasing the next block or sector; the flash works on while the CPU goes on. */
static void start_erase(sim_machine *m)
{
    sim_writer *w = &m->writer;
    const bool block = w->erase_remaining >= SIM_BLOCK && w->next_erase % SIM_BLOCK == 0;
    const uint32_t size = block ? SIM_BLOCK : SIM_SECTOR;
    board_wait_flash(m->board);
    erase(m, w->next_erase, size);
    m->board->flash_busy =
        m->board->cpu + (block ? m->board->options.timing.erase_block : m->board->options.timing.erase_sector);
    w->next_erase += size;
    w->erase_remaining -= size < w->erase_remaining ? size : w->erase_remaining;
}

static bool sector_is_blank(sim_machine *m, uint32_t address)
{
    uint8_t sector[SIM_SECTOR];
    access_read(m, address, sector, sizeof(sector));
    return bytes_are_all(sector, sizeof(sector), 0xFF);
}

/* esp-flasher-stub command_handler.c: blank sectors are skipped until the first that is not. */
static void erase_next(sim_machine *m)
{
    sim_writer *w = &m->writer;
    if (w->erase_remaining == 0)
        return;
    if (w->policy == SIM_ERASE_CONDITIONAL && !w->seen_dirty) {
        if (sector_is_blank(m, w->next_erase)) {
            w->next_erase += SIM_SECTOR;
            w->erase_remaining -= SIM_SECTOR;
            return;
        }
        w->seen_dirty = true;
    }
    start_erase(m);
}

bool sim_writer_begin(sim_machine *m, sim_erase_policy policy, uint32_t offset, uint32_t size, bool compressed)
{
    sim_writer *w = &m->writer;
    sim_writer_free(w);
    if (compressed) {
        w->inflate = calloc(1, sizeof(*w->inflate));
        if (w->inflate == NULL)
            return false;
        if (inflateInit(&w->inflate->stream) != Z_OK) {
            free(w->inflate);
            w->inflate = NULL;
            return false;
        }
    }
    w->active = true;
    w->compressed = compressed;
    w->policy = policy;
    w->offset = offset;
    w->remaining = size;
    w->next_erase = offset / SIM_SECTOR * SIM_SECTOR;
    const uint64_t end = ((uint64_t)offset + size + SIM_SECTOR - 1) / SIM_SECTOR * SIM_SECTOR;
    w->erase_remaining = size == 0 || policy == SIM_ERASE_DONE ? 0 : (uint32_t)(end - w->next_erase);
    if (policy == SIM_ERASE_CONDITIONAL)
        erase_next(m); /* before any block has come */
    return true;
}

/* The ROM reads back what it wrote and compares a checksum of one byte (esptool serial-protocol.rst, "Flash write
   error"). */
static bool reads_back(sim_machine *m, uint32_t offset, const uint8_t *bytes, size_t size)
{
    uint8_t sector[SIM_SECTOR];
    unsigned sum = 0;
    for (size_t done = 0; done < size;) {
        const size_t count = size - done < sizeof(sector) ? size - done : sizeof(sector);
        access_read(m, offset + (uint32_t)done, sector, count);
        sum ^= sim_request_checksum(sector, count) ^ sim_request_checksum(bytes + done, count);
        done += count;
    }
    return sum == 0;
}

static sim_write_result write_out(sim_machine *m, const uint8_t *bytes, size_t size)
{
    sim_writer *w = &m->writer;
    if (w->dropped)
        return SIM_WRITE_OK;
    while (w->erase_remaining > 0 && w->next_erase < w->offset + size)
        erase_next(m);
    board_wait_flash(m->board);
    bool checks = w->policy == SIM_ERASE_DONE;
    const bool reaches = !checks || w->offset % 4 == 0; /* a ROM writes words; what others would do is not asked */
    if (board_flash_powered(m->board) && reaches)
        checks = program(m, access_reach(m, w->offset), bytes, size) && checks;
    m->board->cpu += (sim_time)((size + SIM_PAGE - 1) / SIM_PAGE) * m->board->options.timing.program_page;
    const uint32_t offset = w->offset;
    w->offset += (uint32_t)size;
    w->remaining -= (uint32_t)size; /* may wrap, as it does in the stubs when more comes than was announced */
    if (checks && !reads_back(m, offset, bytes, size))
        return SIM_WRITE_MISMATCH;
    return SIM_WRITE_OK;
}

static sim_write_result flush_window(sim_machine *m)
{
    struct sim_inflate *inflate = m->writer.inflate;
    /* A ROM writes words, the last one with whatever else there is in its buffer. */
    const size_t unit = m->writer.policy == SIM_ERASE_DONE ? 4 : 1;
    const size_t size = (inflate->filled + unit - 1) / unit * unit;
    inflate->filled = 0;
    return size == 0 ? SIM_WRITE_OK : write_out(m, inflate->window, size);
}

static sim_write_result inflate_data(sim_machine *m, const uint8_t *bytes, size_t size)
{
    sim_writer *w = &m->writer;
    struct sim_inflate *in = w->inflate;
    in->stream.next_in = (z_const Bytef *)bytes;
    in->stream.avail_in = (uInt)size;
    while (in->stream.avail_in > 0 && !w->ended) {
        if (m->board->cpu >= m->board->flash_busy) /* erase ahead while inflating, if the flash is free */
            erase_next(m);
        in->stream.next_out = in->window + in->filled;
        in->stream.avail_out = (uInt)(WINDOW - in->filled);
        const int result = inflate(&in->stream, Z_NO_FLUSH);
        if (result == Z_DATA_ERROR && strcmp(in->stream.msg, "incorrect data check") == 0)
            return SIM_WRITE_BAD_SUM;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return SIM_WRITE_BAD_STREAM;
        in->filled = WINDOW - in->stream.avail_out;
        w->ended = result == Z_STREAM_END;
        if (w->ended || in->filled == WINDOW) {
            const sim_write_result written = flush_window(m);
            if (written != SIM_WRITE_OK)
                return written;
        }
    }
    return SIM_WRITE_OK;
}

sim_write_result sim_writer_data(sim_machine *m, const uint8_t *bytes, size_t size)
{
    sim_writer *w = &m->writer;
    if (w->compressed)
        return inflate_data(m, bytes, size);
    if (w->policy != SIM_ERASE_DONE && size > w->remaining)
        size = w->remaining; /* the last block may be padded beyond what was announced */
    return size == 0 ? SIM_WRITE_OK : write_out(m, bytes, size);
}

void sim_writer_erase_now(sim_machine *m, uint32_t offset, uint32_t size)
{
    board_wait_flash(m->board);
    uint32_t at = offset / SIM_SECTOR * SIM_SECTOR;
    uint32_t left = size;
    while (left > 0) {
        const bool block = left >= SIM_BLOCK && at % SIM_BLOCK == 0;
        const uint32_t step = block ? SIM_BLOCK : SIM_SECTOR;
        if (board_flash_powered(m->board))
            erase(m, at, step);
        m->board->cpu += block ? m->board->options.timing.erase_block : m->board->options.timing.erase_sector;
        at += step;
        left -= step < left ? step : left;
    }
}

void sim_writer_program_now(sim_machine *m, uint32_t address, const uint8_t *bytes, uint32_t size)
{
    board_wait_flash(m->board);
    if (board_flash_powered(m->board))
        (void)program(m, access_reach(m, address), bytes, size);
    m->board->cpu += m->board->options.timing.program_page;
}
