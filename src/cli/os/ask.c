/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/os/ask.h"

#include <stdio.h>
#include <string.h>

#include "cli/os/terminal.h"

static espbak_status refuse(espbak_error *err, const char *why)
{
    espbak_fail(err, ESPBAK_E_REFUSED, "%s", why);
    espbak_error_hint(err, "add --yes to go on without a question, or --dry-run to see the plan only");
    return ESPBAK_E_REFUSED;
}

static bool is_yes(const char *answer)
{
    const char *const words[] = {"y\n", "Y\n", "yes\n", "YES\n", "Yes\n", "y\r\n", "yes\r\n"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(answer, words[i]) == 0)
            return true;
    }
    return false;
}

bool ask_can(void)
{
    return terminal_is_tty(TERMINAL_STDIN) && terminal_is_tty(TERMINAL_STDERR);
}

espbak_status ask_yes(const char *question, const espbak_cancel *cancel, espbak_error *err)
{
    char answer[64] = "";
    if (!ask_can())
        return refuse(err, "there is no terminal to ask on, and --yes was not given");
    fprintf(stderr, "%s [y/N] ", question);
    fflush(stderr);
    /* An interrupt between two waits must not be lost in a read that goes on. */
    while (!cancel->requested && !terminal_wait_input(100)) {
    }
    const char *got = cancel->requested ? NULL : fgets(answer, sizeof(answer), stdin);
    if (cancel->requested) {
        fputc('\n', stderr);
        return espbak_fail(err, ESPBAK_E_CANCELLED, "interrupted before anything was changed");
    }
    if (got != NULL && is_yes(answer))
        return ESPBAK_OK;
    if (got == NULL)
        fputc('\n', stderr);
    return refuse(err, "the answer was not yes; nothing was changed");
}
