/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/line/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sim/common/random.h"

static const struct fault_kind {
    const char *name;
    bool counts; /* the amount is a number of bytes, else a probability */
} kinds[SIM_FAULT_KINDS] = {
    [SIM_FAULT_FLIP] = {"flip", false},
    [SIM_FAULT_DROP] = {"drop", false},
    [SIM_FAULT_INSERT] = {"insert", false},
    [SIM_FAULT_STALL] = {"stall", false},
    [SIM_FAULT_BURST] = {"burst", false},
    [SIM_FAULT_CUT] = {"cut", true},
    [SIM_FAULT_FLIP_AT] = {"flip-at", true},
    [SIM_FAULT_DROP_AT] = {"drop-at", true},
    [SIM_FAULT_INSERT_AT] = {"insert-at", true},
    [SIM_FAULT_STALL_AT] = {"stall-at", true},
    [SIM_FAULT_BURST_AT] = {"burst-at", true},
    [SIM_FAULT_BIT_AT] = {"bit-at", true},
    [SIM_FAULT_RESET] = {"reset", true},
    [SIM_FAULT_DIE] = {"die", true},
    [SIM_FAULT_LIE] = {"lie", false},
    [SIM_FAULT_LIE_DATA] = {"lie-data", false},
    [SIM_FAULT_LIE_WRITE] = {"lie-write", false},
    [SIM_FAULT_LOSE] = {"lose", false},
    [SIM_FAULT_DEAF_BAUD] = {"deaf-baud", false},
    [SIM_FAULT_MUTE] = {"mute", true},
    [SIM_FAULT_FLICKER] = {"flicker", true},
    [SIM_FAULT_WAVER] = {"waver", true},
    [SIM_FAULT_GARBLE] = {"garble", true},
    [SIM_FAULT_CRASH] = {"crash", true},
};

/* The kind that `text` begins with, the longest of them; *size is the length of its name. */
static int find_kind(const char *text, size_t *size)
{
    int found = -1;
    *size = 0;
    for (int kind = 0; kind < SIM_FAULT_KINDS; kind++) {
        const size_t length = strlen(kinds[kind].name);
        if (length > *size && strncmp(text, kinds[kind].name, length) == 0) {
            found = kind;
            *size = length;
        }
    }
    return found;
}

static espbak_status parse_one(sim_fault_plan *plan, const char **text, espbak_error *err)
{
    size_t size;
    const char *at = *text;
    const int kind = find_kind(at, &size);
    if (kind < 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "fault \"%s\" begins with no kind of fault", at);
    at += size;
    bool to = true, from = true;
    if (strncmp(at, ".to", 3) == 0) {
        from = false;
        at += 3;
    } else if (strncmp(at, ".from", 5) == 0) {
        to = false;
        at += 5;
    }
    if (*at++ != ':')
        return espbak_fail(err, ESPBAK_E_USAGE, "fault \"%s\" needs an amount such as %s:1e-5", *text,
                           kinds[kind].name);
    char *end;
    const double amount = strtod(at, &end);
    if (end == at || !(amount >= 0.0) || (!kinds[kind].counts && amount > 1.0))
        return espbak_fail(err, ESPBAK_E_USAGE, "the amount of fault \"%s\" is not one that can be used", *text);
    if (to)
        plan->amount[SIM_TO_CHIP][kind] = amount;
    if (from)
        plan->amount[SIM_FROM_CHIP][kind] = amount;
    plan->any = true;
    *text = end;
    return ESPBAK_OK;
}

espbak_status sim_fault_parse(sim_fault_plan *plan, const char *text, espbak_error *err)
{
    for (;;) {
        const espbak_status status = parse_one(plan, &text, err);
        if (status != ESPBAK_OK)
            return status;
        if (*text == '\0')
            return ESPBAK_OK;
        if (*text++ != '+')
            return espbak_fail(err, ESPBAK_E_USAGE, "faults are joined by \"+\", found \"%s\"", text - 1);
    }
}

void sim_fault_start(sim_fault_stream *stream, const sim_fault_plan *plan, sim_direction direction, uint64_t seed)
{
    *stream = (sim_fault_stream){.amount = plan->amount[direction], .state = seed * 2 + (uint64_t)direction};
}

static bool count(sim_fault_stream *stream, sim_fault_kind kind, bool struck)
{
    stream->struck[kind] += struck;
    return struck;
}

bool sim_fault_strikes(sim_fault_stream *stream, sim_fault_kind kind)
{
    const double amount = stream->amount[kind];
    if (amount <= 0.0)
        return false;
    return count(stream, kind, (double)(sim_random(&stream->state) >> 11) * 0x1p-53 < amount);
}

void sim_fault_lie(sim_fault_stream *stream, uint8_t *digest, size_t size)
{
    if (!sim_fault_strikes(stream, SIM_FAULT_LIE))
        return;
    const uint64_t chance = stream->amount[SIM_FAULT_LIE] < 1.0 ? sim_random(&stream->state) : 0;
    digest[chance % size] ^= (uint8_t)(1u << (chance >> 61));
}

bool sim_fault_due(sim_fault_stream *stream, sim_fault_kind kind)
{
    const double amount = stream->amount[kind];
    return amount > 0.0 && count(stream, kind, stream->passed == (uint64_t)amount);
}

bool sim_fault_covers(sim_fault_stream *stream, sim_fault_kind kind, uint64_t address, uint64_t size)
{
    enum { SECTOR = 4096 };
    const double amount = stream->amount[kind];
    if (amount <= 0.0)
        return false;
    const uint64_t sector = (uint64_t)amount / SECTOR * SECTOR;
    return count(stream, kind, address < sector + SECTOR && address + size > sector);
}

void sim_fault_report(const sim_fault_stream streams[SIM_DIRECTIONS], const char *path)
{
    FILE *out = file_stream(path, "a");
    if (out == NULL)
        return;
    for (int kind = 0; kind < SIM_FAULT_KINDS; kind++) {
        const uint64_t all = streams[SIM_TO_CHIP].struck[kind] + streams[SIM_FROM_CHIP].struck[kind];
        if (all > 0)
            fprintf(out, "%s %llu\n", kinds[kind].name, (unsigned long long)all);
    }
    fclose(out);
}

/* The bit of this byte that was named, as a mask. */
static uint8_t named_bit(sim_fault_stream *stream)
{
    const uint64_t bit = (uint64_t)stream->amount[SIM_FAULT_BIT_AT];
    const bool struck = count(stream, SIM_FAULT_BIT_AT, bit != 0 && bit / 8 == stream->passed);
    return (uint8_t)((unsigned)struck << bit % 8);
}

/* By chance, or because this byte was named. */
static bool happens(sim_fault_stream *stream, sim_fault_kind kind, sim_fault_kind once)
{
    return sim_fault_strikes(stream, kind) || sim_fault_due(stream, once);
}

static bool in_burst(sim_fault_stream *stream)
{
    enum { SPAN = SIM_FAULT_BURST_MOST - SIM_FAULT_BURST_LEAST + 1 };
    if (happens(stream, SIM_FAULT_BURST, SIM_FAULT_BURST_AT))
        stream->burst = SIM_FAULT_BURST_LEAST + (unsigned)(sim_random(&stream->state) % SPAN);
    if (stream->burst == 0)
        return false;
    stream->burst--;
    return true;
}

unsigned sim_fault_byte(sim_fault_stream *stream, uint8_t byte, uint8_t out[2], unsigned *stall_ms)
{
    stream->passed++;
    *stall_ms = happens(stream, SIM_FAULT_STALL, SIM_FAULT_STALL_AT) ? SIM_FAULT_STALL_MS : 0;
    const double cut = stream->amount[SIM_FAULT_CUT];
    if (cut > 0.0 && count(stream, SIM_FAULT_CUT, (double)stream->passed > cut))
        return 0;
    if (happens(stream, SIM_FAULT_DROP, SIM_FAULT_DROP_AT))
        return 0;
    unsigned count = 0;
    if (happens(stream, SIM_FAULT_INSERT, SIM_FAULT_INSERT_AT))
        out[count++] = (uint8_t)sim_random(&stream->state);
    if (happens(stream, SIM_FAULT_FLIP, SIM_FAULT_FLIP_AT))
        byte ^= (uint8_t)(1u << (sim_random(&stream->state) & 7));
    byte ^= named_bit(stream);
    if (in_burst(stream))
        byte ^= (uint8_t)(sim_random(&stream->state) % 255 + 1);
    out[count++] = byte;
    return count;
}
