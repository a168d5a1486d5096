/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

/*
 * One page about one backup: made of the documents that the commands give with --json, and of the lines that people
 * read, so that it says what they say. It needs no script, and nothing but itself.
 */

#include <cjson/cJSON.h>

#include "cli/page/html.h"
#include "espbak/inspect.h"

/* A label and what stands behind it. */
typedef struct page_line {
    char label[32];
    char text[1200];
} page_line;

enum { PAGE_LINES_MAX = 24 };

typedef struct page_lines {
    page_line rows[PAGE_LINES_MAX];
    size_t count;
} page_lines;

/* What takes the lines of an output: `lines` is a page_lines. */
void page_take_line(void *lines, const char *label, const char *text);

typedef struct page_content {
    const char *name, *written; /* of the backup; when the page was made */
    const espbak_inspection *found;
    const cJSON *inspect, *files, *diff, *device; /* documents; NULL: not known */
    const page_lines *head, *about;               /* of inspect; of the device */
    const char *since;                            /* the backup that `diff` compares with */
} page_content;

void page_write(html *page, const page_content *content);

/* ---- its parts ---- */

void page_style(html *page);
void page_map(html *page, const page_content *content);
void page_head(html *page, const page_content *content);
void page_device(html *page, const page_content *content);
void page_partitions(html *page, const page_content *content);
void page_apps(html *page, const page_content *content);
void page_findings(html *page, const page_content *content);
void page_nvs(html *page, const page_content *content);
void page_files(html *page, const page_content *content);
void page_diff(html *page, const page_content *content);

/* ---- values.c: values of the documents ---- */

const char *page_string(const cJSON *object, const char *key); /* "" where there is none */
double page_number(const cJSON *object, const char *key);
bool page_flag(const cJSON *object, const char *key);

/* A row of a list of terms. */
void page_term(html *page, const char *label, const char *text);
/* A cell that holds a size. */
void page_size_cell(html *page, double bytes);
/* Where a table begins, with the words for its columns up to NULL, and ends. */
void page_table(html *page, const char *const *columns);
void page_table_end(html *page);
/* What kind of a partition it is, as a class of the style: "app", "nvs", "files", "data", "none". */
const char *page_kind(const espbak_contents *contents, const espbak_partition *entry);

#endif
