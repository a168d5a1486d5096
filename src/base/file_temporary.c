/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/file_os.h"

enum { TRIES = 1000 };

static const char *place(void)
{
    static const char *const names[] = {"TMPDIR", "TEMP", "TMP"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
#ifdef _WIN32
    return ".";
#else
    return "/tmp";
#endif
}

char *file_make_temporary_folder(espbak_error *err)
{
    for (int i = 0; i < TRIES; i++) {
        char name[64];
        bool existed = false;
        snprintf(name, sizeof(name), "espbak-%lu-%d", file_os_process(), i);
        char *path = file_join(place(), name);
        if (path == NULL) {
            espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
            return NULL;
        }
        const espbak_status status = file_make_folder(path, &existed, err);
        if (status == ESPBAK_OK && !existed)
            return path;
        free(path);
        if (status != ESPBAK_OK)
            return NULL;
    }
    espbak_fail(err, ESPBAK_E_FILE, "no folder can be made in %s", place());
    return NULL;
}

static espbak_status remove_within(void *user, const char *name, espbak_error *err)
{
    char *const path = file_join(user, name);
    (void)err;
    if (path != NULL && file_kind_of(path) == FILE_KIND_FOLDER)
        file_remove_all(path);
    else if (path != NULL && file_remove(path, NULL) != ESPBAK_OK) {
        /* The folder stays then, which is all that can be done. */
    }
    free(path);
    return ESPBAK_OK;
}

void file_remove_all(const char *path)
{
    if (file_list(path, remove_within, (void *)(uintptr_t)path, NULL) != ESPBAK_OK ||
        file_remove_folder(path, NULL) != ESPBAK_OK) {
        /* What cannot be removed is left. */
    }
}
