/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* popen */
#endif
#include "cli/os/pipe.h"

#ifdef _WIN32
FILE *pipe_open(const char *command)
{
    return _popen(command, "wb");
}

int pipe_close(FILE *pipe)
{
    return _pclose(pipe);
}
#else
#include <sys/wait.h>

FILE *pipe_open(const char *command)
{
    return popen(command, "w");
}

int pipe_close(FILE *pipe)
{
    const int status = pclose(pipe);
    return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
#endif
