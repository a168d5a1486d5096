/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/own/policy.h"

#include <stddef.h>

#include "firmware/wire.h"

/*
 * Instructions and sizes as measured with the mask ROMs of the ESP32 and ESP32-C3 (docs/loader.md). What
 * the compressor does goes nearly by what comes out; runs take few, and what cannot be compressed most.
 */
enum {
    RUN_COST = 32, /* instructions a byte */
    LITERAL_COST = 228,
    READ_COST = 13,   /* a byte: flash read, CRC, look for blank */
    SEND_COST = 15,   /* a byte on the line */
    DIGEST_COST = 35, /* a byte: flash read and MD5, with room for slow flash */
    SHA256_COST = 14, /* the same by an accelerator */
    BLOCK_OVERHEAD =
        130, /* bytes on the line that a block costs: header, request, and a dictionary that starts empty */
    BLOCK_FAST = 32 * 1024,
    BLOCK_USUAL = 16 * 1024, /* independent blocks of this size lose half a percent against one stream */
    BLOCK_SHORTEST = 1024,
    BLOCK_CAREFUL = 4096,
    FAST_LINE = 500 * 1000, /* bytes a second from which on a turn of the main loop counts */
    WINDOW_LEAST = 4,
    WINDOW_CAREFUL = 2,
    /*
     * What flash mostly takes (W25Q128JV: 150 ms a block, 45 ms a sector, 16 pages of 0.4 ms). At worst it is 2 s and
     * 0.4 s: patience is doubled three times before anything is given up, and a request may be sent again meanwhile.
     */
    ERASE_BLOCK_USUAL = 200 * ESPBAK_MS,
    WRITE_SECTOR_USUAL = 60 * ESPBAK_MS,
    CPU_UNKNOWN = 40,    /* MHz: what every ROM runs at */
    FLASH_READ_RATE = 8, /* bytes a microsecond that a blank block is read at */
};

static const double cycles = 1.7;          /* an instruction; an assumption that own_conditions.pace puts right */
static const double usual_ratio = 0.68;    /* of application code */
static const double shrinks_well = 0.2;    /* up to here little is won by sending anything as it is */
static const double hopeless_ratio = 0.97; /* from which on compressing is only tried now and then */
static const double hopeless_share = 0.875;
static const double worth_it = 0.75; /* of the line's time: such work costs nothing, even when it is for nothing */
static const double damaged_share =
    0.4;                         /* damages in a WRITE: up to here sending some again is cheaper than shorter ones */
static const double spare = 0.9; /* of the time that a block takes on the line */

/* How hard to compress, the cheapest first; `more` instructions a byte at the most, where there are matches to find. */
static const struct {
    uint32_t effort;
    unsigned more;
} efforts[] = {
    {WIRE_GREEDY | 4, 0},
    {32, 65},
    {128, 110},
};
enum { EFFORTS = sizeof(efforts) / sizeof(efforts[0]) };

static double ratio_of(const own_conditions *c)
{
    const double ratio = c->ratio > 0 && c->ratio <= 1 ? c->ratio : usual_ratio;
    return ratio > 0.01 ? ratio : 0.01;
}

/* Microseconds that the chip works for a byte of flash. */
static double work_of(const own_conditions *c, double instructions, double sent)
{
    const double mhz = (c->cpu_mhz != 0 ? c->cpu_mhz : CPU_UNKNOWN) * (c->pace > 0 ? c->pace : 1);
    return (instructions + READ_COST + SEND_COST * sent) * cycles / mhz + 1.0 / FLASH_READ_RATE;
}

static double work_packed(const own_conditions *c, unsigned more)
{
    const double ratio = ratio_of(c);
    return work_of(c, RUN_COST + LITERAL_COST * ratio + more * 4 * ratio * (1 - ratio), ratio);
}

/*
 * The hardest effort that keeps the line busy. Where none does, some blocks are sent as they are: so many
 * that the line takes as long for all of them as the processor.
 */
static void choose_effort(const own_conditions *c, own_manner *manner)
{
    const double ratio = ratio_of(c), byte = 1e6 / (c->line_rate != 0 ? c->line_rate : 1);
    const double packed = work_packed(c, 0), raw = work_of(c, 0, 1);
    if (!c->deflate)
        return;
    manner->effort = efforts[0].effort;
    for (size_t i = 1; i < EFFORTS; i++) {
        if (work_packed(c, efforts[i].more) < spare * byte * ratio)
            manner->effort = efforts[i].effort;
    }
    if (packed > byte * ratio && ratio > shrinks_well)
        manner->raw_share = (packed - byte * ratio) / (byte * (1 - ratio) + packed - raw);
    if (ratio > hopeless_ratio && packed > worth_it * byte)
        manner->raw_share = hopeless_share;
    if (manner->raw_share > hopeless_share)
        manner->raw_share = hopeless_share;
}

/*
 * A block that is damaged is sent again whole, and each block costs something of its own. With w bytes
 * on the line, n of overhead and p damages a byte, (1 + n/w)·e^(pw) is least at w = sqrt(n/p), nearly.
 */
static uint32_t choose_block(const own_conditions *c)
{
    uint32_t block = c->line_rate >= FAST_LINE ? BLOCK_FAST : BLOCK_USUAL;
    const double ratio = ratio_of(c);
    while (block > BLOCK_SHORTEST && c->error_rate * ratio * block * ratio * block > BLOCK_OVERHEAD)
        block -= BLOCK_SHORTEST;
    if (c->careful && block > BLOCK_CAREFUL)
        block = BLOCK_CAREFUL;
    if (block > c->block_most)
        block = c->block_most / WIRE_ALIGNMENT * WIRE_ALIGNMENT;
    return block > BLOCK_SHORTEST ? block : BLOCK_SHORTEST;
}

/* Enough that blank blocks, which take no time on the line, do not wait for the next request. */
static unsigned choose_window(const own_conditions *c, uint32_t block)
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

own_manner own_policy(const own_conditions *c)
{
    own_manner manner = {.block = choose_block(c)};
    choose_effort(c, &manner);
    manner.window = choose_window(c, manner.block);
    return manner;
}

espbak_time own_policy_work(uint32_t op, uint32_t length, uint32_t argument, uint32_t cpu_mhz)
{
    const own_conditions worst = {.cpu_mhz = cpu_mhz, .ratio = 1};
    if (op == WIRE_OP_READ && argument == 0)
        return (espbak_time)(work_of(&worst, 0, 1) * length);
    if (op == WIRE_OP_READ)
        return (espbak_time)(work_packed(&worst, efforts[EFFORTS - 1].more) * length);
    if (op == WIRE_OP_CRC32 || op == WIRE_OP_MD5 || op == WIRE_OP_SHA256)
        return (espbak_time)(work_of(&worst, DIGEST_COST, 0) * length);
    if (op == WIRE_OP_ERASE)
        return (espbak_time)(length / WIRE_ERASE_BLOCK + 1) * ERASE_BLOCK_USUAL;
    if (op == WIRE_OP_WRITE)
        return (espbak_time)(length / WIRE_SECTOR + 1) * WRITE_SECTOR_USUAL;
    return 0;
}

uint32_t own_policy_write_block(double error_rate, uint32_t most)
{
    static const uint32_t sizes[] = {16 * 1024, 8 * 1024, WIRE_SECTOR, 1024, WIRE_PAGE};
    enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
    for (size_t i = 0; i + 1 < SIZES; i++) {
        if (sizes[i] <= most && error_rate * usual_ratio * sizes[i] < damaged_share)
            return sizes[i];
    }
    return sizes[SIZES - 1];
}

uint64_t own_policy_hash_rate(uint32_t cpu_mhz, bool sha256)
{
    const own_conditions c = {.cpu_mhz = cpu_mhz};
    return (uint64_t)(1e6 / work_of(&c, (sha256 ? SHA256_COST : DIGEST_COST) / 2.0, 0));
}

espbak_time own_policy_blank_time(uint64_t bytes)
{
    return (espbak_time)(bytes / FLASH_READ_RATE);
}

double own_policy_usual_ratio(void)
{
    return usual_ratio;
}
