/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_PROFILE_BUILTIN_H
#define STORE_PROFILE_BUILTIN_H

/* data/profiles, put into the program by the build. */

#include <stddef.h>

typedef struct profile_builtin {
    const unsigned char *json;
    size_t size;
} profile_builtin;

/** Ended by a NULL. */
extern const profile_builtin profile_builtin_table[];

#endif
