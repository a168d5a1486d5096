/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/observe.h"

#include <string.h>

#include "cli/os/terminal.h"

static void on_log(void *user, espbak_log_level level, const char *text)
{
    observer *o = user;
    report_log(&o->messages, level, text);
}

static void on_progress(void *user, const espbak_progress *now)
{
    observer *o = user;
    progress_update(&o->bar, now);
}

static void on_expect(void *user, const char *phase, double seconds)
{
    observer *o = user;
    progress_expect(&o->bar, phase, seconds);
}

static void on_waiting(void *user)
{
    observer *o = user;
    progress_tick(&o->bar);
}

static void on_trace(void *user, espbak_trace_direction direction, espbak_time when, const void *bytes, size_t size)
{
    observer *o = user;
    trace_record(&o->trace, direction, when, bytes, size);
}

static unsigned stderr_width(void)
{
    return terminal_width(TERMINAL_STDERR);
}

static bool escapes_work(settings_env env, terminal_stream stream)
{
    const char *term = env("TERM");
    return (term == NULL || strcmp(term, "dumb") != 0) && terminal_enable_escapes(stream);
}

static progress_mode choose_progress(const settings_options *global, settings_env env)
{
    const progress_when when = (progress_when)global->progress;
    if (when == PROGRESS_WHEN_JSON)
        return PROGRESS_JSON;
    const bool wanted = when == PROGRESS_WHEN_BAR || (when == PROGRESS_WHEN_AUTO && !global->quiet);
    if (wanted && escapes_work(env, TERMINAL_STDERR))
        return PROGRESS_BAR;
    return wanted && !terminal_is_tty(TERMINAL_STDERR) ? PROGRESS_LINES : PROGRESS_OFF;
}

static bool choose_color(const settings_options *global, settings_env env, terminal_stream stream)
{
    const char *no_color = env("NO_COLOR");
    if (global->color != COLOR_AUTO)
        return global->color == COLOR_ALWAYS;
    return (no_color == NULL || no_color[0] == '\0') && escapes_work(env, stream);
}

static espbak_log_level choose_level(const settings_options *global)
{
    if (global->verbose >= 2)
        return ESPBAK_LOG_DEBUG;
    if (global->verbose == 1)
        return ESPBAK_LOG_DETAIL;
    return global->quiet ? ESPBAK_LOG_WARNING : ESPBAK_LOG_INFO;
}

void observe_start(observer *o, output *out, const settings_options *global, settings_env env, const shared *with)
{
    const progress_mode mode = choose_progress(global, env);
    o->bar = (progress){
        .mode = mode == PROGRESS_BAR && with != NULL ? PROGRESS_ROW : mode,
        .stream = stderr,
        .clock = espbak_clock_system(),
        .width = stderr_width,
        .with = with,
    };
    out->bar = &o->bar;
    out->color = choose_color(global, env, TERMINAL_STDOUT);
    out->width = terminal_width(TERMINAL_STDOUT);
    out->fold = terminal_is_tty(TERMINAL_STDOUT);
    o->messages = (report){
        .stream = stderr,
        .color = choose_color(global, env, TERMINAL_STDERR),
        .json_lines = o->bar.mode == PROGRESS_JSON,
        .fold = terminal_is_tty(TERMINAL_STDERR),
        .width = stderr_width(),
        .level = choose_level(global),
        .bar = &o->bar,
        .with = with,
    };
    o->events =
        (espbak_events){.log = on_log, .progress = on_progress, .expect = on_expect, .waiting = on_waiting, .user = o};
}

espbak_status observe_trace(observer *o, const char *path, espbak_error *err)
{
    if (path == NULL)
        return ESPBAK_OK;
    if (trace_open(&o->trace, path, err) != ESPBAK_OK)
        return err->status;
    o->events.trace = on_trace;
    return ESPBAK_OK;
}

void observe_warnings(const observer *o, output *out)
{
    if (o->messages.warning_count == 0)
        return;
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "warnings");
    for (size_t i = 0; i < o->messages.warning_count && list != NULL; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(o->messages.warnings[i]));
}
