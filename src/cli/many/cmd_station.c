/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "cli/choose.h"
#include "cli/commands.h"
#include "cli/many/argv.h"
#include "cli/many/big_word.h"
#include "cli/many/seats.h"
#include "cli/many/station_log.h"
#include "cli/os/exit_code.h"
#include "cli/os/terminal.h"
#include "cli/show/fields.h"
#include "cli/show/text.h"
#include "espbak/ops.h"

enum { SLOTS = 64, JOB_WORDS = 34, BOARDS_MOST = 1000000 };
static const espbak_time LOOK_EVERY = 100 * ESPBAK_MS;
/* A chip with USB of its own is away for a moment after each reset. */
static const espbak_time GONE_FOR = 2 * ESPBAK_S;

typedef struct options {
    const char *job, *log;
    opt_number count;
    bool once;
} options;

static const opt_spec specs[] = {
    {"do", 0, OPT_TEXT, "WHAT",
     "what is done with each board: backup, backup-partitions=NAME,..., verify=BACKUP, restore=BACKUP, info, or "
     "write=OFFSET,FILE; what stands behind -- goes to that command",
     offsetof(options, job), 0, NULL},
    {"log", 0, OPT_TEXT, "FILE", "a line for each board: CSV, or JSON where the name ends in .json or .jsonl",
     offsetof(options, log), 0, NULL},
    {"once-per-mac", 0, OPT_FLAG, NULL, "leave boards alone that were done, in this run or by what the log says",
     offsetof(options, once), 0, NULL},
    {"count", 0, OPT_NUMBER, "N", "end after so many boards; default: when it is interrupted", offsetof(options, count),
     BOARDS_MOST, NULL},
};

typedef enum slot_state {
    SLOT_FREE,
    SLOT_WORKING,
    SLOT_FINISHED, /* nobody was told yet */
    SLOT_WAITING,  /* for the board to be taken off */
} slot_state;

struct station;

typedef struct slot {
    struct station *station;
    slot_state state; /* under the lock */
    thread *worker;
    seat at;
    espbak_time gone_since; /* 0: it is there */
    char mac[TEXT_SHORT], chip[TEXT_SHORT];
    bool known; /* done before, and left alone */
} slot;

typedef struct station {
    cli *c;
    const options *own;
    const char *words[JOB_WORDS];
    char *copy; /* that the words point into */
    seats all;
    station_log log; /* under the lock */
    slot slots[SLOTS];
    uint64_t begun, ended, failed;
    espbak_error log_error; /* under the lock */
} station;

/* ---- what to do ---- */

/* "restore=golden" is two words, "backup-partitions=nvs,otadata" three. */
static espbak_status parse_job(station *st, espbak_error *err)
{
    size_t count = 0;
    st->copy = bytes_copy_text(st->own->job != NULL ? st->own->job : "");
    if (st->copy == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    char *rest = strchr(st->copy, '=');
    if (rest != NULL)
        *rest++ = '\0';
    const cli_command *const command = command_named(st->c->commands, st->c->command_count, st->copy);
    if (st->own->job == NULL || command == NULL || command->several != CLI_EACH_DEVICE) {
        espbak_fail(err, ESPBAK_E_USAGE, st->own->job == NULL ? "--do is missing" : "--do cannot be '%s'",
                    st->own->job);
        espbak_error_hint(err, "such as --do backup, or --do restore=BACKUP");
        return ESPBAK_E_USAGE;
    }
    st->words[count++] = command->name;
    const bool list = strcmp(command->name, "backup-partitions") == 0 || strcmp(command->name, "write") == 0;
    for (char *word = rest; word != NULL && *word != '\0' && count + 1 < JOB_WORDS;) {
        char *const comma = list ? strchr(word, ',') : NULL;
        if (comma != NULL)
            *comma = '\0';
        st->words[count++] = word;
        word = comma != NULL ? comma + 1 : NULL;
    }
    if ((command->ignores & SETTINGS_YES) != 0 || st->c->global.yes)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_REFUSED, "%s is to be done with each board, and nobody will be asked", command->name);
    espbak_error_hint(err, "look at the plan of one board; add --yes when it is right for all");
    return ESPBAK_E_REFUSED;
}

static espbak_status check_ports(const station *st, espbak_error *err)
{
    for (size_t i = 0; i < st->c->global.ports.count; i++) {
        const char *port = st->c->global.ports.all[i];
        if (strstr(port, "://") == NULL && strncmp(port, "sim:", 4) != 0)
            continue;
        espbak_fail(err, ESPBAK_E_USAGE, "nobody can see when a board is plugged in at %s", port);
        espbak_error_hint(err, "a station watches the ports of this computer");
        return ESPBAK_E_USAGE;
    }
    return ESPBAK_OK;
}

/* ---- one board ---- */

/* Who it is, where that decides whether anything is done. */
static bool was_done(slot *s)
{
    station *const st = s->station;
    espbak_session_options session;
    espbak_device_info device;
    espbak_error ignored = {0};
    settings_session(&session, &st->c->set, &st->c->global);
    session.port = s->at.port;
    session.cancel = st->c->cancel;
    if (espbak_probe_run(&session, &device, &ignored) != ESPBAK_OK || !device.mac_known)
        return false;
    text_mac(s->mac, device.mac);
    thread_lock_take(st->all.lock);
    const bool done = station_log_has(&st->log, s->mac);
    thread_lock_give(st->all.lock);
    return done;
}

static void add_to_log(slot *s, const station_entry *entry)
{
    station *const st = s->station;
    thread_lock_take(st->all.lock);
    if (st->log_error.status == ESPBAK_OK && station_log_add(&st->log, entry, &st->log_error) != ESPBAK_OK) {
        /* The main loop ends with it. */
    }
    thread_lock_give(st->all.lock);
}

static void work(void *user)
{
    slot *const s = user;
    station *const st = s->station;
    s->known = st->own->once && was_done(s);
    if (!s->known) {
        int argc = 0;
        char **argv = many_argv_of_job(st->c, s->at.port, st->words, &argc);
        add_to_log(s, &(station_entry){"begin", s->at.port, s->mac, "", "", "", 0, 0});
        seat_work(&s->at, argc, argv);
        many_argv_free(argv);
    }
    thread_lock_take(st->all.lock);
    s->state = SLOT_FINISHED;
    thread_lock_give(st->all.lock);
}

static void start(station *st, slot *s, const char *port)
{
    espbak_error ignored = {0};
    const size_t row = (size_t)(s - st->slots);
    s->mac[0] = s->chip[0] = '\0';
    s->gone_since = 0;
    s->known = false;
    if (seat_take(&s->at, &st->all, row, port, &ignored) != ESPBAK_OK)
        return;
    s->state = SLOT_WORKING;
    s->worker = thread_start(work, s);
    if (s->worker != NULL) {
        st->begun++;
        return;
    }
    s->state = SLOT_FREE; /* it is tried again */
    seat_leave(&s->at);
}

/* ---- what became of it ---- */

static const char *text_in(const cJSON *object, const char *first, const char *second)
{
    const cJSON *const at = first != NULL ? cJSON_GetObjectItemCaseSensitive(object, first) : object;
    const cJSON *const value = cJSON_GetObjectItemCaseSensitive(at, second);
    return cJSON_IsString(value) ? value->valuestring : "";
}

static void show_result(station *st, slot *s, const station_entry *entry)
{
    output *const out = &st->c->out;
    const big_word word = s->known ? BIG_KNOWN : entry->exit_code == 0 ? BIG_DONE : BIG_FAILED;
    const char *const detail = entry->exit_code == 0 ? entry->path : entry->message;
    char seconds[TEXT_SHORT];
    if (!out->json && terminal_is_tty(TERMINAL_STDOUT))
        big_word_show(out->stream, word, out->color);
    output_line(out, "%-6s  %s  %s  %s%s%s", big_word_name(word), entry->port, entry->mac[0] != '\0' ? entry->mac : "-",
                text_duration(seconds, entry->seconds), detail[0] != '\0' ? "  " : "", detail);
    (void)fflush(out->stream);
    cJSON *const root = output_root(out);
    cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "boards");
    if (root != NULL && list == NULL)
        list = cJSON_AddArrayToObject(root, "boards");
    const field rows[] = {
        {NULL, "port", TEXT(entry->port)},
        {NULL, "mac", TEXT(entry->mac), .absent = entry->mac[0] == '\0'},
        {NULL, "known", FLAG(s->known)},
        {NULL, "exit_code", NUMBER((uint64_t)entry->exit_code)},
        {NULL, "seconds", REAL(entry->seconds)},
        {NULL, "path", TEXT(entry->path), .absent = entry->path[0] == '\0'},
        {NULL, "message", TEXT(entry->message), .absent = entry->message[0] == '\0'},
    };
    fields_add(fields_item(list), rows, FIELD_COUNT(rows));
}

static void settle(station *st, slot *s)
{
    thread_join(s->worker);
    const cJSON *const told = s->known ? NULL : s->at.run.document;
    const char *const mac = text_in(told, "device", "mac"), *const chip = text_in(told, "device", "chip");
    const station_entry entry = {
        .event = "end",
        .port = s->at.port,
        .mac = mac[0] != '\0'                          ? mac
               : text_in(told, NULL, "mac")[0] != '\0' ? text_in(told, NULL, "mac")
                                                       : s->mac,
        .chip = chip[0] != '\0' ? chip : text_in(told, NULL, "chip"),
        .path = text_in(told, NULL, "path"),
        .message = text_in(told, "error", "message"),
        .exit_code = s->known ? 0 : s->at.code,
        .seconds = (double)s->at.took / ESPBAK_S,
    };
    if (!s->known)
        add_to_log(s, &entry);
    st->ended++;
    st->failed += entry.exit_code != 0;
    st->c->worst = exit_code_worse(st->c->worst, entry.exit_code);
    seat_quiet(&s->at);
    show_result(st, s, &entry);
    seat_quiet_end(&s->at);
    cJSON_Delete(s->at.run.document);
    s->at.run.document = NULL;
    s->state = SLOT_WAITING;
}

/* ---- all of them ---- */

/* What is plugged in now; none is no mistake here. */
static void find_present(const char *wanted, espbak_port **ports, size_t *count)
{
    espbak_error ignored = {0};
    const bool plain = wanted != NULL && !espbak_port_is_choice(wanted);
    *ports = NULL;
    *count = 0;
    if (wanted == NULL && espbak_ports_list(ports, count, &ignored) != ESPBAK_OK)
        return;
    if (wanted != NULL && !plain && espbak_ports_choose(wanted, ports, count, &ignored) != ESPBAK_OK)
        return;
    if (plain && file_kind_of(wanted) != FILE_KIND_MISSING && strlen(wanted) < sizeof((*ports)->path)) {
        *ports = calloc(1, sizeof(**ports));
        *count = *ports != NULL ? 1 : 0;
        if (*ports != NULL)
            memcpy((*ports)->path, wanted, strlen(wanted) + 1);
    }
}

static slot *slot_of(station *st, const char *port)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (st->slots[i].state != SLOT_FREE && strcmp(st->slots[i].at.port, port) == 0)
            return &st->slots[i];
    }
    return NULL;
}

static void begin_new(station *st, const char *port)
{
    slot *const known = slot_of(st, port);
    if (known != NULL) {
        known->gone_since = 0;
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        const bool more = !st->own->count.given || st->begun < st->own->count.value;
        if (st->slots[i].state == SLOT_FREE && more) {
            start(st, &st->slots[i], port);
            return;
        }
    }
}

static void look_at(station *st, const char *wanted)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    find_present(wanted, &ports, &count);
    for (size_t i = 0; i < count; i++) {
        if (wanted != NULL || espbak_port_looks_like_esp(&ports[i]))
            begin_new(st, ports[i].path);
    }
    espbak_ports_free(ports);
}

/* A slot whose board was seen in this look has gone_since 0. */
static void tend_slots(station *st, espbak_time now)
{
    for (size_t i = 0; i < SLOTS; i++) {
        slot *const s = &st->slots[i];
        thread_lock_take(st->all.lock);
        const slot_state state = s->state;
        thread_lock_give(st->all.lock);
        if (state == SLOT_FINISHED)
            settle(st, s);
        else if (state == SLOT_WAITING && s->gone_since != 0 && now - s->gone_since > GONE_FOR) {
            seat_leave(&s->at);
            s->state = SLOT_FREE;
        }
    }
}

/* Until they are seen. */
static void mark_all_gone(station *st, espbak_time now)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (st->slots[i].gone_since == 0)
            st->slots[i].gone_since = now;
    }
}

static bool is_busy(station *st)
{
    bool busy = false;
    thread_lock_take(st->all.lock);
    for (size_t i = 0; i < SLOTS; i++)
        busy = busy || st->slots[i].state == SLOT_WORKING || st->slots[i].state == SLOT_FINISHED;
    thread_lock_give(st->all.lock);
    return busy;
}

static void look_at_all(station *st)
{
    const opt_texts *const ports = &st->c->global.ports;
    mark_all_gone(st, espbak_clock_now(espbak_clock_system()));
    if (ports->count == 0)
        look_at(st, NULL);
    for (size_t i = 0; i < ports->count; i++)
        look_at(st, ports->all[i]);
}

static espbak_status tend(station *st, espbak_error *err)
{
    const espbak_clock *const clock = espbak_clock_system();
    const opt_number *const most = &st->own->count;
    bool stopping = false;
    while (!stopping || is_busy(st)) {
        stopping = stopping || st->c->cancel->requested || st->log_error.status != ESPBAK_OK ||
                   (most->given && st->begun >= most->value);
        if (!stopping)
            look_at_all(st);
        espbak_clock_sleep(clock, LOOK_EVERY);
        tend_slots(st, espbak_clock_now(clock));
    }
    if (st->log_error.status != ESPBAK_OK)
        *err = st->log_error;
    return st->log_error.status;
}

static void sum_up(station *st)
{
    const uint64_t done = st->ended - st->failed;
    const field rows[] = {
        {NULL, "done", NUMBER(done)},
        {NULL, "failed", NUMBER(st->failed)},
    };
    fields_show(&st->c->out, rows, FIELD_COUNT(rows));
    output_line(&st->c->out, "%llu board%s done, %llu failed", (unsigned long long)done, done == 1 ? "" : "s",
                (unsigned long long)st->failed);
}

static espbak_status run_station(cli *c, espbak_error *err)
{
    station *const st = calloc(1, sizeof(*st));
    if (st == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    st->c = c;
    st->own = c->options;
    for (size_t i = 0; i < SLOTS; i++)
        st->slots[i].station = st;
    espbak_status status = parse_job(st, err);
    if (status == ESPBAK_OK)
        status = check_ports(st, err);
    if (status == ESPBAK_OK)
        status = station_log_open(&st->log, st->own->log, err);
    if (status == ESPBAK_OK)
        status = seats_open(&st->all, c, SLOTS, err);
    if (status == ESPBAK_OK) {
        espbak_log(&c->watch.events, ESPBAK_LOG_INFO, "plug boards in; Ctrl-C ends it");
        status = tend(st, err);
        sum_up(st);
    }
    for (size_t i = 0; i < SLOTS; i++)
        seat_leave(&st->slots[i].at);
    seats_close(&st->all);
    station_log_close(&st->log);
    free(st->copy);
    free(st);
    return status;
}

const cli_command cmd_station = {
    .name = "station",
    .arguments = "[-- WORD...]",
    .summary = "the same with each board that is plugged in, until it is stopped",
    .description =
        "Waits for boards, does what --do says with each that is plugged in, several at the same time, says with a "
        "large "
        "word and a sound when a board may be taken off, and goes on with the next. With --port only those ports are "
        "watched; a path with * or ? in it is the usual one.\n\n"
        "A board is worked on once until it was away for two seconds, since chips with USB of their own are away for a "
        "moment after each reset. --log keeps a line when work on a board begins and one when it ends; with "
        "--once-per-mac "
        "boards that it says were done are left alone, which takes a look at each first.\n\n"
        "What would ask a question wants --yes. What stands behind -- goes to the command: espbak station --do backup "
        "-- "
        "--note \"before shipping\".",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .several = CLI_ALL_DEVICES,
    .max_words = CLI_ANY_NUMBER,
    .run = run_station,
};
