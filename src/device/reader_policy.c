/* SPDX-License-Identifier: Apache-2.0 */
#include "device/reader_policy.h"

#include <stddef.h>

#include "reader/wire.h"

/*
 * Cycles and sizes as measured with the mask ROMs of the ESP32 and ESP32-C3 (docs/reader.md), at 1.7
 * cycles an instruction.
 */
enum {
    CYCLES_BESIDE = 40, /* a byte: flash read, CRC, look for blank, sending */
    CYCLES_DIGEST = 60, /* a byte: flash read and MD5 */
    BLOCK_OVERHEAD =
        130, /* bytes on the line that a block costs: header, request, and a dictionary that starts empty */
    BLOCK_FAST = 32 * 1024,
    BLOCK_USUAL = 16 * 1024, /* independent blocks of this size lose half a percent against one stream */
    BLOCK_SHORTEST = 1024,
    BLOCK_CAREFUL = 4096,
    FAST_LINE = 500 * 1000, /* bytes a second from which on a turn of the main loop counts */
    WINDOW_LEAST = 4,
    WINDOW_CAREFUL = 2,
    CPU_UNKNOWN = 40,    /* MHz: what every ROM runs at */
    FLASH_READ_RATE = 8, /* bytes a microsecond that a blank block is read at */
    SPARE = 115,         /* percent of the line's rate that the compressor must be able to do */
};

static const double usual_ratio = 0.68; /* of application code */

/* How hard to compress, the cheapest first. */
static const struct {
    uint32_t effort;
    uint32_t cycles; /* a byte */
} efforts[] = {
    {READER_GREEDY | 4, 318},
    {32, 413},
    {128, 800},
};
enum { EFFORTS = sizeof(efforts) / sizeof(efforts[0]) };

static double ratio_of(const reader_conditions *c)
{
    return c->ratio > 0.05 && c->ratio <= 1 ? c->ratio : usual_ratio;
}

/* The hardest effort that keeps the line busy; where none does, the one that is still faster than sending as it is. */
static uint32_t choose_effort(const reader_conditions *c)
{
    const double clock = 1e6 * (c->cpu_mhz != 0 ? c->cpu_mhz : CPU_UNKNOWN);
    const double needed = (double)c->line_rate / ratio_of(c) * SPARE / 100;
    uint32_t effort = 0;
    if (!c->deflate)
        return 0;
    for (size_t i = 0; i < EFFORTS; i++) {
        const double rate = clock / (efforts[i].cycles + CYCLES_BESIDE);
        if (rate >= needed || (i == 0 && rate > (double)c->line_rate))
            effort = efforts[i].effort;
    }
    return effort;
}

/*
 * A block that is damaged is sent again whole, and each block costs something of its own. With w bytes
 * on the line, n of overhead and p damages a byte, (1 + n/w)·e^(pw) is least at w = sqrt(n/p), nearly.
 */
static uint32_t choose_block(const reader_conditions *c)
{
    uint32_t block = c->line_rate >= FAST_LINE ? BLOCK_FAST : BLOCK_USUAL;
    const double ratio = ratio_of(c);
    while (block > BLOCK_SHORTEST && c->error_rate * ratio * block * ratio * block > BLOCK_OVERHEAD)
        block -= BLOCK_SHORTEST;
    if (c->careful && block > BLOCK_CAREFUL)
        block = BLOCK_CAREFUL;
    if (block > c->block_most)
        block = c->block_most / READER_ALIGNMENT * READER_ALIGNMENT;
    return block > BLOCK_SHORTEST ? block : BLOCK_SHORTEST;
}

/* Enough that blank blocks, which take no time on the line, do not wait for the next request. */
static unsigned choose_window(const reader_conditions *c, uint32_t block)
{
    const espbak_time blank = block / FLASH_READ_RATE + 1;
    const espbak_time needed = 2 + (c->round_trip > 0 ? c->round_trip : 0) / blank;
    const unsigned most = c->queue + 1;
    if (c->careful)
        return WINDOW_CAREFUL < most ? WINDOW_CAREFUL : most;
    if (needed >= (espbak_time)most)
        return most;
    return needed > WINDOW_LEAST || most < WINDOW_LEAST ? (unsigned)needed : WINDOW_LEAST;
}

reader_manner reader_policy(const reader_conditions *c)
{
    reader_manner manner = {.block = choose_block(c), .effort = choose_effort(c)};
    manner.window = choose_window(c, manner.block);
    return manner;
}

espbak_time reader_policy_work(uint32_t op, uint32_t length, uint32_t argument, uint32_t cpu_mhz)
{
    uint64_t cycles = CYCLES_DIGEST;
    if (op == READER_OP_READ)
        cycles = CYCLES_BESIDE + (argument != 0 ? efforts[EFFORTS - 1].cycles : 0);
    else if (op != READER_OP_CRC32 && op != READER_OP_MD5)
        return 0;
    return (espbak_time)(cycles * length / (cpu_mhz != 0 ? cpu_mhz : CPU_UNKNOWN)) + length / (FLASH_READ_RATE / 4);
}

uint64_t reader_policy_hash_rate(uint32_t cpu_mhz)
{
    return (uint64_t)cpu_mhz * 1000 * 1000 / CYCLES_DIGEST;
}

double reader_policy_usual_ratio(void)
{
    return usual_ratio;
}
