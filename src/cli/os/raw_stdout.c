/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/os/raw_stdout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/os/terminal.h"

espbak_status raw_stdout_begin(bool json, espbak_error *err)
{
    if (json)
        return espbak_fail(err, ESPBAK_E_USAGE, "the data and --json cannot both go to standard output");
    if (terminal_is_tty(TERMINAL_STDOUT))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "flash contents do not belong on a terminal: name a file, or send "
                           "standard output to one");
    terminal_binary_stdout();
    return ESPBAK_OK;
}

espbak_status raw_stdout_take(void *stream, const uint8_t *data, size_t size, espbak_error *err)
{
    FILE *out = stream;
    errno = 0;
    if (fwrite(data, 1, size, out) == size && fflush(out) == 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "standard output did not take the data: %s",
                errno != 0 ? strerror(errno) : "unknown reason");
    clearerr(out);
    return ESPBAK_E_FILE;
}
