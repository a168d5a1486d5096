/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

/*
 * Seeded damage to a byte stream, around any line. A plan is written
 *
 *     KIND[.to|.from]:AMOUNT[+KIND:AMOUNT]…
 *
 * Line, with probability AMOUNT for each byte: `flip` changes a bit of it, `drop` loses it, `insert` puts another one
 * in front; `stall` holds the line for 200 ms before it, `burst` makes 32 to 512 bytes from there on wrong. `cut` stops
 * everything after AMOUNT bytes. `.to` means towards the chip, `.from` away from it, neither
 * means both. flip-at, drop-at, insert-at, stall-at and burst-at happen once, to byte number AMOUNT of
 * each direction; bit-at flips bit AMOUNT % 8 of byte number AMOUNT / 8. The first byte has number 1.
 *
 * Chip: after it has sent AMOUNT bytes `reset` restarts it, and `die` stops whatever runs on it. With probability
 * AMOUNT each time: `lie` sends a wrong MD5 with right data; `lie-data` sends wrong data with the right MD5;
 * `lie-write` says that (a part of) a sector is erased or written although it is not, or only half of it, or with one
 * wrong byte; `lose` drops a request that waited while the loader worked on the one before; `deaf-baud` acknowledges a
 * change of rate and does not make it.
 *
 * Flash, for the sector that has byte AMOUNT: `mute` makes a read stop there; `flicker` gives another wrong bit each
 * time it is read, `waver` does so twice and then reads right; `garble` sends one byte of it wrong, always the same,
 * with the right MD5; `crash` stops whatever runs on the chip when it sends from there. The same seed gives the same
 * damage, whatever the timing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"

typedef enum sim_fault_kind {
    SIM_FAULT_FLIP,
    SIM_FAULT_DROP,
    SIM_FAULT_INSERT,
    SIM_FAULT_STALL,
    SIM_FAULT_BURST,
    SIM_FAULT_CUT,
    SIM_FAULT_FLIP_AT,
    SIM_FAULT_DROP_AT,
    SIM_FAULT_INSERT_AT,
    SIM_FAULT_STALL_AT,
    SIM_FAULT_BURST_AT,
    SIM_FAULT_BIT_AT,
    SIM_FAULT_RESET,
    SIM_FAULT_DIE,
    SIM_FAULT_LIE,
    SIM_FAULT_LIE_DATA,
    SIM_FAULT_LIE_WRITE,
    SIM_FAULT_LOSE,
    SIM_FAULT_DEAF_BAUD,
    SIM_FAULT_MUTE,
    SIM_FAULT_FLICKER,
    SIM_FAULT_WAVER,
    SIM_FAULT_GARBLE,
    SIM_FAULT_CRASH,
    SIM_FAULT_KINDS
} sim_fault_kind;

typedef enum sim_direction { SIM_TO_CHIP, SIM_FROM_CHIP, SIM_DIRECTIONS } sim_direction;

typedef struct sim_fault_plan {
    bool any;
    double amount[SIM_DIRECTIONS][SIM_FAULT_KINDS]; /**< a probability, or bytes for a cut; 0: never */
} sim_fault_plan;

/** One direction's damage, with its place in the random sequence. */
typedef struct sim_fault_stream {
    const double *amount;
    uint64_t state;
    uint64_t passed;
    unsigned burst;                   /**< bytes of a burst that are left */
    uint64_t struck[SIM_FAULT_KINDS]; /**< how often each kind has happened */
} sim_fault_stream;

enum { SIM_FAULT_STALL_MS = 200, SIM_FAULT_BURST_LEAST = 32, SIM_FAULT_BURST_MOST = 512, SIM_FAULT_WAVERS = 2 };

ESPBAK_MUST_USE espbak_status sim_fault_parse(sim_fault_plan *plan, const char *text, espbak_error *err);

void sim_fault_start(sim_fault_stream *stream, const sim_fault_plan *plan, sim_direction direction, uint64_t seed);

/** What becomes of one byte: up to two bytes in `out`; returns how many. *stall_ms is a pause before them. */
unsigned sim_fault_byte(sim_fault_stream *stream, uint8_t byte, uint8_t out[2], unsigned *stall_ms);

/** Whether a fault of the kinds with a probability happens now; counts it, as the next two do. */
bool sim_fault_strikes(sim_fault_stream *stream, sim_fault_kind kind);

/** A digest may be wrong now: in the same bit each time where it always is, as by bad memory, else in any. */
void sim_fault_lie(sim_fault_stream *stream, uint8_t *digest, size_t size);
/** Whether a fault that waits for a number of bytes is due: true once. */
bool sim_fault_due(sim_fault_stream *stream, sim_fault_kind kind);
/** Whether one of `size` bytes of flash is in the sector of a fault of the flash. */
bool sim_fault_covers(sim_fault_stream *stream, sim_fault_kind kind, uint64_t address, uint64_t size);

/** Append "KIND COUNT" to a file for each kind that has happened. */
void sim_fault_report(const sim_fault_stream streams[SIM_DIRECTIONS], const char *path);

#endif
