/* SPDX-License-Identifier: Apache-2.0 */
/* The fault matrix: prints the table of docs/reliability.md, and fails when a row is worse than it has to be. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "matrix.h"

enum {
    HANG_SECONDS = 300, /* real time for one run, of which the simulated line takes none */
    STRIKE_TRIES = 60,  /* seeds until something happens, where it is rare */
    OTHER_SEED = 1001,  /* on another chip */
    ENOUGH_RUNS = 10,
};

typedef struct settings {
    unsigned runs;
    uint64_t seed;
    const char *only;
    bool verbose;
} settings;

typedef struct tally {
    unsigned counts[OUTCOMES], runs;
    unsigned long long strikes;
    bool spared; /* no seed could be found with which anything happened */
} tally;

typedef fault_result (*job)(const fault_row *row, uint64_t seed, const char *folder);

typedef struct matrix_job {
    const char *name;
    job run;
} matrix_job;

static const matrix_job jobs[] = {
    {"backup", matrix_backup},
    {"backup by own loader", matrix_own},
    {"restore", matrix_restore},
};

static void hang(int number)
{
    static const char text[] = "\na run hangs\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(4);
    _exit(3);
}

/* A run in which nothing happened is no test: it is done again with another seed. */
static fault_result run_struck(job run, const fault_row *row, uint64_t seed, const char *folder)
{
    fault_result result = {.what = OUTCOME_COMPLETE};
    for (unsigned tries = 0; tries < STRIKE_TRIES; tries++) {
        alarm(HANG_SECONDS);
        result = run(row, seed + (uint64_t)tries * OTHER_SEED, folder);
        if (result.strikes > 0 || row->plan == NULL || result.what == OUTCOME_WRONG)
            break;
    }
    alarm(0);
    return result;
}

static tally run_row(const settings *how, const fault_row *row, size_t index, const char *folder,
                     const matrix_job *kind)
{
    tally t = {0};
    for (unsigned i = 0; i < how->runs; i++) {
        const uint64_t seed = how->seed + index * 100000u + i;
        const fault_result result = run_struck(kind->run, row, seed, folder);
        t.counts[result.what]++;
        t.runs++;
        t.strikes += result.strikes;
        t.spared = t.spared || (result.strikes == 0 && row->plan != NULL);
        if (result.what == OUTCOME_WRONG || (how->verbose && result.what == OUTCOME_FAILED))
            fprintf(stderr, "%s, %s: %s\n", row->kind, kind->name, result.why);
    }
    return t;
}

/* Where luck decides, and only a few runs are made, one may be unlucky. */
static bool too_few(const tally *t, int least)
{
    const unsigned lenience = least < 100 && least > 0 && t->runs < ENOUGH_RUNS ? 1 : 0;
    return (t->counts[OUTCOME_COMPLETE] + lenience) * 100 < (unsigned)least * t->runs;
}

static const char *complaint(const tally *t, int least)
{
    if (t->counts[OUTCOME_WRONG] > 0)
        return " <-- wrong";
    if (t->spared)
        return " <-- nothing happened";
    return too_few(t, least) ? " <-- too few" : "";
}

static bool print(const fault_row *row, const char *name, const tally *t, int least)
{
    const char *wrong = complaint(t, least);
    printf("| %s | %s | %u | %llu | %u | %u | %u | %d %% |%s\n", row->kind, name, t->runs, t->strikes,
           t->counts[OUTCOME_COMPLETE], t->counts[OUTCOME_FAILED], t->counts[OUTCOME_WRONG], least, wrong);
    fflush(stdout);
    return *wrong == '\0';
}

static int least_share(const fault_row *row, job run)
{
    return run == matrix_restore ? row->restore : row->backup;
}

static bool run_all(const settings *how, const char *folder)
{
    bool ok = true;
    printf("| fault | job | runs | faults | complete | failed, and said so | wrong | least share |\n");
    printf("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < fault_row_count; i++) {
        const fault_row *row = &fault_rows[i];
        if (how->only != NULL && strstr(row->kind, how->only) == NULL)
            continue;
        for (size_t k = 0; k < sizeof(jobs) / sizeof(jobs[0]); k++) {
            const int least = least_share(row, jobs[k].run);
            if (least < 0)
                continue;
            const tally t = run_row(how, row, i, folder, &jobs[k]);
            ok = print(row, jobs[k].name, &t, least) && ok;
        }
    }
    return ok;
}

int main(int argc, char **argv)
{
    settings how = {.runs = 3, .seed = 1};
    char folder[] = "fault-matrix-XXXXXX";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
            how.runs = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            how.seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            how.only = argv[++i];
        else if (strcmp(argv[i], "-v") == 0)
            how.verbose = true;
        else {
            fprintf(stderr, "usage: fault_matrix [--runs N] [--seed N] [--only TEXT] [-v]\n");
            return 2;
        }
    }
    signal(SIGALRM, hang);
    if (mkdtemp(folder) == NULL)
        return 2;
    const bool ok = run_all(&how, folder);
    rmdir(folder);
    return ok ? 0 : 1;
}
