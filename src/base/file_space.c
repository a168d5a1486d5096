/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/file_os.h"

/* Beside the data: manifest, sums, journal and what the file system itself needs. */
enum { BESIDE_DATA = 64 * 1024 };

espbak_status file_need_space(const char *folder, uint64_t size, espbak_error *err)
{
    const uint64_t space = file_os_free_space(folder);
    if (size <= UINT64_MAX - BESIDE_DATA && size + BESIDE_DATA <= space)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "cannot put %llu KiB into %s: the disk has %llu KiB left",
                (unsigned long long)(size / 1024), folder, (unsigned long long)(space / 1024));
    espbak_error_hint(err, "free some space, or choose a folder on another disk");
    return ESPBAK_E_FILE;
}
