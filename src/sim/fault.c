/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[SIM_FAULT_KINDS] = {
    [SIM_FAULT_FLIP] = "flip",   [SIM_FAULT_DROP] = "drop", [SIM_FAULT_INSERT] = "insert",
    [SIM_FAULT_STALL] = "stall", [SIM_FAULT_CUT] = "cut",
};

uint64_t sim_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The kind that `text` begins with; *size is the length of its name. */
static int find_kind(const char *text, size_t *size)
{
    for (int kind = 0; kind < SIM_FAULT_KINDS; kind++) {
        *size = strlen(kind_names[kind]);
        if (strncmp(text, kind_names[kind], *size) == 0)
            return kind;
    }
    return -1;
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
                           kind_names[kind]);
    char *end;
    const double amount = strtod(at, &end);
    if (end == at || !(amount >= 0.0) || (kind != SIM_FAULT_CUT && amount > 1.0))
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

static bool strikes(sim_fault_stream *stream, sim_fault_kind kind)
{
    const double amount = stream->amount[kind];
    if (amount <= 0.0)
        return false;
    return (double)(sim_random(&stream->state) >> 11) * 0x1p-53 < amount;
}

unsigned sim_fault_byte(sim_fault_stream *stream, uint8_t byte, uint8_t out[2], unsigned *stall_ms)
{
    *stall_ms = strikes(stream, SIM_FAULT_STALL) ? SIM_FAULT_STALL_MS : 0;
    stream->passed++;
    const double cut = stream->amount[SIM_FAULT_CUT];
    if (cut > 0.0 && (double)stream->passed > cut)
        return 0;
    if (strikes(stream, SIM_FAULT_DROP))
        return 0;
    unsigned count = 0;
    if (strikes(stream, SIM_FAULT_INSERT))
        out[count++] = (uint8_t)sim_random(&stream->state);
    if (strikes(stream, SIM_FAULT_FLIP))
        byte ^= (uint8_t)(1u << (sim_random(&stream->state) & 7));
    out[count++] = byte;
    return count;
}
