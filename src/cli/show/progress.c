/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/progress.h"

#include <string.h>

static const espbak_time SHOW_EVERY = 100 * ESPBAK_MS;
static const espbak_time SAMPLE_EVERY = 500 * ESPBAK_MS;

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

void progress_format(char *out, size_t capacity, const espbak_progress *now, double rate, unsigned columns)
{
    char amount[48], speed[32] = "", left[32] = "", tail[160], bar[64];
    const uint64_t done = now->total > 0 && now->done > now->total ? now->total : now->done;
    const unsigned percent = now->total > 0 ? (unsigned)((double)done * 100.0 / (double)now->total) : 0;
    format_amount(amount, sizeof(amount), now);
    if (rate > 0)
        snprintf(speed, sizeof(speed), ", %.1f KiB/s", rate / 1024.0);
    if (rate > 0 && now->total > done) {
        char time_left[28];
        format_left(time_left, sizeof(time_left), (double)(now->total - done) / rate);
        snprintf(left, sizeof(left), ", %s", time_left);
    }
    snprintf(tail, sizeof(tail), "%3u %%  %s%s%s", percent, amount, speed, left);
    /* One column stays free, or some terminals wrap the line. */
    const size_t used = strlen(now->phase) + 2 + strlen(tail);
    const unsigned room = columns > used + 1 ? columns - (unsigned)used - 1 : 0;
    format_bar(bar, sizeof(bar), now->total > 0 ? room : 0, percent);
    snprintf(out, capacity, "%s  %s%s", now->phase, bar, tail);
    if (strlen(out) + 1 > columns)
        snprintf(out, capacity, "%s %u %%", now->phase, percent);
    if (columns > 0 && strlen(out) + 1 > columns && columns <= capacity)
        out[columns - 1] = '\0';
}

static void show_json(progress *p, const espbak_progress *now)
{
    fprintf(p->stream, "{\"event\":\"progress\",\"phase\":\"%s\",\"done\":%llu,\"total\":%llu", now->phase,
            (unsigned long long)now->done, (unsigned long long)now->total);
    if (p->rate > 0) {
        const uint64_t left = now->total > now->done ? now->total - now->done : 0;
        fprintf(p->stream, ",\"bytes_per_second\":%.0f,\"seconds_left\":%.1f", p->rate, (double)left / p->rate);
    }
    fputs("}\n", p->stream);
    fflush(p->stream);
}

static void show_bar(progress *p, const espbak_progress *now)
{
    char line[256];
    progress_format(line, sizeof(line), now, p->rate, p->width());
    fprintf(p->stream, "\r%s\x1b[K", line);
    fflush(p->stream);
    p->drawn = true;
}

static void start_phase(progress *p, const espbak_progress *now, espbak_time time)
{
    snprintf(p->phase, sizeof(p->phase), "%s", now->phase);
    p->sample_time = time;
    p->sample_done = now->done;
    p->rate = 0;
    p->last_shown = time - SHOW_EVERY;
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
    if (time - p->last_shown < SHOW_EVERY && !complete)
        return;
    p->last_shown = time;
    if (p->mode == PROGRESS_JSON)
        show_json(p, now);
    else
        show_bar(p, now);
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
