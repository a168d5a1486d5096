/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/choose.h"
#include "cli/many/argv.h"
#include "cli/many/seats.h"
#include "cli/os/exit_code.h"
#include "cli/show/fields.h"

typedef struct job {
    cli *c;
    char **ports;
    size_t count, next; /* the first that nobody works on yet; under the lock */
    seats all;
    seat *devices;
    size_t shown;
} job;

/* ---- who is meant ---- */

bool many_wanted(const cli *c)
{
    if (c->command->several == CLI_ALL_DEVICES)
        return false;
    return c->global.all_ports || c->global.ports.count > 1 ||
           (c->global.ports.count == 1 && c->command->several == CLI_EACH_DEVICE &&
            espbak_port_is_choice(c->global.ports.all[0]));
}

static espbak_status add_device(job *j, const char *port, espbak_error *err)
{
    for (size_t i = 0; i < j->count; i++) {
        if (strcmp(j->ports[i], port) == 0)
            return ESPBAK_OK;
    }
    char **grown = realloc((void *)j->ports, (j->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    j->ports = grown;
    grown[j->count] = bytes_copy_text(port);
    if (grown[j->count] == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    j->count++;
    return ESPBAK_OK;
}

static espbak_status add_listed(job *j, const espbak_port *ports, size_t count, bool likely, espbak_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if ((!likely || espbak_port_looks_like_esp(&ports[i])) && add_device(j, ports[i].path, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status add_meant(job *j, const char *wanted, espbak_error *err)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    if (!espbak_port_is_choice(wanted))
        return add_device(j, wanted, err);
    espbak_status status = choose_ports(j->c, wanted, &ports, &count, err);
    if (status == ESPBAK_OK)
        status = add_listed(j, ports, count, false, err);
    espbak_ports_free(ports);
    return status;
}

static espbak_status add_all(job *j, espbak_error *err)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    espbak_status status = espbak_ports_list(&ports, &count, err);
    if (status == ESPBAK_OK)
        status = add_listed(j, ports, count, true, err);
    espbak_ports_free(ports);
    if (status == ESPBAK_OK && j->count == 0) {
        espbak_fail(err, ESPBAK_E_PORT, "no port looks like an ESP");
        espbak_error_suggest(err, (const char *const[]){"ports", NULL});
        espbak_error_hint(err, "plug the devices in with data cables, or name each with -p; what there is:");
        status = ESPBAK_E_PORT;
    }
    return status;
}

static espbak_status find_devices(job *j, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < j->c->global.ports.count && status == ESPBAK_OK; i++)
        status = add_meant(j, j->c->global.ports.all[i], err);
    if (status == ESPBAK_OK && j->c->global.all_ports)
        status = add_all(j, err);
    return status;
}

/* ---- what is not possible ---- */

static const void *value_of(const cli *c, const char *name)
{
    for (size_t i = 0; i < c->command->option_count; i++) {
        if (strcmp(c->command->options[i].name, name) == 0)
            return *(const void *const *)((const char *)c->options + c->command->options[i].offset);
    }
    return NULL;
}

static bool is_dash(const char *text)
{
    return text != NULL && strcmp(text, "-") == 0;
}

static bool reads_standard_input(const cli *c)
{
    for (int i = 0; i < c->word_count; i++) {
        if (is_dash(c->words[i]))
            return true;
    }
    return false;
}

static espbak_status check(const job *j, espbak_error *err)
{
    const cli *const c = j->c;
    const char *const name = c->command->name;
    espbak_status status = ESPBAK_OK;
    if (c->command->several == CLI_ONE_DEVICE)
        status =
            espbak_fail(err, ESPBAK_E_USAGE, "%s works on one device at a time, and %zu are named", name, j->count);
    else if (c->global.trace != NULL)
        status = espbak_fail(err, ESPBAK_E_USAGE, "--trace is of one device, and %zu are named", j->count);
    else if (value_of(c, "name") != NULL)
        status = espbak_fail(err, ESPBAK_E_USAGE, "--name is of one backup, and %zu devices are named", j->count);
    else if (is_dash(value_of(c, "output")))
        status =
            espbak_fail(err, ESPBAK_E_USAGE, "standard output takes one backup, and %zu devices are named", j->count);
    else if (reads_standard_input(c))
        status =
            espbak_fail(err, ESPBAK_E_USAGE, "standard input can be read once, and %zu devices are named", j->count);
    else if ((c->command->ignores & SETTINGS_YES) == 0 && !c->global.yes) {
        status =
            espbak_fail(err, ESPBAK_E_REFUSED, "%s of %zu devices at the same time asks no questions", name, j->count);
        espbak_error_hint(err, "look at the plan of one of them; add --yes when it is right for all");
    }
    return status;
}

/* ---- the work ---- */

/* What a device's run has printed for standard output, in one piece. */
static void copy_result(job *j, const seat *d)
{
    output *const out = &j->c->out;
    char piece[4096];
    const long size = d->run.result != NULL ? ftell(d->run.result) : 0;
    if (out->json || size <= 0 || fseek(d->run.result, 0, SEEK_SET) != 0)
        return;
    if (j->shown++ > 0)
        output_line(out, "%s", "");
    output_line(out, "%s", d->port);
    for (size_t got = sizeof(piece); got == sizeof(piece);) {
        got = fread(piece, 1, sizeof(piece), d->run.result);
        (void)fwrite(piece, 1, got, out->stream);
    }
    (void)fflush(out->stream);
}

static void work(void *user)
{
    job *j = user;
    for (;;) {
        thread_lock_take(j->all.lock);
        seat *const d = j->next < j->count ? &j->devices[j->next++] : NULL;
        thread_lock_give(j->all.lock);
        if (d == NULL)
            return;
        int argc = 0;
        char **argv = many_argv(j->c, d->port, &argc);
        seat_work(d, argc, argv);
        many_argv_free(argv);
        seat_quiet(d);
        copy_result(j, d);
        seat_quiet_end(d);
    }
}

static void work_on_all(job *j)
{
    const uint64_t wanted = j->c->global.jobs.given ? j->c->global.jobs.value : j->count;
    const size_t jobs = wanted < j->count ? (size_t)wanted : j->count;
    thread *threads[OPT_TEXTS_MAX];
    size_t started = 0;
    /* This thread is one of them, so that all is done where no other can be started. */
    while (started + 1 < jobs && started < OPT_TEXTS_MAX && (threads[started] = thread_start(work, j)) != NULL)
        started++;
    work(j);
    for (size_t i = 0; i < started; i++)
        thread_join(threads[i]);
}

/* ---- what became of them ---- */

static void add_result(cJSON *list, const seat *d)
{
    cJSON *const object = fields_item(list);
    const field rows[] = {
        {NULL, "port", TEXT(d->port)},
        {NULL, "exit_code", NUMBER((uint64_t)d->code)},
        {NULL, "seconds", REAL((double)d->took / ESPBAK_S)},
    };
    fields_add(object, rows, FIELD_COUNT(rows));
    while (object != NULL && d->run.document != NULL && d->run.document->child != NULL) {
        cJSON *child = cJSON_DetachItemViaPointer(d->run.document, d->run.document->child);
        cJSON_AddItemToObject(object, child->string, child);
    }
    cJSON_Delete(d->run.document);
}

static void sum_up(job *j)
{
    output *const out = &j->c->out;
    size_t failed = 0;
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "devices");
    for (size_t i = 0; i < j->count; i++) {
        add_result(list, &j->devices[i]);
        failed += j->devices[i].code != 0;
        j->c->worst = exit_code_worse(j->c->worst, j->devices[i].code);
    }
    const field rows[] = {{NULL, "failed", NUMBER(failed)}};
    fields_show(out, rows, FIELD_COUNT(rows));
    output_line(out, "%s", "");
    if (failed == 0)
        output_line(out, "all %zu devices are done", j->count);
    else
        output_line(out, "%zu of %zu devices failed:", failed, j->count);
    for (size_t i = 0; i < j->count; i++) {
        if (j->devices[i].code != 0)
            output_line(out, "  %s  exit code %d", j->devices[i].port, j->devices[i].code);
    }
}

static espbak_status run_all(job *j, espbak_error *err)
{
    j->devices = calloc(j->count, sizeof(*j->devices));
    espbak_status status = seats_open(&j->all, j->c, j->count, err);
    if (status == ESPBAK_OK && j->devices == NULL)
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < j->count && status == ESPBAK_OK; i++)
        status = seat_take(&j->devices[i], &j->all, i, j->ports[i], err);
    if (status != ESPBAK_OK)
        return status;
    work_on_all(j);
    sum_up(j);
    return ESPBAK_OK;
}

static void release(job *j)
{
    for (size_t i = 0; i < j->count; i++) {
        if (j->devices != NULL)
            seat_leave(&j->devices[i]);
        free(j->ports[i]);
    }
    free((void *)j->ports);
    free(j->devices);
    seats_close(&j->all);
}

/* What means one device is worked on as if that had been named. */
static espbak_status run_one(job *j, espbak_error *err)
{
    snprintf(j->c->set.found_port, sizeof(j->c->set.found_port), "%s", j->ports[0]);
    j->c->set.port = j->c->set.found_port;
    return observe_trace(&j->c->watch, j->c->global.trace, err) == ESPBAK_OK ? j->c->command->run(j->c, err)
                                                                             : err->status;
}

espbak_status many_run(cli *c, espbak_error *err)
{
    job j = {.c = c};
    espbak_status status = find_devices(&j, err);
    if (status == ESPBAK_OK && j.count == 1)
        status = run_one(&j, err);
    else if (status == ESPBAK_OK)
        status = check(&j, err);
    if (status == ESPBAK_OK && j.count > 1)
        status = run_all(&j, err);
    release(&j);
    return status;
}
