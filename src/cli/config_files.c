/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_files.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/os/system.h"
#include "cli/parse/places.h"
#include "cli/parse/settings.h"

enum { PATH_CAPACITY = 4096 };

static const char PROJECT_FILE[] = ".espbak";

/* Cut the last name off; false at the root. */
static bool go_up(char *folder)
{
    char *name = (char *)file_name_of(folder);
    if (name == folder || name[0] == '\0')
        return false;
    /* The root keeps its separator. */
    const bool below_root = name == folder + 1 || name[-2] == ':';
    name[below_root ? 0 : -1] = '\0';
    return true;
}

/* The nearest file of a project, from the current folder upwards; false when there is none. The home folder is no
 * project. */
static bool find_project(char *path, size_t capacity)
{
    char folder[PATH_CAPACITY], home[PATH_CAPACITY];
    if (!system_current_folder(folder, sizeof(folder)))
        return false;
    const bool home_known = system_home_folder(home, sizeof(home));
    do {
        if (home_known && strcmp(folder, home) == 0)
            return false;
        const size_t length = strlen(folder);
        const char *separator = length > 0 && file_name_of(folder)[0] == '\0' ? "" : "/";
        if ((size_t)snprintf(path, capacity, "%s%s%s", folder, separator, PROJECT_FILE) >= capacity)
            return false;
        if (file_kind_of(path) == FILE_KIND_REGULAR)
            return true;
    } while (go_up(folder));
    return false;
}

espbak_status config_files_load(config *out, char *foreign, size_t capacity, espbak_error *err)
{
    char path[PATH_CAPACITY];
    foreign[0] = '\0';
    if (find_project(path, sizeof(path))) {
        if (!system_is_own_file(path))
            snprintf(foreign, capacity, "%s", path);
        else if (config_add(out, path, true, settings_keys(), err) != ESPBAK_OK)
            return err->status;
    }
    if (places_config(path, sizeof(path)) == NULL)
        return ESPBAK_OK;
    return config_add(out, path, false, settings_keys(), err);
}
