/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/text.h"

#include <stdbool.h>
#include <string.h>

static const uint64_t KIB = 1024, MIB = 1024 * 1024;

const char *text_size(char out[TEXT_SHORT], uint64_t bytes)
{
    if (bytes >= MIB && bytes % MIB == 0)
        snprintf(out, TEXT_SHORT, "%llu MiB", (unsigned long long)(bytes / MIB));
    else if (bytes >= MIB)
        snprintf(out, TEXT_SHORT, "%.1f MiB", (double)bytes / (double)MIB);
    else if (bytes >= KIB && bytes % KIB == 0)
        snprintf(out, TEXT_SHORT, "%llu KiB", (unsigned long long)(bytes / KIB));
    else if (bytes >= 10 * KIB)
        snprintf(out, TEXT_SHORT, "%.1f KiB", (double)bytes / (double)KIB);
    else
        snprintf(out, TEXT_SHORT, "%llu byte%s", (unsigned long long)bytes, bytes == 1 ? "" : "s");
    return out;
}

const char *text_size_option(char out[TEXT_SHORT], uint64_t bytes)
{
    if (bytes >= MIB && bytes % MIB == 0)
        snprintf(out, TEXT_SHORT, "%lluM", (unsigned long long)(bytes / MIB));
    else if (bytes >= KIB && bytes % KIB == 0)
        snprintf(out, TEXT_SHORT, "%lluK", (unsigned long long)(bytes / KIB));
    else
        snprintf(out, TEXT_SHORT, "0x%llX", (unsigned long long)bytes);
    return out;
}

const char *text_duration(char out[TEXT_SHORT], double seconds)
{
    const double limit = 360000;
    const unsigned long s = (unsigned long)(seconds < limit ? seconds + 0.5 : limit);
    if (seconds < 9.95)
        snprintf(out, TEXT_SHORT, "%.1f s", seconds);
    else if (s < 60)
        snprintf(out, TEXT_SHORT, "%lu s", s);
    else if (s < 3600)
        snprintf(out, TEXT_SHORT, "%lu min %02lu s", s / 60, s % 60);
    else
        snprintf(out, TEXT_SHORT, "%lu h %02lu min", s / 3600, s / 60 % 60);
    return out;
}

const char *text_mac(char out[TEXT_SHORT], const uint8_t mac[6])
{
    snprintf(out, TEXT_SHORT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return out;
}

const char *text_revision(char out[TEXT_SHORT], unsigned revision)
{
    snprintf(out, TEXT_SHORT, "v%u.%u", revision / 100, revision % 100);
    return out;
}

static void new_line(FILE *stream, size_t indent)
{
    fprintf(stream, "\n%*s", (int)indent, "");
}

void text_fold(FILE *stream, const char *text, size_t column, size_t indent, size_t width)
{
    size_t spaces = 0;
    bool first = true;
    while (*text != '\0') {
        const size_t length = strcspn(text, " \n");
        if (length > 0 && !first && column + spaces + length > width) {
            new_line(stream, indent);
            column = indent;
        } else if (length > 0) {
            column += (size_t)fprintf(stream, "%*s", (int)spaces, "");
        }
        fwrite(text, 1, length, stream);
        column += length;
        first = first && length == 0;
        text += length;
        spaces = length > 0 ? 0 : spaces;
        if (*text == '\n') {
            new_line(stream, text[1] == '\0' || text[1] == '\n' ? 0 : indent);
            column = indent;
            first = true;
            spaces = 0;
        } else {
            spaces++;
        }
        if (*text != '\0')
            text++;
    }
    fputc('\n', stream);
}
