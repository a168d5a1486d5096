/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/os/shell.h"

#include <ctype.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

typedef struct quoting {
    const char *plain;           /* what needs no quotes */
    const char *open, *close;    /* the quotes */
    char special;                /* what does not stand between them as it is */
    const char *instead;         /* how it is written there */
    bool doubles_last_backslash; /* one before the closing quote would hide that from the program's start-up code */
} quoting;

static const quoting QUOTINGS[] = {
    [SHELL_POSIX] = {LETTERS "-_./:=,+@%", "'", "'", '\'', "'\\''", false},
    /* Between quotes a variable is still replaced, so its sign goes outside. */
    [SHELL_CMD] = {LETTERS "-_./:=,+@\\", "\"", "\"", '%', "\"^%\"", true},
    /* A comma would make a list, and @ a splatted variable. */
    [SHELL_POWERSHELL] = {LETTERS "-_./:=+\\", "'", "'", '\'', "''", true},
};

typedef struct text {
    char *out;
    size_t capacity, used;
    bool cut;
} text;

static void add(text *t, const char *piece, size_t size)
{
    t->cut = t->cut || t->used + size >= t->capacity;
    if (!t->cut) {
        memcpy(t->out + t->used, piece, size);
        t->used += size;
    }
}

static void add_quoted(text *t, const quoting *q, const char *word)
{
    add(t, q->open, strlen(q->open));
    for (const char *p = word; *p != '\0'; p++) {
        if (*p == q->special)
            add(t, q->instead, strlen(q->instead));
        else
            add(t, p, 1);
        if (*p == '\\' && p[1] == '\0' && q->doubles_last_backslash)
            add(t, p, 1);
    }
    add(t, q->close, strlen(q->close));
}

bool shell_quote(char *out, size_t capacity, shell_kind shell, const char *word)
{
    const quoting *q = &QUOTINGS[shell];
    text t = {.out = out, .capacity = capacity};
    if (word[0] != '\0' && word[strspn(word, q->plain)] == '\0')
        add(&t, word, strlen(word));
    else
        add_quoted(&t, q, word);
    if (capacity > 0)
        out[t.cut ? 0 : t.used] = '\0';
    return !t.cut;
}

static bool ends_with(const char *path, const char *name)
{
    const size_t length = strlen(path), tail = strlen(name);
    if (length < tail)
        return false;
    for (size_t i = 0; i < tail; i++) {
        if (tolower((unsigned char)path[length - tail + i]) != name[i])
            return false;
    }
    return length == tail || strchr("/\\", path[length - tail - 1]) != NULL;
}

shell_kind shell_by_program(const char *path)
{
    static const struct {
        const char *name;
        shell_kind kind;
    } rows[] = {{"powershell.exe", SHELL_POWERSHELL},
                {"pwsh.exe", SHELL_POWERSHELL},
                {"bash.exe", SHELL_POSIX},
                {"sh.exe", SHELL_POSIX},
                {"zsh.exe", SHELL_POSIX},
                {"fish.exe", SHELL_POSIX}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (ends_with(path, rows[i].name))
            return rows[i].kind;
    }
    return SHELL_CMD;
}

#ifdef _WIN32
#include <windows.h>

#include <tlhelp32.h>

shell_kind shell_at_hand(void)
{
    shell_kind kind = SHELL_CMD;
    PROCESSENTRY32 all = {.dwSize = sizeof(all)};
    DWORD parent = 0;
    const HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (list == INVALID_HANDLE_VALUE)
        return kind;
    for (BOOL more = Process32First(list, &all); more; more = Process32Next(list, &all)) {
        if (all.th32ProcessID == GetCurrentProcessId())
            parent = all.th32ParentProcessID;
    }
    for (BOOL more = Process32First(list, &all); more; more = Process32Next(list, &all)) {
        if (all.th32ProcessID == parent)
            kind = shell_by_program(all.szExeFile);
    }
    CloseHandle(list);
    return kind;
}
#else
shell_kind shell_at_hand(void)
{
    return SHELL_POSIX;
}
#endif
