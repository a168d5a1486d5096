/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "sim/server/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "espbak/clock.h"
#include "sim/device.h"
#include "sim/server/server_control.h"
#include "sim/server/server_io.h"
#include "sim/server/telnet.h"

enum {
    OUT_MAX = 65536,
    UNREAD_MOST = 1 << 18, /* bytes: more than what a request brings that loaders answer at once */
    READ_MAX = 4096,
    BACKLOG_MS = 20,  /* what a UART bridge takes from the host ahead of the line */
    WAKE_US = 100,    /* bytes that come close together leave together */
    IDLE_MS = 200,    /* how long a stop request may go unnoticed */
    JOIN_MS = 300,    /* see hold_lines() */
    UNREAD_MS = 1000, /* a pseudo-terminal of which nobody took anything for so long has no reader */
};

typedef enum server_kind { SERVER_TCP, SERVER_RFC2217, SERVER_PTY } server_kind;

typedef struct server {
    const sim_server_setup *setup;
    sim_options options;
    server_kind kind;
    sim_device *device;
    espbak_time started;
    int listener, client, slave; /* a pseudo-terminal's master is the client */
    char link[SERVER_WHERE_MAX];
    server_control *control;
    telnet telnet;
    uint8_t out[OUT_MAX];
    size_t out_size;
    sim_time taken; /* when the client took something last, or there was nothing to take */
    bool gone;      /* the client has closed */
    bool held, held_dtr, held_rts;
    sim_time held_until;
    uint32_t pty_baud;
    bool baud_by_control;
} server;

static sim_time now_of(const server *s)
{
    return (espbak_clock_now(espbak_clock_system()) - s->started) * SIM_US;
}

static void append(server *s, const uint8_t *bytes, size_t size)
{
    if (size > sizeof(s->out) - s->out_size)
        size = sizeof(s->out) - s->out_size; /* a client that does not read loses the rest */
    memcpy(s->out + s->out_size, bytes, size);
    s->out_size += size;
}

static void on_data(void *user, const uint8_t *bytes, size_t size)
{
    server *s = user;
    sim_device_feed(s->device, bytes, size, now_of(s));
}

static void on_reply(void *user, const uint8_t *bytes, size_t size)
{
    append(user, bytes, size);
}

static void set_baud(server *s, uint32_t baud)
{
    (void)sim_device_set_baud(s->device, baud, now_of(s));
}

static void on_baud(void *user, uint32_t baud)
{
    set_baud(user, baud);
}

static void apply_lines(server *s, bool dtr, bool rts)
{
    s->held = false;
    sim_device_set_lines(s->device, dtr, rts, now_of(s));
}

/* Over the network the two lines change tens of milliseconds apart, and in "reset, then DTR, then not
   RTS" the chip would start in between, in the wrong mode (esptool#383). So DTR that comes while RTS
   holds the chip waits for RTS, as it does in esp_rfc2217_server, which resets the chip itself. */
static void on_lines(void *user, bool dtr, bool rts)
{
    server *s = user;
    if (s->options.line.usb == SIM_USB_NONE && dtr && rts && !s->held && s->held_rts && !s->held_dtr) {
        s->held = true;
        s->held_until = now_of(s) + (sim_time)JOIN_MS * SIM_MS;
    } else {
        apply_lines(s, dtr, rts);
    }
    s->held_dtr = dtr;
    s->held_rts = rts;
}

static void on_purge(void *user, bool from_chip, bool to_chip)
{
    (void)to_chip; /* what was sent to the chip is on the wire already */
    server *s = user;
    uint8_t bytes[READ_MAX];
    while (from_chip && sim_device_take(s->device, bytes, sizeof(bytes), now_of(s)) > 0) {
    }
}

static void start_telnet(server *s)
{
    const telnet_handler handler = {on_data, on_reply, on_baud, on_lines, on_purge, s};
    telnet_init(&s->telnet, &handler);
}

static void power_cycle(server *s)
{
    s->held = s->held_dtr = s->held_rts = false;
    sim_device_power_cycle(s->device, now_of(s));
}

/* A request on the control socket: see server.h. The answer goes into `answer`. */
static void on_control(void *user, const char *line, char *answer, size_t capacity)
{
    server *s = user;
    unsigned a, b;
    snprintf(answer, capacity, "ok");
    if (sscanf(line, "lines %9u %9u", &a, &b) == 2 && a < 2 && b < 2) {
        s->held_dtr = a != 0;
        s->held_rts = b != 0;
    } else if (sscanf(line, "dtr %9u", &a) == 1 && a < 2) {
        s->held_dtr = a != 0;
    } else if (sscanf(line, "rts %9u", &a) == 1 && a < 2) {
        s->held_rts = a != 0;
    } else if (sscanf(line, "baud %9u", &a) == 1 && a > 0) {
        s->baud_by_control = true;
        set_baud(s, a);
        return;
    } else if (strcmp(line, "state") == 0) {
        sim_device_advance(s->device, now_of(s));
        snprintf(answer, capacity, "ok %s", sim_device_state(s->device));
        return;
    } else if (strcmp(line, "overflows") == 0) {
        snprintf(answer, capacity, "ok %llu", (unsigned long long)sim_device_overflows(s->device));
        return;
    } else if (strcmp(line, "power") == 0) {
        power_cycle(s);
        return;
    } else {
        snprintf(answer, capacity, "error there is no such request");
        return;
    }
    apply_lines(s, s->held_dtr, s->held_rts);
}

static void update_pty_baud(server *s)
{
    if (s->kind != SERVER_PTY || s->baud_by_control)
        return;
    const uint32_t baud = server_pty_baud(s->slave);
    if (baud != s->pty_baud) {
        s->pty_baud = baud;
        set_baud(s, baud);
    }
}

/* Room for what is taken from the chip in one go, escaped. */
static bool has_room(const server *s)
{
    return s->client < 0 || sizeof(s->out) - s->out_size > (size_t)2 * READ_MAX;
}

/* From the chip to the client. */
static void collect(server *s)
{
    uint8_t bytes[READ_MAX], escaped[2 * READ_MAX];
    update_pty_baud(s);
    /* As on a serial port that no program has open: what comes is lost. */
    if (s->kind == SERVER_PTY && now_of(s) - s->taken > (sim_time)UNREAD_MS * SIM_MS)
        s->out_size = 0;
    while (has_room(s)) {
        const size_t size = sim_device_take(s->device, bytes, sizeof(bytes), now_of(s));
        if (size == 0)
            break;
        if (s->client < 0)
            continue;
        if (s->kind == SERVER_RFC2217)
            append(s, escaped, telnet_escape(escaped, bytes, size));
        else
            append(s, bytes, size);
    }
}

static void flush(server *s)
{
    if (s->client < 0 || s->out_size == 0) {
        s->taken = now_of(s);
        return;
    }
    const ssize_t size = s->kind == SERVER_PTY ? write(s->client, s->out, s->out_size)
                                               : send(s->client, s->out, s->out_size, MSG_NOSIGNAL);
    if (size > 0) {
        s->taken = now_of(s);
        s->out_size -= (size_t)size;
        memmove(s->out, s->out + size, s->out_size);
    } else if (size < 0 && errno != EAGAIN && errno != EINTR) {
        s->gone = s->kind != SERVER_PTY;
        s->out_size = 0;
    }
}

static void receive(server *s)
{
    uint8_t bytes[READ_MAX];
    const ssize_t size = read(s->client, bytes, sizeof(bytes));
    if (size > 0) {
        update_pty_baud(s);
        if (s->kind == SERVER_RFC2217)
            telnet_receive(&s->telnet, bytes, (size_t)size);
        else
            sim_device_feed(s->device, bytes, (size_t)size, now_of(s));
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        s->gone = s->kind != SERVER_PTY;
    }
}

static void welcome(server *s)
{
    s->client = server_accept(s->listener);
    if (s->client < 0)
        return;
    s->out_size = 0;
    s->gone = false;
    sim_device_advance(s->device, now_of(s));
    if (s->kind == SERVER_RFC2217)
        start_telnet(s);
    else if (strcmp(sim_device_state(s->device), "app") == 0 && s->options.boot == SIM_BOOT_DOWNLOAD)
        sim_device_press_boot(s->device, now_of(s));
}

static void farewell(server *s)
{
    close(s->client);
    s->client = -1;
    s->gone = false;
    s->out_size = 0;
    on_purge(s, true, false); /* nor is it kept for the next client */
    if (s->kind == SERVER_RFC2217) {
        apply_lines(s, false, false);
        s->held_dtr = s->held_rts = false;
    }
}

/* How long to sleep, in microseconds. A chip that nobody listens to has bytes ready all the time. */
static espbak_time wait_time(const server *s)
{
    const sim_time now = now_of(s);
    sim_time next = has_room(s) ? sim_device_next(s->device) : SIM_NEVER;
    if (s->held && s->held_until < next)
        next = s->held_until;
    if (next <= now)
        return 0;
    if (next == SIM_NEVER || next - now > (sim_time)IDLE_MS * SIM_MS)
        return (espbak_time)IDLE_MS * ESPBAK_MS;
    const espbak_time wait = (next - now) / SIM_US + 1, gather = s->options.line.gather / SIM_US;
    const espbak_time least = gather > WAKE_US ? gather : WAKE_US;
    return wait < least ? least : wait;
}

/* Whoever does not read is not heard: what it asks for would have to be kept. */
static bool wants_input(const server *s)
{
    return s->client >= 0 && sim_device_unread(s->device) < UNREAD_MOST &&
           sim_device_sent_at(s->device) - now_of(s) < (sim_time)BACKLOG_MS * SIM_MS;
}

static int prepare(server *s, fd_set *input, fd_set *output, espbak_time *wait)
{
    int last = server_control_select(s->control, input);
    FD_ZERO(output);
    *wait = wait_time(s);
    if (s->client >= 0 && wants_input(s))
        FD_SET(s->client, input);
    else if (s->client >= 0 && *wait > ESPBAK_MS)
        *wait = ESPBAK_MS; /* look again when the line has taken some */
    if (s->client >= 0 && s->out_size > 0)
        FD_SET(s->client, output);
    if (s->client < 0 && s->listener >= 0)
        FD_SET(s->listener, input);
    if (s->client > last)
        last = s->client;
    return s->listener > last ? s->listener : last;
}

static espbak_status serve_once(server *s, espbak_error *err)
{
    fd_set input, output;
    espbak_time wait;
    FD_ZERO(&input);
    const int last = prepare(s, &input, &output, &wait);
    struct timeval timeout = {.tv_sec = (time_t)(wait / ESPBAK_S), .tv_usec = (suseconds_t)(wait % ESPBAK_S)};
    const int ready = select(last + 1, &input, &output, NULL, &timeout);
    if (ready < 0 && errno != EINTR)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "waiting for clients: %s", strerror(errno));
    if (ready > 0) {
        server_control_serve(s->control, &input, on_control, s);
        if (s->client >= 0 && FD_ISSET(s->client, &input))
            receive(s);
        if (s->client < 0 && s->listener >= 0 && FD_ISSET(s->listener, &input))
            welcome(s);
    }
    if (s->held && now_of(s) >= s->held_until)
        apply_lines(s, s->held_dtr, s->held_rts);
    collect(s);
    flush(s);
    if (s->gone)
        farewell(s);
    if (sim_device_flash_failed(s->device))
        return espbak_fail(err, ESPBAK_E_FILE, "the flash image can no longer be read or written");
    return ESPBAK_OK;
}

static espbak_status open_listener(server *s, char *where, espbak_error *err)
{
    static const struct {
        const char *prefix;
        server_kind kind;
    } kinds[] = {{"tcp:", SERVER_TCP}, {"rfc2217:", SERVER_RFC2217}, {"pty:", SERVER_PTY}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const size_t size = strlen(kinds[i].prefix);
        if (strncmp(s->setup->listen, kinds[i].prefix, size) != 0)
            continue;
        const char *rest = s->setup->listen + size;
        s->kind = kinds[i].kind;
        memcpy(where, kinds[i].prefix, size);
        where[size] = '\0';
        if (s->kind != SERVER_PTY)
            return server_listen_tcp(&s->listener, rest, where + size, err);
        snprintf(s->link, sizeof(s->link), "%s", rest);
        snprintf(where + size, SERVER_WHERE_MAX, "%s", rest);
        return server_open_pty(&s->client, &s->slave, rest, err);
    }
    return espbak_fail(err, ESPBAK_E_USAGE, "\"%s\" is neither tcp:PORT nor rfc2217:PORT nor pty:LINK",
                       s->setup->listen);
}

static espbak_status open_server(server *s, char *where, espbak_error *err)
{
    espbak_status status = open_listener(s, where, err);
    if (status == ESPBAK_OK && s->setup->control != NULL)
        status = server_control_open(&s->control, s->setup->control, err);
    if (status != ESPBAK_OK)
        return status;
    /* Where lines can reset the chip it starts with its application, like any board that is plugged in. */
    const bool lines = s->kind == SERVER_RFC2217 || s->control != NULL;
    if (s->options.boot == SIM_BOOT_AUTO)
        s->options.boot = lines ? SIM_BOOT_APP : SIM_BOOT_DOWNLOAD;
    start_telnet(s);
    s->started = espbak_clock_now(espbak_clock_system());
    status = sim_device_open(&s->device, &s->options, err);
    if (status == ESPBAK_OK && s->kind == SERVER_RFC2217)
        set_baud(s, s->telnet.baud);
    return status;
}

static void close_server(server *s)
{
    if (s->client >= 0)
        close(s->client);
    if (s->slave >= 0)
        close(s->slave);
    if (s->listener >= 0)
        close(s->listener);
    if (s->slave >= 0)
        (void)unlink(s->link);
    server_control_close(s->control);
    sim_device_close(s->device);
    free(s);
}

espbak_status sim_server_run(const sim_options *options, const sim_server_setup *setup, espbak_error *err)
{
    char where[SERVER_WHERE_MAX + 16];
    server *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    s->setup = setup;
    s->options = *options;
    s->listener = s->client = s->slave = -1;
    espbak_status status = open_server(s, where, err);
    if (status == ESPBAK_OK && setup->ready != NULL)
        setup->ready(setup->user, where);
    while (status == ESPBAK_OK && (setup->stop == NULL || *setup->stop == 0))
        status = serve_once(s, err);
    close_server(s);
    return status;
}
