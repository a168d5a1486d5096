/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many/seats.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/os/terminal.h"

static unsigned width(void)
{
    return terminal_width(TERMINAL_STDERR);
}

static unsigned height(void)
{
    return terminal_height(TERMINAL_STDERR);
}

espbak_status seats_open(seats *all, cli *c, size_t count, espbak_error *err)
{
    *all = (seats){.c = c, .lock = thread_lock_new()};
    all->progress = (table){
        .stream = c->watch.bar.mode == PROGRESS_BAR ? stderr : NULL,
        .width = width,
        .height = height,
        .rows = calloc(count, sizeof(all->progress.rows[0])),
        .count = count,
    };
    return all->lock != NULL && all->progress.rows != NULL ? ESPBAK_OK
                                                           : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

void seats_close(seats *all)
{
    free(all->progress.rows);
    thread_lock_free(all->lock);
    *all = (seats){0};
}

static void begin(void *user)
{
    seats *const all = ((seat *)user)->all;
    thread_lock_take(all->lock);
    table_wipe(&all->progress);
}

static void end(void *user)
{
    seats *const all = ((seat *)user)->all;
    table_draw(&all->progress);
    thread_lock_give(all->lock);
}

static void show_row(void *user, const char *text)
{
    seat *const s = user;
    thread_lock_take(s->all->lock);
    table_put(&s->all->progress, s->row, text);
    thread_lock_give(s->all->lock);
}

espbak_status seat_take(seat *s, seats *all, size_t row, const char *port, espbak_error *err)
{
    cJSON *const text = cJSON_CreateString(port);
    *s = (seat){.all = all, .row = row, .port = bytes_copy_text(port)};
    s->quoted = text != NULL ? cJSON_PrintUnformatted(text) : NULL;
    cJSON_Delete(text);
    s->with = (shared){.device = s->port, .quoted = s->quoted, .begin = begin, .end = end, .row = show_row, .user = s};
    if (s->port != NULL && s->quoted != NULL) {
        all->progress.rows[row].device = s->port;
        return ESPBAK_OK;
    }
    seat_leave(s);
    return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

void seat_work(seat *s, int argc, char **argv)
{
    s->run = (cli_seat){.result = tmpfile(), .with = &s->with, .cancel = s->all->c->cancel};
    s->code = 1;
    const espbak_time started = espbak_clock_now(espbak_clock_system());
    if (argv != NULL && s->run.result != NULL)
        s->code = s->all->c->run_at(&s->run, argc, argv);
    s->took = espbak_clock_now(espbak_clock_system()) - started;
}

void seat_quiet(seat *s)
{
    begin(s);
    s->all->progress.rows[s->row].text[0] = '\0';
}

void seat_quiet_end(seat *s)
{
    end(s);
}

void seat_leave(seat *s)
{
    if (s->run.result != NULL)
        (void)fclose(s->run.result);
    s->run.result = NULL;
    cJSON_free(s->quoted);
    free(s->port);
    s->quoted = s->port = NULL;
}
