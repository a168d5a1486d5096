/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SERVER_CONTROL_H
#define SIM_SERVER_CONTROL_H

/* The control socket of server.h: lines of text in, one line of answer each. */

#include <stddef.h>
#include <sys/select.h>

#include "espbak/error.h"

typedef struct server_control server_control;

/** `address` is unix:PATH. */
ESPBAK_MUST_USE espbak_status server_control_open(server_control **out, const char *address, espbak_error *err);
/** Add its descriptors; returns the highest, or -1. NULL is allowed. */
int server_control_select(const server_control *control, fd_set *input);
/** Answer what has come. NULL is allowed. */
void server_control_serve(server_control *control, const fd_set *input,
                          void (*request)(void *user, const char *line, char *answer, size_t capacity), void *user);
void server_control_close(server_control *control);

#endif
