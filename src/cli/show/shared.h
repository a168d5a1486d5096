/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SHARED_H
#define CLI_SHARED_H

/* How one of several devices that are worked on at the same time gets to the terminal. */

typedef struct shared {
    const char *device;        /* in front of what is said of it */
    const char *quoted;        /* the same as a text of JSON */
    void (*begin)(void *user); /* nobody else prints until `end`; the table is away */
    void (*end)(void *user);
    void (*row)(void *user, const char *text); /* what its row of the table says */
    void *user;
} shared;

static inline void shared_begin(const shared *with)
{
    if (with != (void *)0)
        with->begin(with->user);
}

static inline void shared_end(const shared *with)
{
    if (with != (void *)0)
        with->end(with->user);
}

#endif
