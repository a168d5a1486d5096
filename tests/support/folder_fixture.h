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

int make_fixture(void **state);

int remove_fixture(void **state);

/* Fails the test with the error's own words. */
#define assert_ok(status, err)                                                                                         \
    do {                                                                                                               \
        if ((status) != ESPBAK_OK)                                                                                     \
            fail_msg("%s: %s", #status, (err)->message);                                                               \
    } while (0)

/* Every error about files says what to do about it. */
void assert_says(const espbak_error *err, const char *what);

char *path_of(const char *folder, const char *name);

#endif
