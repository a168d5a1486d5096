/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/os/system.h"
#include "cli/show/render.h"
#include "espbak/api.h"
#include "espbak/selftest.h"
#include "espbak/transport.h"

typedef struct options {
    opt_number scratch;
    bool force;
} options;

static const opt_spec specs[] = {
    {"scratch", 0, OPT_NUMBER, "OFFSET",
     "try writing too, in this sector, which has to be blank and is blank again then", offsetof(options, scratch),
     ESPBAK_FLASH_SIZE_MAX, NULL},
    {"force", 0, OPT_FLAG, NULL, "use the sector although it is not known to be unused", offsetof(options, force), 0,
     NULL},
};

/* "own: ok, 84.2 KiB/s, SHA-256 agrees, 2 retries"; `who` stands before the colon. */
static const char *row_line(char *out, size_t capacity, const char *who, const espbak_selftest_row *row)
{
    char rate[48] = "", retries[32] = "";
    const char *const state = espbak_selftest_state_name(row->state);
    if (row->state == ESPBAK_SELFTEST_OK && row->seconds > 0)
        snprintf(rate, sizeof(rate), ", %.1f KiB/s", (double)row->bytes / 1024 / row->seconds);
    const bool agrees = row->state == ESPBAK_SELFTEST_OK && row->digest != NULL;
    const char *const digest = agrees && strcmp(row->digest, "md5") == 0 ? ", MD5 agrees"
                               : agrees                                  ? ", SHA-256 agrees"
                                                                         : "";
    if (row->retries > 0)
        snprintf(retries, sizeof(retries), ", %u retr%s", row->retries, row->retries == 1 ? "y" : "ies");
    snprintf(out, capacity, "%-12s %s%s%s%s%s%s", who, state, rate, digest, retries, row->why[0] != '\0' ? ": " : "",
             row->why);
    return out;
}

/* The loader was tried, or named at least; nothing for rows that were not reached. */
static void show_row(output *out, cJSON *list, const char *label, const char *who, const espbak_selftest_row *row)
{
    char line[400], sum[sizeof(row->sha256) * 2 + 1];
    const bool ok = row->state == ESPBAK_SELFTEST_OK, read = row->seconds > 0;
    bytes_to_hex(sum, row->sha256, sizeof(row->sha256));
    const field rows[] = {
        {label, "state", TEXT(espbak_selftest_state_name(row->state)), .line = row_line(line, sizeof(line), who, row)},
        {NULL, "loader", TEXT(espbak_loader_name(row->loader))},
        {NULL, "baud", NUMBER(row->used_baud), .absent = row->used_baud == 0},
        {NULL, "asked_baud", NUMBER(row->baud), .absent = row->baud == 0},
        {NULL, "bytes", NUMBER(row->bytes), .absent = !read},
        {NULL, "seconds", REAL(row->seconds), .absent = !read},
        {NULL, "retries", NUMBER(row->retries)},
        {NULL, "sha256", TEXT(sum), .absent = !read},
        {NULL, "chip_digest", TEXT(row->digest), .absent = row->digest == NULL},
        {NULL, "why", TEXT(row->why), .absent = ok},
    };
    if (row->state != ESPBAK_SELFTEST_OPEN)
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

/* What hangs between; without names that tell whose it is. */
static const char *port_line(char *out, size_t capacity, const espbak_selftest_result *result, const char *url)
{
    espbak_port *ports = NULL;
    espbak_error ignored = {0};
    const char *bridge = "";
    size_t count = 0;
    if (!result->usb.known) {
        const size_t scheme = strcspn(url, ":");
        snprintf(out, capacity, "%.*s", url[scheme] == ':' ? (int)scheme : 11,
                 url[scheme] == ':' ? url : "serial port");
        return out;
    }
    if (espbak_ports_list(&ports, &count, &ignored) != ESPBAK_OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        if (ports[i].usb && ports[i].vid == result->usb.vid && ports[i].pid == result->usb.pid)
            bridge = ports[i].bridge;
    }
    snprintf(out, capacity, "USB %04X:%04X%s%s%s%s", result->usb.vid, result->usb.pid, bridge[0] != '\0' ? ", " : "",
             bridge, result->usb.product[0] != '\0' ? ", " : "", result->usb.product);
    espbak_ports_free(ports);
    return out;
}

static void show_head(output *out, const espbak_selftest_result *result)
{
    const espbak_device_info *device = &result->device;
    const espbak_flash_info *flash = &device->flash;
    char chip[160], revision[TEXT_SHORT] = "", about[160], id[8], size[TEXT_SHORT], system[256], port[200];
    if (device->revision_known)
        text_revision(revision, device->revision);
    snprintf(chip, sizeof(chip), "%s%s%s", device->name[0] != '\0' ? device->name : device->chip->title,
             device->revision_known ? " " : "", revision);
    snprintf(id, sizeof(id), "%06x", (unsigned)flash->jedec_id & 0xFFFFFF);
    snprintf(about, sizeof(about), "%s (by %s), id %s %s", text_size(size, flash->size),
             espbak_size_source_phrase(flash->size_source), id, flash->manufacturer);
    port_line(port, sizeof(port), result, device->link.port);
    const field rows[] = {
        {"espbak", "version", TEXT(ESPBAK_VERSION)},
        {"System", "system", TEXT(system_name(system, sizeof(system)))},
        {"Chip", NULL, TEXT(chip)},
        {NULL, "chip", TEXT(device->chip->name)},
        {NULL, "description", TEXT(device->name)},
        {NULL, "revision", TEXT(revision), .absent = !device->revision_known},
        {"ROM", "rom", TEXT(device->link.rom), .absent = device->link.rom[0] == '\0'},
        {"Flash", NULL, TEXT(about)},
        {NULL, "flash.size", NUMBER(flash->size)},
        {NULL, "flash.size_from", TEXT(espbak_size_source_name(flash->size_source))},
        {NULL, "flash.jedec_id", TEXT(id)},
        {"Port", "port", TEXT(port)},
        {NULL, "native_usb", FLAG(device->link.native_usb)},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

/* Rows that read something else have said so. */
static void show_comparison(output *out, const espbak_selftest_result *result, espbak_status status)
{
    char size[TEXT_SHORT], line[96];
    const bool same = status != ESPBAK_E_DIFFERS;
    snprintf(line, sizeof(line), "%s, %s", text_size(size, result->size),
             same ? "the same bytes each time" : "not the same each time");
    const field rows[] = {
        {"Compared", "size", NUMBER(result->size), .line = line, .absent = result->size == 0},
        {NULL, "same", FLAG(same), .absent = result->size == 0},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

static void show_result(output *out, const espbak_selftest_result *result, espbak_status status)
{
    char who[24];
    cJSON *root = output_root(out);
    output_line(out, "espbak selftest, a report for the table of what was tried on silicon");
    show_head(out, result);
    cJSON *list = cJSON_AddArrayToObject(root, "reads");
    for (size_t i = 0; i < ESPBAK_SELFTEST_LOADERS; i++)
        show_row(out, list, i == 0 ? "Reads" : "", espbak_loader_name(result->reads[i].loader), &result->reads[i]);
    list = cJSON_AddArrayToObject(root, "rates");
    for (size_t i = 0; i < result->rate_count; i++) {
        snprintf(who, sizeof(who), "%u baud", (unsigned)result->rates[i].baud);
        show_row(out, list, i == 0 ? "Rates" : "", who, &result->rates[i]);
    }
    list = cJSON_AddArrayToObject(root, "writes");
    const char *label = "Writes";
    for (size_t i = 0; i < ESPBAK_SELFTEST_LOADERS; i++) {
        show_row(out, list, label, espbak_loader_name(result->writes[i].loader), &result->writes[i]);
        label = result->writes[i].state != ESPBAK_SELFTEST_OPEN ? "" : label;
    }
    list = cJSON_AddArrayToObject(root, "afterwards");
    show_row(out, list, "Afterwards", espbak_loader_name(result->again.loader), &result->again);
    show_comparison(out, result, status);
}

static espbak_status test_device(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_selftest_options job = {
        .scratch = own->scratch.given, .scratch_offset = own->scratch.value, .force = own->force};
    espbak_selftest_result result;
    if (cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = espbak_selftest_run(&job, &result, err);
    if (result.device.chip != NULL && (c->out.json || result.again.state != ESPBAK_SELFTEST_OPEN))
        show_result(&c->out, &result, status);
    return status;
}

const cli_command cmd_selftest = {
    .name = "selftest",
    .arguments = "",
    .summary = "whether ROM, stub and own loader read the same, and how fast",
    .description =
        "Reads the same ranges by the ROM's loader, by Espressif's stub and by espbak's own loader, compares "
        "what they gave, and tries the rates up to the first that does not work. Nothing is written. With "
        "--scratch one blank sector is written by each of them, read back and erased again. The report is "
        "short and names no device: paste it into an issue, so that others know what works on this chip.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_YES,
    .run = test_device,
};
