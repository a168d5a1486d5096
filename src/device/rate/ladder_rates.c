/* SPDX-License-Identifier: Apache-2.0 */
#include "device/rate/ladder_rates.h"

#include <string.h>

/*
 * Errors cost time, so time decides: the proven bytes a second at the present rate against what
 * another one brought when it was used last, or would bring if it had no errors. So a line whose
 * errors have nothing to do with the rate costs one short look at a lower one, and a line that bears
 * only 115200 is not left at four times that, however the errors are spread.
 */

static const uint32_t steps[] = {2000000, 921600, 460800, 230400, 115200};

enum {
    SETTLE = 1500 * ESPBAK_MS, /* reading time before a rate is judged */
    WINDOW = 4 * ESPBAK_S,     /* figures of so long ago count half */
    MEMORY = 16 * ESPBAK_S,    /* the same for the figures that rates are compared by */
    FAILURES_LEAST = 3,        /* fewer failures may be chance */
    STEP_COST = 1 * ESPBAK_S,  /* what a change has to save at the least */
    PATIENCE_FIRST = 8 * ESPBAK_S,
    PATIENCE_MOST = 300 * ESPBAK_S,
    TRUST_FIRST = 30 * ESPBAK_S,
    TRUST_MOST = 1800 * ESPBAK_S,
    REFUSALS = 2, /* a request may be damaged once */
    ROUGH_FAILURES = 8,
    ROUGH_BYTES = 25 * 1000, /* bytes for each failure; below that the line is rough */
    CLIMB_BYTES = 24 * 1000, /* bytes on the line that show that a rate carries, before the next one is tried */
    CLIMB_SAVES = 300 * ESPBAK_MS,
    CLIMB_LOST = 3,    /* blocks lost before a rate is judged to which it has climbed */
    LOST_SHARE = 50,   /* one block in so many may be lost without a look at lower rates */
    SPOT_FAILURES = 4, /* more in one place, while others can be read: then it is the place and not the line */
};

/* Of the bits on the line, a byte has ten; and what frames, escapes and turnarounds leave. */
static const double BYTES_PER_BAUD = 0.1 * 0.8;
/* How much faster a lower rate has to look before it is tried, and to be so that it is kept. */
static const double DOWN_GAIN = 1.25, STAY_GAIN = 1.15;

static bool usable(const ladder_rate *rate)
{
    return rate->refused < REFUSALS;
}

static void add(ladder_rates *rates, uint32_t baud)
{
    if (rates->count < LADDER_RATES)
        rates->list[rates->count++].baud = baud;
}

void ladder_rates_init(ladder_rates *rates, uint32_t asked, uint32_t floor, uint32_t now)
{
    memset(rates, 0, sizeof(*rates));
    rates->patience = PATIENCE_FIRST;
    rates->trust = TRUST_FIRST;
    if (asked == 0 || floor == 0)
        return;
    add(rates, asked);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (steps[i] < asked && steps[i] > floor)
            add(rates, steps[i]);
    }
    if (floor < asked)
        add(rates, floor);
    ladder_rates_found(rates, now);
}

void ladder_rates_init_steps(ladder_rates *rates, const uint32_t *list, size_t count, uint32_t floor, uint32_t now)
{
    ladder_rates_init(rates, 0, 0, 0);
    for (size_t i = 0; i < count; i++) {
        if (list[i] > floor)
            add(rates, list[i]);
    }
    add(rates, floor);
    rates->climbs = true;
    rates->at = rates->count - 1;
    for (size_t i = 0; i < rates->count; i++)
        rates->at = rates->list[i].baud == now ? i : rates->at;
}

static void start_window(ladder_rates *rates)
{
    rates->bytes = rates->time = rates->failures = 0;
    rates->here = rates->clean = 0;
    rates->blocks = rates->lost = 0;
    rates->asked = rates->proven = 0;
}

void ladder_rates_found(ladder_rates *rates, uint32_t baud)
{
    for (size_t i = 0; i < rates->count; i++) {
        if (rates->list[i].baud != baud || (i == rates->at && rates->here > 0))
            continue;
        if (i != rates->at)
            rates->list[rates->at].refused = REFUSALS; /* it was asked for, and did not come */
        rates->at = i;
        start_window(rates);
    }
}

void ladder_rates_resume(ladder_rates *rates, espbak_time now)
{
    rates->mark = now;
}

static void forget(double *bytes, double *time, espbak_time window)
{
    if (*time <= (double)window)
        return;
    *bytes /= 2;
    *time /= 2;
}

static bool is_the_place(ladder_rates *rates, uint32_t spot, bool failed)
{
    if (!failed) {
        rates->spot_failures = spot == rates->spot ? rates->spot_failures : 0;
        return false;
    }
    rates->spot_failures = spot == rates->spot ? rates->spot_failures + 1 : 1;
    rates->spot = spot;
    return rates->spot_failures > SPOT_FAILURES && rates->bytes > 0;
}

/* The time since the last sample, less what the line could not have been used for. */
static espbak_time take_time(ladder_rates *rates, const ladder_sample *sample)
{
    const espbak_time elapsed = sample->now > rates->mark ? sample->now - rates->mark : 0;
    rates->mark = sample->now;
    return elapsed > sample->idle ? elapsed - sample->idle : 0;
}

static void count(ladder_rates *rates, const ladder_sample *sample, espbak_time elapsed)
{
    const bool clean = !sample->failed && sample->lost == 0;
    rates->bytes += (double)sample->bytes;
    rates->time += (double)elapsed;
    rates->proven = clean ? rates->proven + (double)sample->bytes : 0;
    rates->blocks += sample->blocks;
    rates->lost += sample->lost;
    rates->asked += sample->blocks;
    rates->failures += sample->lost + (sample->failed ? 1 : 0);
}

void ladder_rates_note(ladder_rates *rates, const ladder_sample *sample)
{
    const espbak_time elapsed = take_time(rates, sample);
    rates->clean = sample->failed || sample->lost > 0 ? 0 : rates->clean + elapsed;
    if (is_the_place(rates, sample->spot, sample->failed))
        return;
    if (rates->spot_failures <= SPOT_FAILURES) {
        rates->clock += elapsed;
        rates->here += elapsed;
    }
    count(rates, sample, elapsed);
    if (rates->count == 0)
        return;
    if (rates->time > WINDOW) {
        rates->failures /= 2;
        rates->asked /= 2;
    }
    forget(&rates->bytes, &rates->time, WINDOW);
    ladder_rate *rate = &rates->list[rates->at];
    rate->bytes += (double)sample->bytes;
    rate->time += (double)elapsed;
    forget(&rate->bytes, &rate->time, MEMORY);
    if (rates->proven >= CLIMB_BYTES)
        rates->before = 0; /* it carries */
    if (rates->rose && rates->here > rates->patience) {
        rates->rose = false; /* it holds */
        rates->patience = PATIENCE_FIRST;
    }
}

/* Bytes a second, at least one. */
static double speed_of(double bytes, double time)
{
    const double speed = time > 0 ? bytes * ESPBAK_S / time : 0;
    return speed > 1 ? speed : 1;
}

static double present(const ladder_rates *rates)
{
    return speed_of(rates->bytes, rates->time);
}

static double without_errors(uint32_t baud)
{
    return baud * BYTES_PER_BAUD;
}

static double lately(const ladder_rate *rate)
{
    return speed_of(rate->bytes, rate->time);
}

static bool is_known(const ladder_rates *rates, const ladder_rate *rate)
{
    return rate->time > 0 && rates->clock - rate->left_at < rates->trust;
}

static bool saves(const ladder_rates *rates, double speed, uint64_t left, espbak_time least)
{
    const double now = (double)left / present(rates), then = (double)left / speed;
    return (now - then) * ESPBAK_S > (double)least;
}

/* So many failures that they may come from the rate; where each block is proven by itself one in a while is lost. */
static bool fails_much(const ladder_rates *rates)
{
    return rates->failures >= FAILURES_LEAST && rates->failures * LOST_SHARE >= rates->asked;
}

/*
 * What a rate may bring, where that is better than what the present one does; else 0. What is known is
 * compared with what is known; a lower rate that is not gets the benefit of the doubt.
 */
static double promise(const ladder_rates *rates, size_t i, uint64_t left)
{
    const ladder_rate *rate = &rates->list[i], *now = &rates->list[rates->at];
    const bool known = is_known(rates, rate);
    if (!usable(rate) || i == rates->at)
        return 0;
    if (i < rates->at)
        return known && lately(rate) * STAY_GAIN > lately(now) ? lately(rate) : 0;
    const double speed = known ? lately(rate) : without_errors(rate->baud);
    const double compared = known ? lately(now) : present(rates);
    const bool better = speed > DOWN_GAIN * compared && fails_much(rates);
    return better && saves(rates, speed, left, STEP_COST) ? speed : 0;
}

static bool find_better(const ladder_rates *rates, uint64_t left, size_t *to)
{
    /* Failures at one bad place say nothing about higher rates. */
    const size_t highest = rates->spot_failures > SPOT_FAILURES ? rates->at : rates->top;
    double best = 0;
    for (size_t i = highest; i < rates->count; i++) {
        const double speed = promise(rates, i, left);
        if (speed > best) {
            best = speed;
            *to = i;
        }
    }
    return best > 0;
}

/* The next higher rate that can be used. */
static bool find_higher(const ladder_rates *rates, size_t *to)
{
    for (size_t i = rates->at; i-- > rates->top;) {
        if (!usable(&rates->list[i]))
            continue;
        *to = i;
        return true;
    }
    return false;
}

/* After a time without errors; and after a long time with errors too, which may not come from the rate then. */
static bool may_rise(const ladder_rates *rates)
{
    return rates->clean >= rates->patience || (rates->here >= rates->trust && rates->failures >= FAILURES_LEAST);
}

bool ladder_rates_are_climbing(const ladder_rates *rates)
{
    size_t to = 0;
    return rates->climbs && find_higher(rates, &to);
}

bool ladder_rates_climbed_too_high(const ladder_rates *rates)
{
    return rates->climbs && rates->before > 0 && rates->failures >= CLIMB_LOST && fails_much(rates) &&
           present(rates) < rates->before;
}

/* In proportion: no rate brings more, and a processor that is slower than the line makes it less, which does no harm.
 */
static bool may_climb(const ladder_rates *rates, uint64_t left, size_t *to)
{
    if (rates->proven < CLIMB_BYTES || !ladder_rates_are_climbing(rates) || !find_higher(rates, to))
        return false;
    const double gain = (double)rates->list[*to].baud / rates->list[rates->at].baud;
    return saves(rates, present(rates) * gain, left, CLIMB_SAVES);
}

bool ladder_rates_judge(const ladder_rates *rates, uint64_t left, size_t *to)
{
    if (ladder_rates_climbed_too_high(rates) && ladder_rates_lower(rates, to))
        return true;
    if (rates->time >= SETTLE && find_better(rates, left, to))
        return true;
    if (may_climb(rates, left, to))
        return true;
    return may_rise(rates) && find_higher(rates, to) &&
           saves(rates, without_errors(rates->list[*to].baud), left, STEP_COST);
}

bool ladder_rates_are_rough(const ladder_rates *rates)
{
    return rates->failures >= ROUGH_FAILURES && rates->bytes < rates->failures * ROUGH_BYTES &&
           rates->spot_failures <= SPOT_FAILURES;
}

bool ladder_rates_lower(const ladder_rates *rates, size_t *to)
{
    for (*to = rates->at + 1; *to < rates->count; (*to)++) {
        if (usable(&rates->list[*to]))
            return true;
    }
    return false;
}

uint32_t ladder_rates_found_out(const ladder_rates *rates, uint32_t *below)
{
    const bool trying = rates->before > 0; /* the present one has not shown yet that it carries */
    const size_t at = rates->at + (trying ? 1 : 0);
    *below = 0;
    if (!rates->climbs || at >= rates->count || rates->list[at].bytes <= 0)
        return 0;
    if (rates->top > 0 && rates->top <= at)
        *below = rates->list[rates->top - 1].baud;
    return rates->list[at].baud;
}

static espbak_time longer(espbak_time time, espbak_time most)
{
    return time < most / 2 ? time * 2 : most;
}

void ladder_rates_moved(ladder_rates *rates, size_t to, bool worked)
{
    if (!worked) {
        rates->list[to].refused++;
        rates->clean = 0;
        rates->proven = 0;
        if (rates->climbs && to < rates->at && !usable(&rates->list[to]))
            rates->top = to + 1;
        return;
    }
    const bool climbed = rates->climbs && to < rates->at;
    if (ladder_rates_climbed_too_high(rates) && to > rates->at)
        rates->top = rates->at + 1;
    rates->before = climbed ? present(rates) : 0;
    const bool trial = to < rates->at && may_rise(rates), failed_trial = to > rates->at && rates->rose;
    if (failed_trial)
        rates->patience = longer(rates->patience, PATIENCE_MOST);
    if (failed_trial || (to < rates->at && !trial))
        rates->trust = longer(rates->trust, TRUST_MOST);
    rates->list[rates->at].left_at = rates->clock;
    rates->rose = trial;
    rates->at = to;
    start_window(rates);
}
