/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/show/fields.h"
#include "cli/show/text.h"

enum { LINE_MAX_LENGTH = 1200, PLAN_INDENT = 14, MESSAGE_INDENT = 2 };

typedef struct prefix {
    const char *text, *color;
} prefix;

static const prefix ERROR_PREFIX = {"error: ", "\x1b[1;31m"};
static const prefix WARNING_PREFIX = {"warning: ", "\x1b[33m"};
static const prefix HINT_PREFIX = {"hint: ", "\x1b[36m"};
static const prefix NO_PREFIX = {"", ""};
static const prefix COMMAND_PREFIX = {"  ", ""};

/* What is to be copied from its line has nothing in front. */
static void begin_line(report *r, const prefix *before)
{
    shared_begin(r->with);
    if (r->bar != NULL)
        progress_wipe(r->bar);
    if (r->with != NULL && !r->json_lines && before != &COMMAND_PREFIX)
        fprintf(r->stream, "%s: ", r->with->device);
}

static void end_line(report *r)
{
    fflush(r->stream);
    shared_end(r->with);
}

/* Of its name in front of each line. */
static size_t device_width(const report *r)
{
    return r->with != NULL ? strlen(r->with->device) + 2 : 0;
}

/* Texts carry names from devices and files: nothing in them may steer the terminal. */
static void print_line(report *r, const prefix *before, const char *text)
{
    char clean[LINE_MAX_LENGTH];
    bytes_printable(clean, sizeof(clean), text, strlen(text));
    begin_line(r, before);
    if (r->color && before->color[0] != '\0')
        fprintf(r->stream, "%s%s\x1b[0m", before->color, before->text);
    else
        fputs(before->text, r->stream);
    if (r->fold && before != &COMMAND_PREFIX)
        text_fold(r->stream, clean, device_width(r) + strlen(before->text), MESSAGE_INDENT, r->width);
    else
        fprintf(r->stream, "%s\n", clean);
    end_line(r);
}

static void print_json(report *r, cJSON *object)
{
    if (r->with != NULL)
        cJSON_AddStringToObject(object, "device", r->with->device);
    char *line = object != NULL ? cJSON_PrintUnformatted(object) : NULL;
    begin_line(r, &NO_PREFIX);
    if (line != NULL)
        fprintf(r->stream, "%s\n", line);
    end_line(r);
    cJSON_free(line);
    cJSON_Delete(object);
}

static void keep_warning(report *r, const char *text)
{
    if (r->warning_count == REPORT_WARNINGS_MAX)
        return;
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy == NULL)
        return;
    bytes_printable(copy, size, text, size - 1);
    r->warnings[r->warning_count++] = copy;
}

void report_log(report *r, espbak_log_level level, const char *text)
{
    if (level == ESPBAK_LOG_WARNING)
        keep_warning(r, text);
    if (level > r->level)
        return;
    if (r->json_lines) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "event", "log");
        cJSON_AddStringToObject(object, "level", espbak_log_level_name(level));
        cJSON_AddStringToObject(object, "text", text);
        print_json(r, object);
        return;
    }
    print_line(r, level == ESPBAK_LOG_WARNING ? &WARNING_PREFIX : &NO_PREFIX, text);
}

void report_add_error(cJSON *object, const espbak_error *err, int exit_code, const report_advice *advice)
{
    const field rows[] = {
        {NULL, "status", TEXT(espbak_status_name(err->status))},
        {NULL, "message", TEXT(err->message)},
        {NULL, "hint", TEXT(err->hint), .absent = err->hint[0] == '\0'},
        {NULL, "run_again", TEXT(advice->again), .absent = advice->again[0] == '\0'},
        {NULL, "flash_changed", FLAG(err->flash_changed)},
        {NULL, "exit_code", NUMBER((uint64_t)exit_code)},
    };
    fields_add(object, rows, FIELD_COUNT(rows));
    cJSON *list = object != NULL && advice->count > 0 ? cJSON_AddArrayToObject(object, "commands") : NULL;
    for (size_t i = 0; i < advice->count && list != NULL; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(advice->commands[i]));
}

void report_error(report *r, const espbak_error *err, int exit_code, const report_advice *advice)
{
    if (r->json_lines) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "event", "error");
        report_add_error(object, err, exit_code, advice);
        print_json(r, object);
        return;
    }
    print_line(r, &ERROR_PREFIX, err->message);
    if (err->hint[0] != '\0')
        print_line(r, &HINT_PREFIX, err->hint);
    for (size_t i = 0; i < advice->count; i++)
        print_line(r, &COMMAND_PREFIX, advice->commands[i]);
    if (advice->again[0] == '\0')
        return;
    print_line(r, &HINT_PREFIX, advice->why);
    print_line(r, &COMMAND_PREFIX, advice->again);
}

void report_line(report *r, const char *fmt, ...)
{
    if (r->json_lines)
        return;
    char text[LINE_MAX_LENGTH];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (!r->fold) {
        print_line(r, &NO_PREFIX, text);
        return;
    }
    char clean[LINE_MAX_LENGTH];
    bytes_printable(clean, sizeof(clean), text, strlen(text));
    begin_line(r, &NO_PREFIX);
    text_fold(r->stream, clean, device_width(r), PLAN_INDENT, r->width);
    end_line(r);
}

void report_free(report *r)
{
    for (size_t i = 0; i < r->warning_count; i++)
        free(r->warnings[i]);
    r->warning_count = 0;
}
