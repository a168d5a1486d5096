/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "support/folder_fixture.h"

int make_fixture(void **state)
{
    fixture *fix = calloc(1, sizeof(*fix));
    snprintf(fix->folder, sizeof(fix->folder), "%s", "test-folder-XXXXXX");
    if (mkdtemp(fix->folder) == NULL)
        return -1;
    *state = fix;
    return 0;
}

int remove_fixture(void **state)
{
    fixture *fix = *state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", fix->folder);
    const int result = system(command);
    free(fix);
    return result;
}

void assert_says(const espbak_error *err, const char *what)
{
    if (strstr(err->message, what) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", what, err->message);
    if (err->hint[0] == '\0')
        fail_msg("no hint beside \"%s\"", err->message);
}

char *path_of(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    assert_non_null(path);
    return path;
}
