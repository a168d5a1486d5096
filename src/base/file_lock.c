/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/file_error.h"
#include "base/file_os.h"

struct file_lock {
    int fd;
};

espbak_status file_lock_folder(file_lock **out, const char *path, espbak_error *err)
{
    *out = calloc(1, sizeof(**out));
    if (*out == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const int error = file_os_lock_folder(path, &(*out)->fd);
    if (error == 0)
        return ESPBAK_OK;
    free(*out);
    *out = NULL;
    if (error != EBUSY)
        return file_fail(err, "lock", path, error);
    espbak_fail(err, ESPBAK_E_FILE, "another process works on %s", path);
    espbak_error_hint(err, "wait until it has finished, or stop it");
    return ESPBAK_E_FILE;
}

void file_unlock(file_lock *lock)
{
    if (lock == NULL)
        return;
    file_os_close(lock->fd);
    free(lock);
}
