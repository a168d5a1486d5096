/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SCRIPTS_H
#define CLI_SCRIPTS_H

/* The shells that espbak can complete for, with what they have to read; ended by a NULL name. */

typedef struct completion_script {
    const char *shell;
    const char *text;
} completion_script;

extern const completion_script completion_scripts[];

#endif
