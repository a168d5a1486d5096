/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GROUP_TABLE_H
#define TESTS_GROUP_TABLE_H

/* The groups of one program of unit tests. CMake writes the table from the names of the files. */

typedef struct group_row {
    const char *name;
    int (*run)(void);
} group_row;

/* Ends with a row that has no name. */
extern const group_row group_table[];

#endif
