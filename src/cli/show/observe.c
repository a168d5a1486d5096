/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/observe.h"

#include <string.h>

#include "cli/os/terminal.h"

static void on_log(void *user, espbak_log_level level, const char *text)
{
    cli *c = user;
    report_log(&c->messages, level, text);
}

static void on_progress(void *user, const espbak_progress *now)
{
    cli *c = user;
    progress_update(&c->bar, now);
}

static void on_trace(void *user, espbak_trace_direction direction, espbak_time when, const void *bytes, size_t size)
{
    cli *c = user;
    trace_record(&c->trace, direction, when, bytes, size);
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

static progress_mode choose_progress(const cli *c, settings_env env)
{
    const progress_when when = (progress_when)c->global.progress;
    if (when == PROGRESS_WHEN_JSON)
        return PROGRESS_JSON;
    const bool wanted = when == PROGRESS_WHEN_BAR || (when == PROGRESS_WHEN_AUTO && !c->global.quiet);
    return wanted && escapes_work(env, TERMINAL_STDERR) ? PROGRESS_BAR : PROGRESS_OFF;
}

static bool choose_color(const cli *c, settings_env env, terminal_stream stream)
{
    const char *no_color = env("NO_COLOR");
    if (c->global.color != COLOR_AUTO)
        return c->global.color == COLOR_ALWAYS;
    return (no_color == NULL || no_color[0] == '\0') && escapes_work(env, stream);
}

static espbak_log_level choose_level(const cli *c)
{
    if (c->global.verbose >= 2)
        return ESPBAK_LOG_DEBUG;
    if (c->global.verbose == 1)
        return ESPBAK_LOG_DETAIL;
    return c->global.quiet ? ESPBAK_LOG_WARNING : ESPBAK_LOG_INFO;
}

void observe_start(cli *c, settings_env env)
{
    c->bar = (progress){
        .mode = choose_progress(c, env),
        .stream = stderr,
        .clock = espbak_clock_system(),
        .width = stderr_width,
    };
    c->out.bar = &c->bar;
    c->out.color = choose_color(c, env, TERMINAL_STDOUT);
    c->out.width = terminal_width(TERMINAL_STDOUT);
    c->messages = (report){
        .stream = stderr,
        .color = choose_color(c, env, TERMINAL_STDERR),
        .json_lines = c->bar.mode == PROGRESS_JSON,
        .level = choose_level(c),
        .bar = &c->bar,
    };
    c->events = (espbak_events){.log = on_log, .progress = on_progress, .user = c};
}

espbak_status observe_trace(cli *c, espbak_error *err)
{
    if (c->global.trace == NULL)
        return ESPBAK_OK;
    if (trace_open(&c->trace, c->global.trace, err) != ESPBAK_OK)
        return err->status;
    c->events.trace = on_trace;
    return ESPBAK_OK;
}

void observe_warnings(cli *c)
{
    if (c->messages.warning_count == 0)
        return;
    cJSON *list = cJSON_AddArrayToObject(output_root(&c->out), "warnings");
    for (size_t i = 0; i < c->messages.warning_count && list != NULL; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(c->messages.warnings[i]));
}
