/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relay that lies. Each attempt is one job on one simulated device, on which one kind of lie is told: once, often or
 * always. None may end with a wrong seal, with flash that a reading command has changed, or not at all.
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

enum {
    HANG_SECONDS = 300, /* real time for one attempt, of which the simulated line takes none */
    TRIES = 40,         /* seeds until the lie is told, where it is rare */
    OTHER_SEED = 1000003,
    ATTEMPTS_MOST = 1000000, /* of a seed */
    STRIDE = 37,             /* a prime */
};

typedef struct settings {
    unsigned count;
    uint64_t seed, first; /* the first of its attempts */
    const char *only;
    bool verbose;
} settings;

typedef struct tally {
    unsigned outcomes[LIAR_RATES][ATTEMPT_OUTCOMES], untold;
    espbak_time longest;
} tally;

static const char *const rate_words[] = {"once", "often", "always"};

static void hang(int number)
{
    static const char text[] = "\nan attempt hangs\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(4);
    _exit(3);
}

/* Where it is not told nothing was tried: it is done again with another seed. */
static attempt_result attempt_told(const lie *row, uint64_t seed, const char *folder)
{
    attempt_result result = {0};
    for (uint64_t i = 0; i < TRIES && result.told == 0 && result.outcome != ATTEMPT_WRONG; i++) {
        alarm(HANG_SECONDS);
        result = attempt_lie(row, seed + i * OTHER_SEED, folder);
    }
    alarm(0);
    return result;
}

static void attempt_row(const settings *how, const lie *row, uint64_t seed, const char *folder, tally *t)
{
    const attempt_result result = attempt_told(row, seed, folder);
    t->outcomes[result.rate][result.outcome]++;
    t->untold += result.told == 0;
    t->longest = result.waited > t->longest ? result.waited : t->longest;
    if (result.outcome == ATTEMPT_WRONG || how->verbose)
        printf("%s: %s, %s, number %llu, %.1f s: %s %s\n", result.outcome == ATTEMPT_WRONG ? "WRONG" : "relay",
               row->name, rate_words[result.rate], (unsigned long long)(seed % ATTEMPTS_MOST),
               (double)result.waited / ESPBAK_S, result.job, result.why);
    fflush(stdout);
}

static unsigned count_of(const tally *t, attempt_outcome outcome)
{
    return t->outcomes[LIAR_ONCE][outcome] + t->outcomes[LIAR_OFTEN][outcome] + t->outcomes[LIAR_ALWAYS][outcome];
}

/* All lies in turn, and of each kind some in a few. */
static tally attempt_all(const settings *how, const char *folder)
{
    tally t = {0};
    unsigned done = 0;
    for (uint64_t i = how->first; done < how->count && i < ATTEMPTS_MOST; i++) {
        const lie *row = &lies[i * STRIDE % lie_count];
        if (how->only != NULL && strstr(row->name, how->only) == NULL)
            continue;
        attempt_row(how, row, how->seed * ATTEMPTS_MOST + i, folder, &t);
        done++;
    }
    return t;
}

static bool parse(settings *how, int argc, char **argv)
{
    unsigned numbers = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0)
            how->verbose = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            how->only = argv[++i];
        else if (strcmp(argv[i], "--first") == 0 && i + 1 < argc)
            how->first = strtoull(argv[++i], NULL, 10);
        else if (numbers == 0 && ++numbers > 0)
            how->count = (unsigned)strtoul(argv[i], NULL, 10);
        else if (numbers == 1 && ++numbers > 0)
            how->seed = strtoull(argv[i], NULL, 10);
        else
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    settings how = {.count = 100, .seed = 1};
    char folder[] = "/tmp/attack-relay-XXXXXX";
    if (!parse(&how, argc, argv)) {
        fprintf(stderr, "usage: attack_relay [COUNT [SEED]] [--first NUMBER] [--only TEXT] [-v]\n");
        return 2;
    }
    signal(SIGALRM, hang);
    if (mkdtemp(folder) == NULL)
        return 2;
    const tally t = attempt_all(&how, folder);
    rmdir(folder);
    const unsigned complete = count_of(&t, ATTEMPT_COMPLETE), failed = count_of(&t, ATTEMPT_FAILED),
                   wrong = count_of(&t, ATTEMPT_WRONG);
    printf("relay: %u attempts, %u wrong, longest wait %.1f s; %u complete, %u failed and said so, %u without a lie; "
           "of those told once %u complete, %u failed\n",
           complete + failed + wrong, wrong, (double)t.longest / ESPBAK_S, complete, failed, t.untold,
           t.outcomes[LIAR_ONCE][ATTEMPT_COMPLETE], t.outcomes[LIAR_ONCE][ATTEMPT_FAILED]);
    return wrong > 0 ? 1 : 0;
}
