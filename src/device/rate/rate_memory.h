/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RATE_MEMORY_H
#define DEVICE_RATE_MEMORY_H

/*
 * What is remembered of adapters: a line each, the newest first, with the adapter, the rate to begin at, the rate that
 * was too high (0: none) and how many sessions have begun since that was tried.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/transport.h"

enum {
    RATE_MEMORY_ENTRIES = 64,
    RATE_MEMORY_KEY = 128,
    RATE_MEMORY_LINE = RATE_MEMORY_KEY + 48,
    RATE_MEMORY_SIZE = RATE_MEMORY_ENTRIES * RATE_MEMORY_LINE, /* bytes of the text at the most */
};

typedef struct rate_entry {
    char key[RATE_MEMORY_KEY];
    uint32_t baud, below;
    unsigned sessions;
} rate_entry;

typedef struct rate_memory {
    rate_entry entries[RATE_MEMORY_ENTRIES];
    size_t count;
} rate_memory;

/* By its serial number, else by the place where it hangs; false for what is no USB device. */
bool rate_memory_key(char key[RATE_MEMORY_KEY], const espbak_usb_id *usb);

/* What makes no sense is left out. */
void rate_memory_parse(rate_memory *memory, const char *text);

/* `text` has RATE_MEMORY_SIZE bytes. */
void rate_memory_format(const rate_memory *memory, char *text);

/* NULL: nothing is known of it. */
const rate_entry *rate_memory_find(const rate_memory *memory, const char *key);

/* In front of all others, instead of what was known; the oldest one goes where there is no room. */
void rate_memory_put(rate_memory *memory, const rate_entry *entry);

/* What a session ends with, from what it began with: `baud` is its rate, `below` what was too high now, or 0. */
rate_entry rate_memory_next(const rate_entry *before, uint32_t baud, uint32_t below);

#endif
