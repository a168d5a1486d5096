/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many/station_log.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/utc.h"

enum { LOG_MOST = 64 * 1024 * 1024, MAC_LENGTH = 17 };

static const char head[] = "time,event,mac,chip,exit_code,seconds,port,path,message\n";

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

static espbak_status remember(station_log *log, const char *mac, espbak_error *err)
{
    if (strlen(mac) != MAC_LENGTH || station_log_has(log, mac))
        return ESPBAK_OK;
    char(*grown)[MAC_LENGTH + 1] = realloc(log->done, (log->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    log->done = grown;
    memcpy(log->done[log->count++], mac, MAC_LENGTH + 1);
    return ESPBAK_OK;
}

/* "2026-…Z,end,34:85:…,esp32,0,…" */
static espbak_status read_csv(station_log *log, const char *line, espbak_error *err)
{
    char event[8], mac[MAC_LENGTH + 1];
    int code = -1;
    if (sscanf(line, "%*[^,],%7[^,],%17[^,],%*[^,],%d", event, mac, &code) != 3 || strcmp(event, "end") != 0 ||
        code != 0)
        return ESPBAK_OK;
    return remember(log, mac, err);
}

static espbak_status read_json(station_log *log, const char *line, espbak_error *err)
{
    cJSON *const object = cJSON_Parse(line);
    const cJSON *const event = cJSON_GetObjectItemCaseSensitive(object, "event");
    const cJSON *const mac = cJSON_GetObjectItemCaseSensitive(object, "mac");
    const cJSON *const code = cJSON_GetObjectItemCaseSensitive(object, "exit_code");
    const bool done = cJSON_IsString(event) && strcmp(event->valuestring, "end") == 0 && cJSON_IsString(mac) &&
                      cJSON_IsNumber(code) && code->valueint == 0;
    const espbak_status status = done ? remember(log, mac->valuestring, err) : ESPBAK_OK;
    cJSON_Delete(object);
    return status;
}

/* `cut`: its last line has no end, because whoever wrote it was stopped there. */
static espbak_status read_earlier(station_log *log, const char *path, bool *empty, bool *cut, espbak_error *err)
{
    char *text = NULL;
    size_t size = 0;
    *empty = file_kind_of(path) == FILE_KIND_MISSING;
    if (*empty)
        return ESPBAK_OK;
    espbak_status status = file_load(path, LOG_MOST, &text, &size, err);
    *empty = size == 0;
    *cut = size > 0 && text[size - 1] != '\n';
    for (char *line = text; status == ESPBAK_OK && line < text + size;) {
        char *const found = memchr(line, '\n', size - (size_t)(line - text));
        char *const end = found != NULL ? found : text + size;
        *end = '\0';
        status = log->json ? read_json(log, line, err) : read_csv(log, line, err);
        line = end + 1;
    }
    free(text);
    return status;
}

espbak_status station_log_open(station_log *log, const char *path, espbak_error *err)
{
    bool empty = false, cut = false;
    *log = (station_log){.stream = NULL};
    if (path == NULL)
        return ESPBAK_OK;
    log->json = ends_with(path, ".json") || ends_with(path, ".jsonl");
    if (read_earlier(log, path, &empty, &cut, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "the log");
    log->stream = file_stream(path, "ab");
    if (log->stream == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "the log %s cannot be written: %s", path, strerror(errno));
    if (cut)
        fputc('\n', log->stream);
    if (empty && !log->json)
        fputs(head, log->stream);
    return ESPBAK_OK;
}

void station_log_close(station_log *log)
{
    if (log->stream != NULL)
        (void)fclose(log->stream);
    free(log->done);
    *log = (station_log){.stream = NULL};
}

/* Quotes where a comma or a quote is in it, as RFC 4180 has them. Nothing in it ends a line. */
static void put_text(FILE *out, const char *text, char end)
{
    const bool quoted = strpbrk(text, ",\"") != NULL;
    if (quoted)
        fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    if (quoted)
        fputc('"', out);
    fputc(end, out);
}

static void put_csv(FILE *out, const char *time, const station_entry *entry)
{
    put_text(out, time, ',');
    put_text(out, entry->event, ',');
    put_text(out, entry->mac[0] != '\0' ? entry->mac : "-", ',');
    put_text(out, entry->chip[0] != '\0' ? entry->chip : "-", ',');
    fprintf(out, "%d,%.1f,", entry->exit_code, entry->seconds);
    put_text(out, entry->port, ',');
    put_text(out, entry->path, ',');
    put_text(out, entry->message, '\n');
}

static void put_json(FILE *out, const char *time, const station_entry *entry)
{
    cJSON *const object = cJSON_CreateObject();
    const char *const texts[][2] = {
        {"time", time},        {"event", entry->event}, {"mac", entry->mac},        {"chip", entry->chip},
        {"port", entry->port}, {"path", entry->path},   {"message", entry->message}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i][1][0] != '\0')
            cJSON_AddStringToObject(object, texts[i][0], texts[i][1]);
    }
    if (strcmp(entry->event, "end") == 0) {
        cJSON_AddNumberToObject(object, "exit_code", entry->exit_code);
        cJSON_AddNumberToObject(object, "seconds", entry->seconds);
    }
    char *const line = cJSON_PrintUnformatted(object);
    if (line != NULL)
        fprintf(out, "%s\n", line);
    cJSON_free(line);
    cJSON_Delete(object);
}

espbak_status station_log_add(station_log *log, const station_entry *entry, espbak_error *err)
{
    char now[32], compact[32];
    const bool done = strcmp(entry->event, "end") == 0 && entry->exit_code == 0;
    utc_now(now, compact);
    if (done && remember(log, entry->mac, err) != ESPBAK_OK)
        return err->status;
    if (log->stream == NULL)
        return ESPBAK_OK;
    if (log->json)
        put_json(log->stream, now, entry);
    else
        put_csv(log->stream, now, entry);
    const int error = file_stream_sync(log->stream);
    if (error == 0 && !ferror(log->stream))
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_FILE, "the log cannot be written: %s", strerror(error));
}

bool station_log_has(const station_log *log, const char *mac)
{
    for (size_t i = 0; i < log->count; i++) {
        if (strcmp(log->done[i], mac) == 0)
            return true;
    }
    return false;
}
