/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "sim/server/server_control.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/server/server_io.h"

enum { CONTROLLERS = 4, LINE_MAX_SIZE = 128, ANSWER_MAX = 256 };

typedef struct controller {
    int fd; /* -1: free */
    char line[LINE_MAX_SIZE];
    size_t size;
} controller;

struct server_control {
    int listener;
    controller controllers[CONTROLLERS];
    char path[];
};

espbak_status server_control_open(server_control **out, const char *address, espbak_error *err)
{
    *out = NULL;
    if (strncmp(address, "unix:", 5) != 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "the control socket \"%s\" is not unix:PATH", address);
    const char *path = address + 5;
    server_control *control = calloc(1, sizeof(*control) + strlen(path) + 1);
    if (control == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    strcpy(control->path, path);
    for (size_t i = 0; i < CONTROLLERS; i++)
        control->controllers[i].fd = -1;
    const espbak_status status = server_listen_unix(&control->listener, path, err);
    if (status != ESPBAK_OK) {
        free(control);
        return status;
    }
    *out = control;
    return ESPBAK_OK;
}

int server_control_select(const server_control *control, fd_set *input)
{
    if (control == NULL)
        return -1;
    int last = control->listener;
    FD_SET(control->listener, input);
    for (size_t i = 0; i < CONTROLLERS; i++) {
        const int fd = control->controllers[i].fd;
        if (fd >= 0)
            FD_SET(fd, input);
        if (fd > last)
            last = fd;
    }
    return last;
}

static void take_controller(server_control *control)
{
    const int fd = server_accept(control->listener);
    if (fd < 0)
        return;
    for (size_t i = 0; i < CONTROLLERS; i++) {
        if (control->controllers[i].fd < 0) {
            control->controllers[i] = (controller){.fd = fd};
            return;
        }
    }
    close(fd);
}

static bool send_answer(int fd, char *answer)
{
    strcat(answer, "\n");
    const size_t size = strlen(answer);
    return send(fd, answer, size, MSG_NOSIGNAL) == (ssize_t)size;
}

typedef void request_function(void *user, const char *line, char *answer, size_t capacity);

/* Returns false when the controller is to be forgotten. */
static bool read_requests(controller *c, request_function *request, void *user)
{
    char bytes[LINE_MAX_SIZE];
    const ssize_t size = read(c->fd, bytes, sizeof(bytes));
    if (size <= 0)
        return size < 0 && (errno == EAGAIN || errno == EINTR);
    for (ssize_t i = 0; i < size; i++) {
        if (bytes[i] != '\n') {
            if (c->size == sizeof(c->line) - 1)
                return false;
            c->line[c->size++] = bytes[i];
            continue;
        }
        char answer[ANSWER_MAX + 2];
        c->line[c->size] = '\0';
        c->size = 0;
        request(user, c->line, answer, ANSWER_MAX);
        if (!send_answer(c->fd, answer))
            return false;
    }
    return true;
}

void server_control_serve(server_control *control, const fd_set *input, request_function *request, void *user)
{
    if (control == NULL)
        return;
    for (size_t i = 0; i < CONTROLLERS; i++) {
        controller *c = &control->controllers[i];
        if (c->fd >= 0 && FD_ISSET(c->fd, input) && !read_requests(c, request, user)) {
            close(c->fd);
            c->fd = -1;
        }
    }
    if (FD_ISSET(control->listener, input))
        take_controller(control);
}

void server_control_close(server_control *control)
{
    if (control == NULL)
        return;
    for (size_t i = 0; i < CONTROLLERS; i++) {
        if (control->controllers[i].fd >= 0)
            close(control->controllers[i].fd);
    }
    close(control->listener);
    (void)unlink(control->path);
    free(control);
}
