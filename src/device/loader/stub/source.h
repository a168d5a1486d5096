/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_STUB_SOURCE_H
#define DEVICE_STUB_SOURCE_H

/* Where stubs come from, in the order to try them. */

#include <stdbool.h>

#include "device/loader/stub/embedded.h"
#include "espbak/error.h"

enum { STUB_PATH_MAX = 1024, STUB_CANDIDATES_MAX = 4 };

typedef struct stub_candidate {
    char path[STUB_PATH_MAX];      /* of a file; empty for an embedded one */
    const stub_embedded *embedded; /* or NULL */
    bool chosen;                   /* the user asked for this one: failing to read it is an error */
} stub_candidate;

typedef struct stub_candidates {
    stub_candidate list[STUB_CANDIDATES_MAX];
    size_t count;
} stub_candidates;

/*
 * What there is for the stub `name`: `chosen` (a folder or a file, NULL for none), built in, and an
 * installed esptool's current and legacy ones. ESPBAK_E_FILE when `chosen` has nothing for this chip.
 */
ESPBAK_MUST_USE espbak_status stub_find(stub_candidates *found, const char *name, const char *chosen,
                                        espbak_error *err);

/* The JSON of a candidate; *allocated is to be freed and may be NULL. */
ESPBAK_MUST_USE espbak_status stub_load(const stub_candidate *candidate, const char **json, size_t *size,
                                        char **allocated, espbak_error *err);

/* "built in" or the path, for people. */
const char *stub_describe(const stub_candidate *candidate);

/* Add an installed esptool's stubs: those of folder 2 (current), then of folder 1 (legacy). */
void stub_find_installed(stub_candidates *found, const char *name);

/* Append a candidate if `folder`/`sub`/`name`.json is a file; `sub` may be NULL. */
bool stub_add_file(stub_candidates *found, const char *folder, const char *sub, const char *name);

#endif
