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

enum { HANG_SECONDS = 300 }; /* real time for one run, of which the simulated line takes none */

typedef struct settings {
    unsigned runs;
    uint64_t seed;
    const char *only;
    bool verbose;
} settings;

typedef struct tally {
    unsigned counts[OUTCOMES], runs;
} tally;

static void hang(int number)
{
    static const char text[] = "\na run hangs\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(4);
    _exit(3);
}

static tally run_row(const settings *how, const fault_row *row, size_t index, const char *folder, bool restore)
{
    tally t = {0};
    char why[512];
    for (unsigned i = 0; i < how->runs; i++) {
        const uint64_t seed = how->seed + index * 100000u + i;
        alarm(HANG_SECONDS);
        const outcome what = (restore ? matrix_restore : matrix_backup)(row, seed, folder, why);
        t.counts[what]++;
        t.runs++;
        if (what == OUTCOME_WRONG || (how->verbose && what == OUTCOME_FAILED))
            fprintf(stderr, "%s, %s: %s\n", row->kind, restore ? "restore" : "backup", why);
    }
    alarm(0);
    return t;
}

static bool enough(const tally *t, int least)
{
    return t->counts[OUTCOME_WRONG] == 0 && t->counts[OUTCOME_COMPLETE] * 100 >= (unsigned)least * t->runs;
}

static bool print(const fault_row *row, const char *job, const tally *t, int least)
{
    const bool ok = enough(t, least);
    printf("| %s | %s | %u | %u | %u | %u | %d %% |%s\n", row->kind, job, t->runs, t->counts[OUTCOME_COMPLETE],
           t->counts[OUTCOME_FAILED], t->counts[OUTCOME_WRONG], least, ok ? "" : " <-- too few");
    fflush(stdout);
    return ok;
}

static bool run_all(const settings *how, const char *folder)
{
    bool ok = true;
    printf("| fault | job | runs | complete | failed, and said so | wrong | least share |\n");
    printf("| --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < fault_row_count; i++) {
        const fault_row *row = &fault_rows[i];
        if (how->only != NULL && strstr(row->kind, how->only) == NULL)
            continue;
        const tally backup = run_row(how, row, i, folder, false);
        ok = print(row, "backup", &backup, row->backup) && ok;
        if (row->restore < 0)
            continue;
        const tally restore = run_row(how, row, i, folder, true);
        ok = print(row, "restore", &restore, row->restore) && ok;
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
