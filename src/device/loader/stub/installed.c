/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stubs of an esptool that the user has installed: the legacy ones are GPL and never come with
 * espbak, but nothing speaks against using them from where they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "device/loader/stub/source.h"

#ifdef _WIN32
enum { LIST_SEPARATOR = ';' };
#else
enum { LIST_SEPARATOR = ':' };
#endif

typedef struct search {
    char folder[STUB_PATH_MAX]; /* esptool/targets/stub_flasher, once it is found */
    const char *name;           /* the stub looked for */
    const char *library;        /* the folder that is being listed */
    bool found;
} search;

/* `packages` is a site-packages folder; the search ends where it holds the stub in either folder. */
static void try_packages(search *s, const char *packages)
{
    stub_candidates probe = {0};
    if (s->found)
        return;
    const int length = snprintf(s->folder, sizeof(s->folder), "%s/esptool/targets/stub_flasher", packages);
    if (length < 0 || (size_t)length >= sizeof(s->folder))
        return;
    s->found = stub_add_file(&probe, s->folder, "2", s->name) || stub_add_file(&probe, s->folder, "1", s->name);
}

static espbak_status try_python(void *user, const char *name, espbak_error *err)
{
    (void)err;
    static const char *const places[] = {"site-packages", "dist-packages"};
    search *const s = user;
    char path[STUB_PATH_MAX];
    if (strncmp(name, "python3", strlen("python3")) != 0)
        return ESPBAK_OK;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const int length = snprintf(path, sizeof(path), "%s/%s/%s", s->library, name, places[i]);
        if (length > 0 && (size_t)length < sizeof(path))
            try_packages(s, path);
    }
    return ESPBAK_OK;
}

/* `root`/lib/python3.x/site-packages, and on Windows `root`/Lib/site-packages. */
static void try_root(search *s, const char *root)
{
    char library[STUB_PATH_MAX];
    int length = snprintf(library, sizeof(library), "%s/Lib/site-packages", root);
    if (s->found || length < 0 || (size_t)length >= sizeof(library))
        return;
    try_packages(s, library);
    snprintf(library, sizeof(library), "%s/lib", root);
    s->library = library;
    if (file_kind_of(library) == FILE_KIND_FOLDER && file_list(library, try_python, s, NULL) != ESPBAK_OK)
        s->found = false; /* a folder that cannot be read to its end proves nothing */
    s->library = NULL;
}

/* "#!/path/bin/python3": the program belongs to the Python in /path. */
static void try_script(search *s, const char *script)
{
    char line[STUB_PATH_MAX];
    size_t got = 0;
    file *f = NULL;
    if (s->found || file_open(&f, script, NULL) != ESPBAK_OK)
        return;
    const espbak_status status = file_read(f, line, sizeof(line) - 1, &got, NULL);
    file_close(f, false);
    line[status == ESPBAK_OK ? got : 0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (strncmp(line, "#!", 2) != 0)
        return;
    for (unsigned i = 0; i < 2; i++) {
        char *const slash = strrchr(line, '/');
        if (slash == NULL)
            return;
        *slash = '\0';
    }
    try_root(s, line + 2);
}

/* A folder of programs that may hold esptool. */
static void try_programs(search *s, const char *folder)
{
    static const char *const programs[] = {"esptool", "esptool.py", "esptool.exe"};
    char path[STUB_PATH_MAX];
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        int length = snprintf(path, sizeof(path), "%s/%s", folder, programs[i]);
        if (length < 0 || (size_t)length >= sizeof(path) || file_kind_of(path) == FILE_KIND_MISSING)
            continue;
        try_script(s, path);
        length = snprintf(path, sizeof(path), "%s/..", folder);
        if (length > 0 && (size_t)length < sizeof(path))
            try_root(s, path);
    }
}

static void try_path_list(search *s, const char *list)
{
    char folder[STUB_PATH_MAX];
    while (list != NULL && *list != '\0' && !s->found) {
        const char *const end = strchr(list, LIST_SEPARATOR);
        const size_t length = end != NULL ? (size_t)(end - list) : strlen(list);
        if (length > 0 && length < sizeof(folder)) {
            memcpy(folder, list, length);
            folder[length] = '\0';
            try_programs(s, folder);
        }
        list = end != NULL ? end + 1 : NULL;
    }
}

static void try_home(search *s, const char *home)
{
    static const char *const places[] = {".local", ".local/share/pipx/venvs/esptool", ".local/pipx/venvs/esptool",
                                         "pipx/venvs/esptool"};
    char path[STUB_PATH_MAX];
    for (size_t i = 0; home != NULL && i < sizeof(places) / sizeof(places[0]); i++) {
        const int length = snprintf(path, sizeof(path), "%s/%s", home, places[i]);
        if (length > 0 && (size_t)length < sizeof(path))
            try_root(s, path);
    }
}

void stub_find_installed(stub_candidates *found, const char *name)
{
    search s = {.name = name};
    const char *const venv = getenv("VIRTUAL_ENV");
    if (venv != NULL)
        try_root(&s, venv);
    try_path_list(&s, getenv("PATH"));
    try_home(&s, getenv("HOME"));
    try_home(&s, getenv("USERPROFILE"));
    try_root(&s, "/usr/local");
    try_root(&s, "/usr");
    if (!s.found)
        return;
    (void)stub_add_file(found, s.folder, "2", name);
    (void)stub_add_file(found, s.folder, "1", name);
}
