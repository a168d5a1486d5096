/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE
#endif
#if defined(__APPLE__) && !defined(_DARWIN_C_SOURCE)
#define _DARWIN_C_SOURCE
#endif
#include "cli/os/terminal.h"

#include <stdio.h>

enum { WIDTH_UNKNOWN = 80, HEIGHT_MIN = 3, HEIGHT_UNKNOWN = 24, WIDTH_MIN = 10, WIDTH_MAX = 1000 };

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <windows.h>

static HANDLE handle_of(terminal_stream stream)
{
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    return GetStdHandle(names[stream]);
}

void terminal_guard_streams(void)
{
    /* Handles of standard streams are not reused by the C runtime: nothing to guard. */
}

bool terminal_is_tty(terminal_stream stream)
{
    DWORD mode;
    return GetConsoleMode(handle_of(stream), &mode) != 0;
}

unsigned terminal_width(terminal_stream stream)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(handle_of(stream), &info))
        return WIDTH_UNKNOWN;
    const int width = info.srWindow.Right - info.srWindow.Left + 1;
    return width < WIDTH_MIN || width > WIDTH_MAX ? WIDTH_UNKNOWN : (unsigned)width;
}

unsigned terminal_height(terminal_stream stream)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(handle_of(stream), &info))
        return HEIGHT_UNKNOWN;
    const int height = info.srWindow.Bottom - info.srWindow.Top + 1;
    return height < HEIGHT_MIN ? HEIGHT_UNKNOWN : (unsigned)height;
}

bool terminal_enable_escapes(terminal_stream stream)
{
    const DWORD virtual_terminal = 0x0004; /* ENABLE_VIRTUAL_TERMINAL_PROCESSING, absent from old SDKs */
    DWORD mode;
    if (!GetConsoleMode(handle_of(stream), &mode))
        return false;
    return SetConsoleMode(handle_of(stream), mode | virtual_terminal) != 0;
}

bool terminal_wait_input(unsigned milliseconds)
{
    return WaitForSingleObject(handle_of(TERMINAL_STDIN), milliseconds) != WAIT_TIMEOUT;
}

void terminal_binary_stdout(void)
{
    fflush(stdout);
    (void)_setmode(_fileno(stdout), _O_BINARY);
}

void terminal_binary_stdin(void)
{
    (void)_setmode(_fileno(stdin), _O_BINARY);
}
#else
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

void terminal_guard_streams(void)
{
    /* open() takes the lowest free number, so going upwards fills each gap with its own stand-in. */
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        const int made = open("/dev/null", fd == 1 ? O_RDONLY : O_RDWR);
        if (made != fd && made >= 0)
            close(made);
    }
}

bool terminal_is_tty(terminal_stream stream)
{
    return isatty((int)stream) == 1;
}

unsigned terminal_width(terminal_stream stream)
{
    struct winsize size;
    if (ioctl((int)stream, TIOCGWINSZ, &size) != 0 || size.ws_col < WIDTH_MIN || size.ws_col > WIDTH_MAX)
        return WIDTH_UNKNOWN;
    return size.ws_col;
}

unsigned terminal_height(terminal_stream stream)
{
    struct winsize size;
    if (ioctl((int)stream, TIOCGWINSZ, &size) != 0 || size.ws_row < HEIGHT_MIN)
        return HEIGHT_UNKNOWN;
    return size.ws_row;
}

bool terminal_enable_escapes(terminal_stream stream)
{
    return terminal_is_tty(stream);
}

bool terminal_wait_input(unsigned milliseconds)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, (int)milliseconds) > 0;
}

void terminal_binary_stdout(void)
{
    fflush(stdout);
}

void terminal_binary_stdin(void)
{
    /* It is that here. */
}
#endif
