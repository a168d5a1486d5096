/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/files/match.h"

#include <string.h>

/* Where to go on when a later letter does not fit: behind the last sign that may stand for more. */
typedef struct retreat {
    const char *pattern, *path;
    bool slashes; /* it was "**" */
} retreat;

static bool is_end(const char *path)
{
    return *path == '\0' || *path == '/';
}

/* One sign for as much as it takes; of two, only the last one has to give way. */
static bool fits(const char *pattern, const char *path)
{
    retreat single = {NULL, NULL, false}, both = {NULL, NULL, true};
    for (;;) {
        if (*pattern == '*') {
            retreat *mark = pattern[1] == '*' ? &both : &single;
            pattern += mark->slashes ? 2 : 1;
            *mark = (retreat){pattern, path, mark->slashes};
            if (mark->slashes)
                single.pattern = NULL;
        } else if (*pattern == '\0' && is_end(path)) {
            return true;
        } else if (*path != '\0' && (*pattern == *path || (*pattern == '?' && *path != '/'))) {
            pattern++;
            path++;
        } else if (single.pattern != NULL && !is_end(single.path)) {
            pattern = single.pattern;
            path = ++single.path;
        } else if (both.pattern != NULL && *both.path != '\0') {
            pattern = both.pattern;
            path = ++both.path;
            single.pattern = NULL;
        } else {
            return false;
        }
    }
}

bool match_path(const char *pattern, const char *path)
{
    char plain[ESPBAK_FILE_PATH_MAX];
    size_t length = strlen(pattern);
    while (length > 0 && pattern[length - 1] == '/')
        length--;
    if (length == 0)
        return true;
    if (length >= sizeof(plain))
        return false;
    memcpy(plain, pattern, length);
    plain[length] = '\0';
    return fits(plain, path);
}

const espbak_file *match_single(const espbak_file_list *list, const char *pattern)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->entries[i].path, pattern) == 0)
            return list->entries[i].folder ? NULL : &list->entries[i];
    }
    return NULL;
}
