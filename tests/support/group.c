/* SPDX-License-Identifier: Apache-2.0 */
#include "support/group.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "support/group_table.h"

static size_t tests_counted;

void group_count(size_t tests)
{
    tests_counted += tests;
}

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [group [test]], where the test's name may have * in it; the groups are:\n", program);
    for (const group_row *row = group_table; row->name != NULL; row++)
        fprintf(stderr, "  %s\n", row->name);
    return 2;
}

int main(int argc, char **argv)
{
    size_t groups = 0, failed = 0;
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    for (const group_row *row = group_table; row->name != NULL; row++) {
        if (argc > 1 && strcmp(row->name, argv[1]) != 0)
            continue;
        groups++;
        failed += row->run() != 0;
    }
    if (groups == 0)
        return usage(argv[0]);
    if (argc <= 2) /* else only cmocka knows how many it has run */
        printf("%zu groups, %zu tests; groups that failed: %zu\n", groups, tests_counted, failed);
    return failed == 0 ? 0 : 1;
}
