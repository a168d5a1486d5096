/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/os/system.h"
#include "cli/show/fields.h"
#include "espbak/api.h"
#include "espbak/transport.h"
#include "transport/serial/obstacles.h"

typedef enum health { HEALTH_OK, HEALTH_NOTE, HEALTH_PROBLEM } health;

enum { LARGE_FLASH = 16 << 20 };

typedef struct examination {
    cli *c;
    cJSON *list;
    const char *topic; /* of what is found next */
    unsigned problems;
    unsigned topic_bad; /* problems since the topic began */
} examination;

static void report_finding(examination *x, health state, const char *what, const char *remedy)
{
    static const char *const words[] = {"ok", "note", "problem"};
    const field rows[] = {
        {NULL, "topic", TEXT(x->topic)},
        {NULL, "state", TEXT(words[state])},
        {NULL, "finding", TEXT(what)},
        {NULL, "remedy", TEXT(remedy), .absent = remedy[0] == '\0'},
    };
    fields_add(fields_item(x->list), rows, FIELD_COUNT(rows));
    output_field(&x->c->out, x->topic, "%s: %s%s%s", words[state], what, remedy[0] != '\0' ? "; " : "", remedy);
    if (state == HEALTH_PROBLEM) {
        x->problems++;
        x->topic_bad++;
    }
}

static void report_obstacle(void *user, const obstacle *found)
{
    report_finding(user, found->serious ? HEALTH_PROBLEM : HEALTH_NOTE, found->what, found->remedy);
}

static void examine_program(examination *x)
{
    char system[128], text[256];
    x->topic = "program";
    snprintf(text, sizeof(text), "espbak %s on %s", ESPBAK_VERSION, system_name(system, sizeof(system)));
    report_finding(x, HEALTH_OK, text, "");
}

static void examine_settings(examination *x)
{
    x->topic = "settings";
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char text[512];
        const settings_source *source = &x->c->set.sources[i];
        if (source->path == NULL)
            continue;
        snprintf(text, sizeof(text), "%s is %s, from %s", source->name, source->value, source->from);
        report_finding(x, HEALTH_OK, text, "");
    }
}

static void examine_port(examination *x, const espbak_port *port)
{
    char text[512];
    const char *kind = port->bridge[0] != '\0' ? port->bridge : espbak_port_kind_phrase(port->kind);
    x->topic_bad = 0;
    obstacles_of_port(&obstacles_here, port->path, report_obstacle, x);
    snprintf(text, sizeof(text), "%s%s%s may be used", port->path, kind[0] != '\0' ? ", " : "", kind);
    if (x->topic_bad == 0)
        report_finding(x, HEALTH_OK, text, "");
}

static espbak_status examine_ports(examination *x, espbak_error *err)
{
    espbak_port *ports = NULL;
    size_t count = 0, likely = 0;
    x->topic = "port";
    if (espbak_ports_list(&ports, &count, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < count; i++) {
        if (!espbak_port_looks_like_esp(&ports[i]))
            continue;
        likely++;
        examine_port(x, &ports[i]);
    }
    espbak_ports_free(ports);
    x->topic_bad = 0;
    obstacles_of_system(&obstacles_here, report_obstacle, x);
    if (likely == 0 && x->topic_bad == 0 && x->c->set.port == NULL)
        report_finding(x, HEALTH_PROBLEM, "no adapter or board is plugged in that looks like an ESP",
                       "use a USB cable that carries data, and look whether the board has power");
    if (likely > 1)
        report_finding(x, HEALTH_NOTE, "there are several ports",
                       "say which one with --port; the command info tells what it is");
    return ESPBAK_OK;
}

/* The nearest folder that is there, from `path` upwards; allocated, NULL when out of memory. */
static char *existing_folder(const char *path)
{
    char *folder = file_join(path, "");
    while (folder != NULL && !file_is_folder(folder)) {
        char *above = file_folder_of(folder);
        const bool top = above == NULL || strcmp(above, folder) == 0;
        free(folder);
        folder = above;
        if (top)
            break;
    }
    return folder;
}

/* One that is not there yet will be made: what counts is the nearest one above it. */
static void examine_folder(examination *x)
{
    char text[512];
    espbak_error no_room = {0};
    const char *folder = x->c->set.folder;
    char *there = existing_folder(folder);
    x->topic = "backups";
    snprintf(text, sizeof(text), "backups go into %s%s", folder,
             file_is_folder(folder) ? "" : ", which is made when needed");
    if (there == NULL || !file_folder_is_writable(there)) {
        snprintf(text, sizeof(text), "you may not write to %s, where backups go", there != NULL ? there : folder);
        report_finding(x, HEALTH_PROBLEM, text, "name another folder with -o, or in ESPBAK_BACKUP_DIR");
    } else if (file_need_space(there, LARGE_FLASH, &no_room) != ESPBAK_OK) {
        report_finding(x, HEALTH_PROBLEM, no_room.message, no_room.hint);
    } else {
        report_finding(x, HEALTH_OK, text, "");
    }
    espbak_error_clear(&no_room);
    free(there);
}

static espbak_status examine(cli *c, espbak_error *err)
{
    examination x = {.c = c, .list = cJSON_AddArrayToObject(output_root(&c->out), "checks")};
    examine_program(&x);
    examine_settings(&x);
    if (examine_ports(&x, err) != ESPBAK_OK)
        return err->status;
    examine_folder(&x);
    if (x.problems == 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_PORT, "%u thing%s in the way", x.problems, x.problems == 1 ? " is" : "s are");
    espbak_error_hint(err, "what to do stands behind each; then ask again");
    return ESPBAK_E_PORT;
}

const cli_command cmd_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "what keeps this computer from using a device, and the remedy",
    .description =
        "Looks at this computer, not at a device: which ports there are and whether you may use them, which program "
        "has "
        "one open, adapters that lack a driver, where settings come from, and whether there is room for backups. Each "
        "finding is one line with its remedy. Nothing is changed and no port is opened.",
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_YES,
    .run = examine,
};
