/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_WATCH_H
#define TESTS_WATCH_H

/* Something that happens to a job once it has come so far. */

#include "espbak/ops.h"
#include "support/backup_fixture.h"

enum { FLASH_SIZE = 512 * 1024, SECTOR = 4096, CHUNK = 64 * 1024 };

typedef struct watch {
    char text[16384]; /* what the job told */
    espbak_events events;
    espbak_cancel cancel;
    fixture *fix;
    /* What happens once `phase` has come to `from`, so many times. */
    const char *phase;
    uint64_t from;
    void (*happens)(struct watch *w);
    size_t sector; /* for it */
    unsigned times;
} watch;

/* free() it. */
watch *new_watch(fixture *fix);

/* Change a sector of the file "flash". */
void watch_change_sector(const fixture *fix, size_t sector);

/* What can happen: the job is interrupted, or the watch's sector changes. */
void watch_interrupts(watch *w);
void watch_rewrites(watch *w);

#endif
