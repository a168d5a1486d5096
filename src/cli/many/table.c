/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many/table.h"

#include <string.h>

enum { NAME_WIDTH = 20 };
static const espbak_time DRAW_EVERY = 100 * ESPBAK_MS;

void table_wipe(table *t)
{
    if (t->stream == NULL || t->drawn == 0)
        return;
    fprintf(t->stream, "\r\x1b[%zuA\x1b[J", t->drawn);
    (void)fflush(t->stream);
    t->drawn = 0;
}

/* The end of a name tells more than its beginning. */
static const char *short_name(const char *device)
{
    const size_t length = strlen(device);
    return length > NAME_WIDTH ? device + length - NAME_WIDTH : device;
}

void table_draw(table *t)
{
    if (t->stream == NULL || t->drawn > 0)
        return;
    const unsigned width = t->width(), height = t->height();
    const size_t room = height > 3 ? height - 2 : 1;
    size_t left = 0;
    for (size_t i = 0; i < t->count; i++)
        left += t->rows[i].text[0] != '\0';
    for (size_t i = 0; i < t->count; i++) {
        if (t->rows[i].text[0] == '\0')
            continue;
        if (t->drawn + 1 >= room && left > 1) {
            fprintf(t->stream, "and %zu more\n", left);
            t->drawn++;
            break;
        }
        char line[NAME_WIDTH + 2 + TABLE_TEXT];
        snprintf(line, sizeof(line), "%-*s  %s", NAME_WIDTH, short_name(t->rows[i].device), t->rows[i].text);
        fprintf(t->stream, "%.*s\n", (int)(width > 1 ? width - 1 : 1), line);
        t->drawn++;
        left--;
    }
    (void)fflush(t->stream);
}

void table_put(table *t, size_t row, const char *text)
{
    const espbak_time now = espbak_clock_now(espbak_clock_system());
    snprintf(t->rows[row].text, TABLE_TEXT, "%s", text);
    if (t->stream == NULL || (t->drawn > 0 && now - t->last < DRAW_EVERY))
        return;
    t->last = now;
    table_wipe(t);
    table_draw(t);
}
