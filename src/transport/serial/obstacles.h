/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_OBSTACLES_H
#define TRANSPORT_OBSTACLES_H

/*
 * What keeps this computer from using a port that is there: rights, programs that hold it, a driver that is missing.
 * Found out by looking only; nothing is opened. Linux; elsewhere nothing is found.
 */

#include <stdbool.h>

typedef struct obstacle {
    bool serious;     /* nothing works before it is gone */
    char what[320];   /* one sentence */
    char remedy[320]; /* what to do, empty when there is nothing */
} obstacle;

typedef void (*obstacle_fn)(void *user, const obstacle *found);

/* Where the system tells of itself; "/sys" and "/proc" but in tests. */
typedef struct obstacle_places {
    const char *sys, *proc;
} obstacle_places;

extern const obstacle_places obstacles_here;

/* Of one port: rights, and other programs that have it open. */
void obstacles_of_port(const obstacle_places *places, const char *path, obstacle_fn each, void *user);

/* Of all: adapters that are plugged in but have no port, programs that use ports unasked. */
void obstacles_of_system(const obstacle_places *places, obstacle_fn each, void *user);

#endif
