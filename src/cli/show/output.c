/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/output.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/show/text.h"

enum { TEXT_MAX = 1200, LABEL_WIDTH = 15 };

static void clean(char out[TEXT_MAX], const char *fmt, va_list args) ESPBAK_PRINTF(2, 0);

static void clean(char out[TEXT_MAX], const char *fmt, va_list args)
{
    char text[TEXT_MAX];
    vsnprintf(text, sizeof(text), fmt, args);
    bytes_printable(out, TEXT_MAX, text, strlen(text));
}

/* On a terminal both streams share the line the bar stands on. */
static void wipe_bar(output *out)
{
    if (out->bar != NULL)
        progress_wipe(out->bar);
}

void output_line(output *out, const char *fmt, ...)
{
    if (out->json)
        return;
    char text[TEXT_MAX];
    va_list args;
    wipe_bar(out);
    va_start(args, fmt);
    clean(text, fmt, args);
    va_end(args);
    if (out->fold)
        text_fold(out->stream, text, 0, strspn(text, " ") + 2, out->width);
    else
        fprintf(out->stream, "%s\n", text);
}

void output_command(output *out, const char *command)
{
    char text[TEXT_MAX];
    if (out->json)
        return;
    wipe_bar(out);
    bytes_printable(text, sizeof(text), command, strlen(command));
    fprintf(out->stream, "  %s\n", text);
}

void output_field(output *out, const char *label, const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list args;
    if (out->json && out->take == NULL)
        return;
    va_start(args, fmt);
    clean(text, fmt, args);
    va_end(args);
    if (out->take != NULL) {
        out->take(out->take_user, label, text);
        return;
    }
    wipe_bar(out);
    fprintf(out->stream, "  %-13s", label);
    if (out->fold)
        text_fold(out->stream, text, LABEL_WIDTH, LABEL_WIDTH, out->width);
    else
        fprintf(out->stream, "%s\n", text);
}

cJSON *output_root(output *out)
{
    if (out->json && out->root == NULL)
        out->root = cJSON_CreateObject();
    return out->root;
}

espbak_status output_finish(output *out, espbak_error *err)
{
    char *text = out->json ? cJSON_Print(output_root(out)) : NULL;
    if (text != NULL)
        fprintf(out->stream, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(out->root);
    out->root = NULL;
    errno = 0;
    const bool lost = fflush(out->stream) != 0;
    const int reason = errno;
    if (!lost && !ferror(out->stream))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "the result could not be written to standard output%s%s", reason != 0 ? ": " : "",
                reason != 0 ? strerror(reason) : "");
    espbak_error_hint(err, "the work itself was done; what reads the output closed it, or its disk is full");
    return ESPBAK_E_FILE;
}
