/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GROUP_H
#define TESTS_GROUP_H

/*
 * A file of unit tests is a group, named like the file, and ends with the function that runs its tests:
 *
 *     TEST_GROUP(bytes)
 *     {
 *         const struct CMUnitTest tests[] = {...};
 *         return RUN_GROUP(tests);
 *     }
 *
 * CMake finds the groups of a layer and makes one program of them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST_GROUP(name)                                                                                               \
    int group_##name(void);                                                                                            \
    int group_##name(void)

#define RUN_GROUP(tests) RUN_GROUP_WITH(tests, NULL, NULL)

/* The same with what is done before the first test and after the last one. */
#define RUN_GROUP_WITH(tests, begin, end)                                                                              \
    (group_count(sizeof(tests) / sizeof((tests)[0])),                                                                  \
     cmocka_run_group_tests_name(__func__ + sizeof("group"), tests, begin, end))

/* How many tests this program has begun. */
void group_count(size_t tests);

#endif
