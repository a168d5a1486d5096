/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700 /* SIGXFSZ */
#endif
#include "cli/os/signals.h"

#include <signal.h>
#include <stddef.h>

/* A handler gets no argument, so what it sets has to be static. */
static espbak_cancel cancel;

#ifdef _WIN32
#include <windows.h>

static BOOL WINAPI on_console_event(DWORD event)
{
    cancel.requested = 1;
    /* When the window is closed or the user logs off, the process ends with this function: main() gets the seconds that
     * the system leaves it. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        Sleep(INFINITE);
    return TRUE;
}

espbak_cancel *signals_install(void)
{
    SetConsoleCtrlHandler(on_console_event, TRUE);
    return &cancel;
}
#else
static void on_signal(int number)
{
    (void)number;
    cancel.requested = 1;
}

static void install(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    /* No SA_RESTART: a question on the terminal must end with the interrupt. */
    (void)sigaction(number, &action, NULL);
}

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

espbak_cancel *signals_install(void)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        /* nohup and background jobs of a shell start us with the signal ignored, and mean it. */
        if (!is_ignored(stops[i]))
            install(stops[i], on_signal);
    }
    install(SIGPIPE, SIG_IGN);
#ifdef SIGXFSZ
    install(SIGXFSZ, SIG_IGN);
#endif
    return &cancel;
}
#endif
