/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The analyzer's forms are for callers. */
#undef espbak_fail
#undef espbak_error_prefix

static void forget_hint(espbak_error *err)
{
    err->hint[0] = '\0';
    memset(err->commands, 0, sizeof(err->commands));
    err->next_loader = NULL;
}

espbak_status espbak_fail(espbak_error *err, espbak_status status, const char *fmt, ...)
{
    if (err == NULL)
        return status;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->message, sizeof(err->message), fmt, args);
    va_end(args);
    err->status = status;
    forget_hint(err);
    return status;
}

espbak_status espbak_error_prefix(espbak_error *err, const char *fmt, ...)
{
    if (err == NULL)
        return ESPBAK_E_INTERNAL;
    char outer[ESPBAK_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(outer, sizeof(outer) - 2, fmt, args);
    va_end(args);
    strcat(outer, ": ");

    /* The outside comes first; what no longer fits is cut from the end of the inside. */
    const size_t shift = strlen(outer);
    memmove(err->message + shift, err->message, sizeof(err->message) - shift);
    memcpy(err->message, outer, shift);
    err->message[sizeof(err->message) - 1] = '\0';
    return err->status;
}

void espbak_error_hint(espbak_error *err, const char *fmt, ...)
{
    if (err == NULL || err->hint[0] != '\0')
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->hint, sizeof(err->hint), fmt, args);
    va_end(args);
}

void espbak_error_suggest(espbak_error *err, const char *const *words)
{
    size_t used = 0, needed = 2;
    if (err == NULL || err->hint[0] != '\0')
        return;
    while (err->commands[used] != '\0') {
        while (err->commands[used] != '\0')
            used += strlen(err->commands + used) + 1;
        used++;
    }
    for (size_t i = 0; words[i] != NULL; i++) {
        if (words[i][0] == '\0')
            return;
        needed += strlen(words[i]) + 1;
    }
    for (size_t i = 0; words[i] != NULL && used + needed <= sizeof(err->commands); i++) {
        const size_t size = strlen(words[i]) + 1;
        memcpy(err->commands + used, words[i], size);
        used += size;
        needed -= size;
    }
}

void espbak_error_clear(espbak_error *err)
{
    if (err == NULL)
        return;
    err->status = ESPBAK_OK;
    err->message[0] = '\0';
    forget_hint(err);
}

const char *espbak_status_name(espbak_status status)
{
    static const char *const names[] = {
        [ESPBAK_OK] = "ok",
        [ESPBAK_E_INTERNAL] = "internal",
        [ESPBAK_E_USAGE] = "usage",
        [ESPBAK_E_PORT] = "port",
        [ESPBAK_E_CONNECT] = "connect",
        [ESPBAK_E_UNSUPPORTED] = "unsupported",
        [ESPBAK_E_LINK] = "link",
        [ESPBAK_E_DEVICE] = "device",
        [ESPBAK_E_DIFFERS] = "differs",
        [ESPBAK_E_REFUSED] = "refused",
        [ESPBAK_E_FILE] = "file",
        [ESPBAK_E_CANCELLED] = "cancelled",
    };
    const size_t count = sizeof(names) / sizeof(names[0]);
    return (size_t)status < count ? names[status] : "unknown";
}
