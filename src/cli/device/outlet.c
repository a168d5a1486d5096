/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/device/outlet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/os/pipe.h"
#include "cli/os/terminal.h"
#include "cli/show/fields.h"
#include "cli/show/text.h"
#include "espbak/backup.h"

enum { COMMAND_MAX = 4096 };

static bool to_stdout(const backup_options *own)
{
    return own->folder != NULL && strcmp(own->folder, "-") == 0;
}

espbak_status outlet_prepare(cli *c, const backup_options *own, espbak_backup_options *job, espbak_error *err)
{
    if (!to_stdout(own))
        return ESPBAK_OK;
    if (own->resume || own->base != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "with -o - nothing is kept to go on with: leave --resume and --base out");
    if (c->out.json)
        return espbak_fail(err, ESPBAK_E_USAGE, "the backup and --json cannot both go to standard output");
    if (terminal_is_tty(TERMINAL_STDOUT))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "a packed backup does not belong on a terminal: name a folder, or send standard output on");
    c->temporary = file_make_temporary_folder(err);
    if (c->temporary == NULL)
        return err->status;
    terminal_binary_stdout();
    job->folder = c->temporary;
    return ESPBAK_OK;
}

static espbak_status to_stream(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    FILE *stream = user;
    errno = 0;
    if (fwrite(data, 1, size, stream) == size)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_FILE, "not all of it was taken%s%s", errno != 0 ? ": " : "",
                       errno != 0 ? strerror(errno) : "");
}

static espbak_status pack_to(FILE *stream, const char *path, espbak_error *err)
{
    espbak_status status = espbak_backup_pack(path, to_stream, stream, err);
    if (status == ESPBAK_OK && fflush(stream) != 0)
        status = espbak_fail(err, ESPBAK_E_FILE, "not all of it was taken: %s", strerror(errno));
    return status;
}

/* "{name}" and the like stand for what is known of the backup: letters, digits and what needs no quotes. */
static bool expand(char out[COMMAND_MAX], const char *command, const espbak_backup_result *result)
{
    char mac[TEXT_SHORT] = "unknown";
    if (result->device.mac_known)
        text_mac(mac, result->device.mac);
    const char *const words[][2] = {
        {"{name}", file_name_of(result->path)},
        {"{mac}", mac},
        {"{chip}", result->device.chip != NULL ? result->device.chip->name : "unknown"},
    };
    size_t used = 0;
    while (*command != '\0' && used + 1 < COMMAND_MAX) {
        const char *value = NULL;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && value == NULL; i++) {
            if (strncmp(command, words[i][0], strlen(words[i][0])) == 0) {
                value = words[i][1];
                command += strlen(words[i][0]);
            }
        }
        if (value == NULL)
            out[used++] = *command++;
        else
            used += (size_t)snprintf(out + used, COMMAND_MAX - used, "%s", value);
    }
    out[used < COMMAND_MAX ? used : COMMAND_MAX - 1] = '\0';
    return *command == '\0' && used < COMMAND_MAX;
}

static espbak_status store(cli *c, const char *command, const espbak_backup_result *result, espbak_error *err)
{
    char text[COMMAND_MAX];
    if (!expand(text, command, result))
        return espbak_fail(err, ESPBAK_E_USAGE, "the command of --store is too long");
    espbak_log(&c->watch.events, ESPBAK_LOG_INFO, "storing it: %s", text);
    /* What it prints comes behind what was printed before. */
    (void)fflush(c->out.stream);
    FILE *const pipe = pipe_open(text);
    if (pipe == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "the command of --store cannot be started: %s", strerror(errno));
    espbak_status status = pack_to(pipe, result->path, err);
    const int code = pipe_close(pipe);
    const field row = {"Stored", "store.exit_code", NUMBER((uint64_t)(code < 0 ? 255 : code)),
                       .line = code == 0 ? text : ""};
    fields_show(&c->out, &row, 1);
    if (code != 0)
        status = espbak_fail(err, ESPBAK_E_FILE, "the command of --store ended with exit code %d", code);
    return status;
}

espbak_status outlet_deliver(cli *c, const backup_options *own, const espbak_backup_result *result, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    if (!result->sealed)
        return ESPBAK_OK;
    if (to_stdout(own)) {
        status = pack_to(stdout, result->path, err);
        return status == ESPBAK_OK ? status : espbak_error_prefix(err, "standard output");
    }
    if (own->store == NULL)
        return ESPBAK_OK;
    status = store(c, own->store, result, err);
    if (status != ESPBAK_OK)
        espbak_error_hint(err, "the backup itself is complete, in %s", result->path);
    return status;
}
