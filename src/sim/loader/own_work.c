/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/own_work.h"

#include <string.h>
#include <zlib.h>

#include "firmware/wire.h"

enum {
    WINDOW_BITS = 13, /* the mask ROMs' compressor looks 8 KiB back */
    MEMORY = 6,       /* 4096 symbols a deflate block: about what its buffer of 8 KiB holds */
    GREEDY_LEVEL = 3,
    LAZY_LEVEL = 9,
    LONG_ENOUGH = 32, /* a match that long is only looked at a quarter as hard for a better one, in both */
    LONGEST = 258,
    EFFORT_PROBES = 0xFFF,
};

/*
 * Instructions a byte times 100, counted with the mask ROMs of the ESP32 and the ESP32-C3 on emulators. Sending, ring
 * and interrupt together, and inflating are estimates. The accelerator's blocks of 64 bytes take 94 instructions on the
 * ESP32-S3 and 119 on the ESP32-C3; about 20 of them go to its registers, for which 4 clocks more each are assumed, as
 * long as 0.75 instructions a byte. Nothing is waited for: it works on one block, in some 80 clocks, while the next one
 * is brought.
 */
static const struct work_cost {
    unsigned xtensa, riscv;
} costs[OWN_WORKS] = {
    [OWN_WORK_CRC] = {1000, 1200},     [OWN_WORK_MD5] = {1200, 1400}, [OWN_WORK_SHA256] = {220, 260},
    [OWN_WORK_FLASH] = {230, 410},     [OWN_WORK_BLANK] = {60, 75},   [OWN_WORK_SEND] = {1500, 1500},
    [OWN_WORK_INFLATE] = {4000, 4000},
};

/*
 * Instructions a byte of the compressor. Its work goes nearly by what comes out: runs take 32 a byte, and
 * what cannot be compressed 260. Looking longer for matches costs in between, where there are some. The
 * rows hold for the ESP32: 187 a byte of application code at 4 probes greedy, 243 at 32 lazy.
 */
enum { RUN_COST = 32, LITERAL_COST = 228, RISCV_PERCENT = 94 };
static const struct effort_row {
    unsigned probes;
    int greedy, lazy; /* what is added at the most */
} efforts[] = {
    {1, -4, 15}, {4, 0, 26}, {16, 11, 50}, {32, 18, 65}, {128, 40, 110}, {EFFORT_PROBES, 80, 200},
};

static const sim_own *own_of(const sim_machine *m)
{
    return &m->board->options.chip->own;
}

unsigned own_work_mhz(const sim_machine *m)
{
    const unsigned mhz = m->line->options.usb == SIM_USB_NONE ? own_of(m)->uart_mhz : own_of(m)->usb_mhz;
    if (m->options.own_mhz != 0)
        return m->options.own_mhz;
    return mhz != 0 ? mhz : m->board->options.crystal_mhz;
}

static sim_time time_of(const sim_machine *m, double instructions)
{
    return (sim_time)(instructions * m->options.own_cycles * 1000 / own_work_mhz(m));
}

sim_time own_work_time(const sim_machine *m, own_work work, uint32_t size)
{
    return time_of(m, (double)size * (own_of(m)->riscv ? costs[work].riscv : costs[work].xtensa) / 100);
}

/* On the line between the two rows around it. */
static double effort_cost(uint32_t effort)
{
    const bool greedy = (effort & WIRE_GREEDY) != 0;
    const unsigned probes = effort & EFFORT_PROBES;
    size_t i = 1;
    while (probes > efforts[i].probes)
        i++;
    const struct effort_row *a = &efforts[i - 1], *b = &efforts[i];
    const int low = greedy ? a->greedy : a->lazy, high = greedy ? b->greedy : b->lazy;
    return low + (double)(high - low) * ((double)probes - a->probes) / (b->probes - a->probes);
}

sim_time own_work_deflate_time(const sim_machine *m, uint32_t effort, uint32_t size, uint32_t packed)
{
    const double ratio = size != 0 ? (double)packed / size : 0;
    const double each = RUN_COST + LITERAL_COST * ratio + effort_cost(effort) * 4 * ratio * (1 - ratio);
    return time_of(m, each * size * (own_of(m)->riscv ? RISCV_PERCENT : 100) / 100);
}

uint32_t own_work_deflate(const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort)
{
    const unsigned probes = effort & EFFORT_PROBES;
    z_stream stream;
    memset(&stream, 0, sizeof(stream));
    const int level = (effort & WIRE_GREEDY) != 0 ? GREEDY_LEVEL : LAZY_LEVEL;
    if (deflateInit2(&stream, level, Z_DEFLATED, -WINDOW_BITS, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    (void)deflateTune(&stream, LONG_ENOUGH, LONGEST, LONGEST, probes != 0 ? (int)probes : 1);
    stream.next_in = (z_const Bytef *)bytes;
    stream.avail_in = size;
    stream.next_out = out;
    stream.avail_out = room;
    const uint32_t packed = deflate(&stream, Z_FINISH) == Z_STREAM_END ? (uint32_t)stream.total_out : 0;
    (void)deflateEnd(&stream);
    return packed;
}

bool own_work_inflate(const void *bytes, uint32_t packed, void *out, uint32_t size)
{
    uint8_t more;
    z_stream stream;
    memset(&stream, 0, sizeof(stream));
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return false;
    stream.next_in = (z_const Bytef *)bytes;
    stream.avail_in = packed;
    stream.next_out = out;
    stream.avail_out = size;
    int result = inflate(&stream, Z_FINISH);
    if (result == Z_BUF_ERROR && stream.avail_out == 0) { /* perhaps only the end mark is missing */
        stream.next_out = &more;
        stream.avail_out = 1;
        result = inflate(&stream, Z_FINISH);
    }
    const bool whole = result == Z_STREAM_END && stream.total_out == size;
    (void)inflateEnd(&stream);
    return whole;
}
