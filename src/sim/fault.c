/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <stdlib.h>
#include <string.h>

static const struct fault_kind {
    const char *name;
    bool counts; /* the amount is a number of bytes, else a probability */
} kinds[SIM_FAULT_KINDS] = {
    [SIM_FAULT_FLIP] = {"flip", false},
    [SIM_FAULT_DROP] = {"drop", false},
    [SIM_FAULT_INSERT] = {"insert", false},
    [SIM_FAULT_STALL] = {"stall", false},
    [SIM_FAULT_CUT] = {"cut", true},
    [SIM_FAULT_FLIP_AT] = {"flip-at", true},
    [SIM_FAULT_DROP_AT] = {"drop-at", true},
    [SIM_FAULT_INSERT_AT] = {"insert-at", true},
    [SIM_FAULT_STALL_AT] = {"stall-at", true},
    [SIM_FAULT_RESET] = {"reset", true},
    [SIM_FAULT_DIE] = {"die", true},
    [SIM_FAULT_LIE] = {"lie", false},
    [SIM_FAULT_DEAF_BAUD] = {"deaf-baud", false},
    [SIM_FAULT_MUTE] = {"mute", true},
    [SIM_FAULT_FLICKER] = {"flicker", true},
};

uint64_t sim_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

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
    stream->amount = plan->amount[direction];
    stream->state = seed * 2 + (uint64_t)direction;
    stream->passed = 0;
}

bool sim_fault_strikes(sim_fault_stream *stream, sim_fault_kind kind)
{
    const double amount = stream->amount[kind];
    if (amount <= 0.0)
        return false;
    return (double)(sim_random(&stream->state) >> 11) * 0x1p-53 < amount;
}

bool sim_fault_due(const sim_fault_stream *stream, sim_fault_kind kind)
{
    const double amount = stream->amount[kind];
    return amount > 0.0 && stream->passed == (uint64_t)amount;
}

bool sim_fault_covers(const sim_fault_plan *plan, sim_fault_kind kind, uint64_t address, uint64_t size)
{
    enum { SECTOR = 4096 };
    const double amount = plan->amount[SIM_FROM_CHIP][kind];
    if (amount <= 0.0)
        return false;
    const uint64_t sector = (uint64_t)amount / SECTOR * SECTOR;
    return address < sector + SECTOR && address + size > sector;
}

/* By chance, or because this byte was named. */
static bool happens(sim_fault_stream *stream, sim_fault_kind kind, sim_fault_kind once)
{
    return sim_fault_strikes(stream, kind) || sim_fault_due(stream, once);
}

unsigned sim_fault_byte(sim_fault_stream *stream, uint8_t byte, uint8_t out[2], unsigned *stall_ms)
{
    stream->passed++;
    *stall_ms = happens(stream, SIM_FAULT_STALL, SIM_FAULT_STALL_AT) ? SIM_FAULT_STALL_MS : 0;
    const double cut = stream->amount[SIM_FAULT_CUT];
    if (cut > 0.0 && (double)stream->passed > cut)
        return 0;
    if (happens(stream, SIM_FAULT_DROP, SIM_FAULT_DROP_AT))
        return 0;
    unsigned count = 0;
    if (happens(stream, SIM_FAULT_INSERT, SIM_FAULT_INSERT_AT))
        out[count++] = (uint8_t)sim_random(&stream->state);
    if (happens(stream, SIM_FAULT_FLIP, SIM_FAULT_FLIP_AT))
        byte ^= (uint8_t)(1u << (sim_random(&stream->state) & 7));
    out[count++] = byte;
    return count;
}
