/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FOLDER_FIXTURE_H
#define TESTS_FOLDER_FIXTURE_H

/* A folder of its own for each test, removed with all that is in it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "espbak/error.h"
#include "support/group.h"

typedef struct fixture {
    char folder[64];
    espbak_error err;
} fixture;

static inline int make_fixture(void **state)
{
    fixture *fix = calloc(1, sizeof(*fix));
    snprintf(fix->folder, sizeof(fix->folder), "%s", "test-folder-XXXXXX");
    if (mkdtemp(fix->folder) == NULL)
        return -1;
    *state = fix;
    return 0;
}

static inline int remove_fixture(void **state)
{
    fixture *fix = *state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", fix->folder);
    const int result = system(command);
    free(fix);
    return result;
}

/* Fails the test with the error's own words. */
#define assert_ok(status, err)                                                                                         \
    do {                                                                                                               \
        if ((status) != ESPBAK_OK)                                                                                     \
            fail_msg("%s: %s", #status, (err)->message);                                                               \
    } while (0)

/* Every error about files says what to do about it. */
static inline void assert_says(const espbak_error *err, const char *what)
{
    if (strstr(err->message, what) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", what, err->message);
    if (err->hint[0] == '\0')
        fail_msg("no hint beside \"%s\"", err->message);
}

static inline char *path_of(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    assert_non_null(path);
    return path;
}

#endif
