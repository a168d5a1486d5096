/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/page/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

static void append(html *page, const char *bytes, size_t size)
{
    enum { FIRST = 16 * 1024 };
    if (page->failed)
        return;
    if (page->size + size + 1 > page->capacity) {
        size_t capacity = page->capacity == 0 ? FIRST : page->capacity;
        while (page->size + size + 1 > capacity)
            capacity *= 2;
        char *larger = realloc(page->text, capacity);
        if (larger == NULL) {
            page->failed = true;
            return;
        }
        page->text = larger;
        page->capacity = capacity;
    }
    memcpy(page->text + page->size, bytes, size);
    page->size += size;
    page->text[page->size] = '\0';
}

void html_put(html *page, const char *markup)
{
    append(page, markup, strlen(markup));
}

void html_format(html *page, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    html_put(page, text);
}

static const char *entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_text(html *page, const char *text)
{
    char clean[2048];
    if (text == NULL)
        return;
    bytes_printable(clean, sizeof(clean), text, strlen(text));
    for (const char *p = clean; *p != '\0'; p++) {
        const char *instead = entity(*p);
        if (instead != NULL)
            html_put(page, instead);
        else
            append(page, p, 1);
    }
}

void html_between(html *page, const char *before, const char *text, const char *after)
{
    html_put(page, before);
    html_text(page, text);
    html_put(page, after);
}
