/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/progress.h"

#include <string.h>

enum { ROWS_NAME_WIDTH = 20 };
static const espbak_time SHOW_EVERY = 100 * ESPBAK_MS;
static const espbak_time SAMPLE_EVERY = 500 * ESPBAK_MS;
static const espbak_time CONNECT_QUIETLY = 300 * ESPBAK_MS; /* most connect by then */
static const espbak_time TURN_EVERY = 200 * ESPBAK_MS;

static void format_left(char *out, size_t capacity, double seconds)
{
    const double most = 99.0 * 3600;
    const unsigned long s = (unsigned long)(seconds < most ? seconds + 0.5 : most);
    if (s < 3600)
        snprintf(out, capacity, "%lu:%02lu left", s / 60, s % 60);
    else
        snprintf(out, capacity, "%lu:%02lu:%02lu left", s / 3600, s / 60 % 60, s % 60);
}

static void format_amount(char *out, size_t capacity, const espbak_progress *now)
{
    const double mib = 1024.0 * 1024.0;
    const bool large = now->total >= 1024 * 1024 || (now->total == 0 && now->done >= 1024 * 1024);
    const double unit = large ? mib : 1024.0;
    const char *name = large ? "MiB" : "KiB";
    const int digits = large ? 1 : 0;
    if (now->total > 0)
        snprintf(out, capacity, "%.*f of %.*f %s", digits, (double)now->done / unit, digits, (double)now->total / unit,
                 name);
    else
        snprintf(out, capacity, "%.*f %s", digits, (double)now->done / unit, name);
}

/* "[=====>    ]" in what is left of the line; nothing where it would be too short to tell anything. */
static void format_bar(char *out, size_t capacity, unsigned room, unsigned percent)
{
    enum { SHORTEST = 10, LONGEST = 40 };
    out[0] = '\0';
    unsigned inner = room > 3 ? room - 3 : 0;
    if (inner < SHORTEST || capacity < LONGEST + 4)
        return;
    if (inner > LONGEST)
        inner = LONGEST;
    const unsigned full = inner * percent / 100;
    out[0] = '[';
    for (unsigned i = 0; i < inner; i++)
        out[1 + i] = i < full ? '=' : i == full ? '>' : ' ';
    memcpy(out + 1 + inner, "] ", 3);
}

static unsigned percent_of(const espbak_progress *now)
{
    const uint64_t done = now->done > now->total ? now->total : now->done;
    return now->total > 0 ? (unsigned)((double)done * 100.0 / (double)now->total) : 0;
}

static double phase_left(const espbak_progress *now, double rate)
{
    return rate > 0 && now->total > now->done ? (double)(now->total - now->done) / rate : 0;
}

void progress_format(char *out, size_t capacity, const espbak_progress *now, double rate, const progress_run *run,
                     unsigned columns)
{
    char amount[48], speed[32] = "", left[32] = "", tail[160], bar[64];
    const unsigned percent = run->known ? run->percent : percent_of(now);
    const double seconds = run->known ? run->seconds_left : phase_left(now, rate);
    format_amount(amount, sizeof(amount), now);
    if (rate > 0)
        snprintf(speed, sizeof(speed), ", %.1f KiB/s", rate / 1024.0);
    if (seconds > 0) {
        char time_left[28];
        format_left(time_left, sizeof(time_left), seconds);
        snprintf(left, sizeof(left), ", %s", time_left);
    }
    if (run->known || now->total > 0)
        snprintf(tail, sizeof(tail), "%3u %%  %s%s%s", percent, amount, speed, left);
    else
        snprintf(tail, sizeof(tail), "%s%s", amount, speed);
    /* One column stays free, or some terminals wrap the line. */
    const size_t used = strlen(now->phase) + 2 + strlen(tail);
    const unsigned room = columns > used + 1 ? columns - (unsigned)used - 1 : 0;
    format_bar(bar, sizeof(bar), now->total > 0 ? room : 0, percent);
    snprintf(out, capacity, "%s  %s%s", now->phase, bar, tail);
    if (now->note != NULL)
        snprintf(out, capacity, "%s...  %s", now->phase, now->note);
    else if (strlen(out) + 1 > columns)
        snprintf(out, capacity, "%s %u %%", now->phase, percent);
    if (columns > 0 && strlen(out) + 1 > columns && columns <= capacity)
        out[columns - 1] = '\0';
}

static double seconds_since(espbak_time since, espbak_time time)
{
    return (double)(time - since) / ESPBAK_S;
}

/* Of what was expected of the current phase: less with time, and with what is done where it comes back. */
static double expected_left(const progress *p, const progress_phase *phase, espbak_time time)
{
    const double by_time = phase->seconds - seconds_since(p->phase_start, time);
    const double by_bytes = phase->seconds * (100 - percent_of(&p->now)) / 100;
    const double left = by_time < by_bytes ? by_time : by_bytes;
    return left > 0 ? left : 0;
}

/* What this phase needs by its rate, or by what was expected of it, and those that have not begun. */
static progress_run look_at_run(progress *p, espbak_time time)
{
    double left = 0;
    bool known = false;
    for (size_t i = 0; i < p->expected_count; i++) {
        const progress_phase *phase = &p->expected[i];
        const bool current = strcmp(phase->name, p->phase) == 0;
        known = known || current;
        if (current)
            left += p->rate > 0 ? phase_left(&p->now, p->rate) : expected_left(p, phase, time);
        else if (!phase->begun)
            left += phase->seconds;
    }
    if (!known || p->run_start == 0)
        return (progress_run){.known = false};
    const double passed = seconds_since(p->run_start, time);
    const unsigned percent = passed + left > 0 ? (unsigned)(100.0 * passed / (passed + left)) : 0;
    if (percent > p->percent)
        p->percent = percent;
    return (progress_run){true, p->percent, left};
}

static void show_json(progress *p, const espbak_progress *now, const progress_run *run)
{
    shared_begin(p->with);
    fputs("{\"event\":\"progress\"", p->stream);
    if (p->with != NULL)
        fprintf(p->stream, ",\"device\":%s", p->with->quoted);
    fprintf(p->stream, ",\"phase\":\"%s\",\"done\":%llu,\"total\":%llu", now->phase, (unsigned long long)now->done,
            (unsigned long long)now->total);
    if (p->rate > 0)
        fprintf(p->stream, ",\"bytes_per_second\":%.0f,\"seconds_left\":%.1f", p->rate, phase_left(now, p->rate));
    if (run->known)
        fprintf(p->stream, ",\"run_percent\":%u,\"run_seconds_left\":%.1f", run->percent, run->seconds_left);
    fputs("}\n", p->stream);
    fflush(p->stream);
    shared_end(p->with);
}

static void show_row(progress *p, const espbak_progress *now, const progress_run *run)
{
    char line[256];
    const unsigned width = p->width(), taken = ROWS_NAME_WIDTH + 2;
    progress_format(line, sizeof(line), now, p->rate, run, width > taken ? width - taken : 1);
    p->with->row(p->with->user, line);
}

static void show_bar(progress *p, const espbak_progress *now, const progress_run *run, bool waits)
{
    static const char turns[] = "|/-\\";
    char line[256];
    progress_format(line, sizeof(line), now, p->rate, run, p->width());
    /* It moves in the place of the space behind the phase. */
    const size_t at = strlen(now->phase) + (now->note != NULL ? 3 : 0);
    if (waits && at < strlen(line))
        line[at] = turns[p->turn++ % 4];
    fprintf(p->stream, "\r%s\x1b[K", line);
    fflush(p->stream);
    p->drawn = true;
}

static bool is_quick(const progress *p, espbak_time time)
{
    return p->now.note != NULL && time - p->phase_start < CONNECT_QUIETLY;
}

/* Each phase once, however often it comes back. */
static void say_phase(progress *p, espbak_time time)
{
    if (p->said_count == PROGRESS_PHASES_MAX || is_quick(p, time))
        return;
    for (size_t i = 0; i < p->said_count; i++) {
        if (strcmp(p->said[i], p->phase) == 0)
            return;
    }
    snprintf(p->said[p->said_count++], sizeof(p->said[0]), "%s", p->phase);
    shared_begin(p->with);
    fprintf(p->stream, "%s%s%s%s%s\n", p->with != NULL ? p->with->device : "", p->with != NULL ? ": " : "", p->phase,
            p->now.note != NULL ? ": " : "...", p->now.note != NULL ? p->note : "");
    fflush(p->stream);
    shared_end(p->with);
}

static void show(progress *p, espbak_time time, bool waits)
{
    const progress_run run = look_at_run(p, time);
    if (p->mode == PROGRESS_LINES)
        say_phase(p, time);
    else if (p->mode == PROGRESS_JSON && p->now.note == NULL)
        show_json(p, &p->now, &run);
    else if (p->mode == PROGRESS_BAR && !is_quick(p, time))
        show_bar(p, &p->now, &run, waits);
    else if (p->mode == PROGRESS_ROW)
        show_row(p, &p->now, &run);
}

static void begin_expected(progress *p, espbak_time time)
{
    for (size_t i = 0; i < p->expected_count; i++) {
        if (strcmp(p->expected[i].name, p->phase) != 0)
            continue;
        p->expected[i].begun = true;
        if (p->run_start == 0)
            p->run_start = time;
    }
}

static void start_phase(progress *p, const espbak_progress *now, espbak_time time)
{
    const bool other = strncmp(p->phase, now->phase, sizeof(p->phase) - 1) != 0;
    snprintf(p->phase, sizeof(p->phase), "%s", now->phase);
    if (other)
        p->phase_start = time;
    p->sample_time = time;
    p->sample_done = now->done;
    p->rate = 0;
    p->last_shown = time - SHOW_EVERY;
    begin_expected(p, time);
}

/* Exponential smoothing over about five samples: steady enough to read, quick enough to be true. */
static void sample_rate(progress *p, uint64_t done, espbak_time time)
{
    const espbak_time passed = time - p->sample_time;
    if (passed < SAMPLE_EVERY || done < p->sample_done)
        return;
    const double rate = (double)(done - p->sample_done) * ESPBAK_S / (double)passed;
    p->rate = p->rate > 0 ? p->rate * 0.8 + rate * 0.2 : rate;
    p->sample_time = time;
    p->sample_done = done;
}

void progress_update(progress *p, const espbak_progress *now)
{
    if (p->mode == PROGRESS_OFF)
        return;
    const espbak_time time = espbak_clock_now(p->clock);
    if (strncmp(p->phase, now->phase, sizeof(p->phase) - 1) != 0 || now->done < p->last_done)
        start_phase(p, now, time);
    sample_rate(p, now->done, time);
    const bool complete = now->total > 0 && now->done >= now->total && p->last_done < now->total;
    p->last_done = now->done;
    p->now = *now;
    p->now.phase = p->phase;
    snprintf(p->note, sizeof(p->note), "%s", now->note != NULL ? now->note : "");
    p->now.note = now->note != NULL ? p->note : NULL;
    if (time - p->last_shown < SHOW_EVERY && !complete)
        return;
    p->last_shown = time;
    show(p, time, false);
}

void progress_tick(progress *p)
{
    const espbak_time time = espbak_clock_now(p->clock);
    /* What is complete and was wiped by a message does not come back. */
    const bool over = !p->drawn && p->now.total > 0 && p->now.done >= p->now.total;
    if (p->now.phase == NULL || over || p->mode == PROGRESS_JSON || p->mode == PROGRESS_OFF ||
        time - p->last_shown < TURN_EVERY)
        return;
    p->last_shown = time;
    show(p, time, true);
}

void progress_expect(progress *p, const char *phase, double seconds)
{
    if (p->run_start != 0) {
        p->expected_count = 0;
        p->run_start = 0;
        p->percent = 0;
    }
    for (size_t i = 0; i < p->expected_count; i++) {
        if (strcmp(p->expected[i].name, phase) == 0) {
            p->expected[i].seconds = seconds;
            return;
        }
    }
    if (p->expected_count == PROGRESS_PHASES_MAX || seconds <= 0)
        return;
    progress_phase *made = &p->expected[p->expected_count++];
    *made = (progress_phase){.seconds = seconds};
    snprintf(made->name, sizeof(made->name), "%s", phase);
}

void progress_wipe(progress *p)
{
    if (!p->drawn)
        return;
    fputs("\r\x1b[K", p->stream);
    fflush(p->stream);
    p->drawn = false;
    p->last_shown = 0;
}

void progress_rest(progress *p)
{
    progress_wipe(p);
    p->now.phase = NULL;
}
