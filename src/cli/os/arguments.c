/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/os/arguments.h"

#ifdef _WIN32

#include <windows.h>

#include <shellapi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* NULL when out of memory. */
static char *narrow(const wchar_t *text)
{
    const int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *copy = size <= 0 ? NULL : malloc((size_t)size);
    if (copy != NULL)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, copy, size, NULL, NULL);
    return copy;
}

static bool narrow_all(wchar_t *const *words, int count, char **out)
{
    for (int i = 0; i < count; i++) {
        out[i] = narrow(words[i]);
        if (out[i] == NULL)
            return false;
    }
    return true;
}

static void take_command_line(int *argc, char ***argv)
{
    int count = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    char **list = words == NULL ? NULL : calloc((size_t)count + 1, sizeof(*list));
    if (list != NULL && narrow_all(words, count, list)) {
        *argc = count;
        *argv = list;
    }
    LocalFree(words);
}

static bool is_ascii(const wchar_t *text)
{
    while (*text != L'\0' && *text < 0x80)
        text++;
    return *text == L'\0';
}

/* For getenv(). Only what looks different in UTF-8 is set anew. */
static void take_environment(void)
{
    wchar_t *const block = GetEnvironmentStringsW();
    for (const wchar_t *entry = block; entry != NULL && *entry != L'\0'; entry += wcslen(entry) + 1) {
        char *text = is_ascii(entry) ? NULL : narrow(entry);
        if (text != NULL)
            _putenv(text);
        free(text);
    }
    if (block != NULL)
        FreeEnvironmentStringsW(block);
}

/* atexit() takes a function without an argument, so what it puts back has to be static. */
static UINT code_page;

static void restore_code_page(void)
{
    SetConsoleOutputCP(code_page);
}

static void show_utf8(void)
{
    code_page = GetConsoleOutputCP();
    if (code_page != 0 && code_page != CP_UTF8 && SetConsoleOutputCP(CP_UTF8))
        atexit(restore_code_page);
}

void arguments_use_utf8(int *argc, char ***argv)
{
    take_command_line(argc, argv);
    take_environment();
    show_utf8();
}

#else

void arguments_use_utf8(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
}

#endif
