/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/settings.h"

#include <stdio.h>
#include <string.h>

static const opt_choice BEFORE[] = {
    {"default-reset", ESPBAK_BEFORE_DEFAULT_RESET},
    {"usb-reset", ESPBAK_BEFORE_USB_RESET},
    {"no-reset", ESPBAK_BEFORE_NO_RESET},
    {"no-reset-no-sync", ESPBAK_BEFORE_NO_RESET_NO_SYNC},
    {NULL, 0},
};

static const opt_choice AFTER[] = {
    {"hard-reset", ESPBAK_AFTER_HARD_RESET},
    {"soft-reset", ESPBAK_AFTER_SOFT_RESET},
    {"no-reset", ESPBAK_AFTER_NO_RESET},
    {"no-reset-stub", ESPBAK_AFTER_NO_RESET_STUB},
    {"watchdog-reset", ESPBAK_AFTER_WATCHDOG_RESET},
    {NULL, 0},
};

static const opt_choice PROGRESS[] = {
    {"auto", PROGRESS_WHEN_AUTO},
    {"bar", PROGRESS_WHEN_BAR},
    {"json", PROGRESS_WHEN_JSON},
    {"off", PROGRESS_WHEN_OFF},
    {NULL, 0},
};

static const opt_choice COLOR[] = {
    {"auto", COLOR_AUTO},
    {"always", COLOR_ALWAYS},
    {"never", COLOR_NEVER},
    {NULL, 0},
};

/* Of esptool: ask the flash, and leave headers as they are. */
static const opt_choice SIZE_WORDS[] = {
    {"detect", SETTINGS_SIZE_DETECT},
    {"keep", SETTINGS_SIZE_KEEP},
    {NULL, 0},
};

enum { BAUD_MAX = 20000000, ATTEMPTS_MAX = 1000 };

#define AT(member) offsetof(settings_options, member)

static const opt_spec SPECS[] = {
    {"port", 'p', OPT_TEXTS, "PORT",
     "serial device, socket://HOST:PORT, rfc2217://HOST:PORT, a pseudo-terminal, sim:CHIP[,flash=FILE][,size=16M], "
     "or what tells it apart: usb-serial=TEXT, usb=1-1.2, mac=MAC, VID:PID, a path with * or ?; several where a "
     "command can; default: the one port that looks like an ESP",
     AT(ports), 0, NULL},
    {"all-ports", 0, OPT_FLAG, NULL, "every port that looks like an ESP", AT(all_ports), 0, NULL},
    {"jobs", 'j', OPT_NUMBER, "N", "at how many of several devices to work at the same time; default: at all", AT(jobs),
     OPT_TEXTS_MAX, NULL},
    {"chip", 'c', OPT_TEXT, "CHIP", "what must be there, such as esp32s3; default: what is found", AT(chip), 0, NULL},
    {"baud", 'b', OPT_TEXT, "N",
     "rate for the data, or auto (default): it begins at 921600, or where it ended last time with this adapter, "
     "and "
     "climbs while blocks arrive clean; native USB has none",
     AT(baud), 0, NULL},
    {"before", 0, OPT_CHOICE, "HOW", "how to get into download mode", AT(before), 0, BEFORE},
    {"after", 'a', OPT_CHOICE, "HOW", "how to leave the chip", AT(after), 0, AFTER},
    {"reset-sequence", 0, OPT_TEXT, "SPEC", "own steps into download mode, such as D0|R1|W0.1|D1|R0|W0.05|D0",
     AT(reset_sequence), 0, NULL},
    {"connect-attempts", 0, OPT_NUMBER, "N", "how often to try; default: 7", AT(connect_attempts), ATTEMPTS_MAX, NULL},
    {"flash-size", 0, OPT_NUMBER, "N", "size of the flash, such as 16M, instead of asking it", AT(flash_size),
     ESPBAK_FLASH_SIZE_MAX, SIZE_WORDS},
    {"loader", 0, OPT_TEXT, "WHICH",
     "what works in the chip: own (espbak's, which compresses), stub, rom, or auto (default: own for reading where "
     "there is one, and for writing on ESP32, C3 and S3; else a stub)",
     AT(loader), 0, NULL},
    {"stub", 0, OPT_TEXT, "PATH", "folder or file to take stub loaders from first", AT(stub), 0, NULL},
    {"no-stub", 0, OPT_FLAG, NULL, "as --loader rom; with --loader own: the ROM where that does not work", AT(no_stub),
     0, NULL},
    {"reader", 0, OPT_TEXT, "WHEN", "former name of --loader: auto, on (own), off (stub)", AT(loader), 0, NULL},
    {"yes", 'y', OPT_FLAG, NULL, "answer yes to every question", AT(yes), 0, NULL},
    {"json", 0, OPT_FLAG, NULL, "print the result as one JSON document", AT(json), 0, NULL},
    {"progress", 0, OPT_CHOICE, "HOW", "bar: on a terminal only; json: one object a line on standard error",
     AT(progress), 0, PROGRESS},
    {"quiet", 'q', OPT_FLAG, NULL, "warnings and errors only on standard error", AT(quiet), 0, NULL},
    {"verbose", 'v', OPT_COUNT, NULL, "say more: which setting came from where, retries; twice: everything",
     AT(verbose), 0, NULL},
    {"trace", 0, OPT_TEXT, "FILE", "write every byte on the line, with times, to a new file", AT(trace), 0, NULL},
    {"color", 0, OPT_CHOICE, "WHEN", "colored messages; NO_COLOR in the environment is respected", AT(color), 0, COLOR},
    {"version", 0, OPT_FLAG, NULL, "print the version", AT(version), 0, NULL},
    {"help", 'h', OPT_FLAG, NULL, "print help, of a command when one is given", AT(help), 0, NULL},
};

const opt_spec *settings_specs(size_t *count)
{
    *count = sizeof(SPECS) / sizeof(SPECS[0]);
    return SPECS;
}

unsigned settings_group(const opt_spec *spec)
{
    static const struct {
        const char *name;
        unsigned group;
    } rows[] = {{"port", SETTINGS_LINE},       {"all-ports", SETTINGS_SEVERAL},   {"jobs", SETTINGS_SEVERAL},
                {"chip", SETTINGS_CHIP},       {"baud", SETTINGS_LINE},           {"before", SETTINGS_LINE},
                {"after", SETTINGS_LINE},      {"reset-sequence", SETTINGS_LINE}, {"connect-attempts", SETTINGS_LINE},
                {"flash-size", SETTINGS_LINE}, {"loader", SETTINGS_LOADER},       {"stub", SETTINGS_LOADER},
                {"no-stub", SETTINGS_LOADER},  {"reader", SETTINGS_LOADER},       {"yes", SETTINGS_YES}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, spec->name) == 0)
            return rows[i].group;
    }
    return SETTINGS_TALK;
}

typedef struct setting_row {
    const char *name, *flag;
    const char *env[2];    /* asked in this order */
    const char *key;       /* in files of settings */
    const char *otherwise; /* what happens when none is given */
} setting_row;

static const setting_row ROWS[SETTING_COUNT] = {
    [SETTING_PORT] = {"port", "--port", {"ESPBAK_PORT", "ESPTOOL_PORT"}, "port", "the one that looks like an ESP"},
    [SETTING_CHIP] = {"chip", "--chip", {"ESPBAK_CHIP", "ESPTOOL_CHIP"}, "chip", "what is found"},
    [SETTING_BAUD] = {"baud", "--baud", {"ESPBAK_BAUD", "ESPTOOL_BAUD"}, "baud", "auto"},
    [SETTING_STUB] = {"stub", "--stub", {"ESPBAK_STUB_DIR", NULL}, "stub", "built in"},
    [SETTING_LOADER] = {"loader", "--loader", {"ESPBAK_LOADER", "ESPBAK_READER"}, "loader", "auto"},
    [SETTING_FOLDER] = {"backup folder", "-o", {"ESPBAK_BACKUP_DIR", NULL}, "output", "backups"},
};

static bool is_set(const char *text)
{
    return text != NULL && text[0] != '\0';
}

const config_key *settings_keys(void)
{
    static const config_key keys[] = {
        {"port", false, false},  {"chip", false, false}, {"baud", false, false}, {"loader", false, false},
        {"output", true, false}, {"stub", true, true},   {NULL, false, false},
    };
    return keys;
}

static settings_source find_source(const setting_row *row, const char *flag, settings_env env, const config *files)
{
    const settings_source from_default = {row->name, row->otherwise, "default", NULL};
    if (is_set(flag))
        return (settings_source){row->name, flag, row->flag, flag};
    for (size_t i = 0; i < 2 && row->env[i] != NULL; i++) {
        const char *value = env(row->env[i]);
        if (is_set(value))
            return (settings_source){row->name, value, row->env[i], value};
    }
    const char *from;
    const char *value = config_find(files, row->key, &from);
    if (value != NULL)
        return (settings_source){row->name, value, from, value};
    return from_default;
}

static espbak_status unknown_chip(const settings_source *source, espbak_error *err)
{
    size_t count, used = 0;
    char all[256] = "";
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count && used < sizeof(all); i++)
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i > 0 ? ", " : "", chips[i]->name);
    espbak_fail(err, ESPBAK_E_USAGE, "%s: there is no chip '%s'", source->from, source->value);
    espbak_error_hint(err, "known are %s", all);
    return ESPBAK_E_USAGE;
}

static espbak_status resolve_chip(settings *out, espbak_error *err)
{
    const settings_source *source = &out->sources[SETTING_CHIP];
    /* "auto" is how esptool says "what is found". */
    if (source->path == NULL || strcmp(source->path, "auto") == 0)
        return ESPBAK_OK;
    out->chip = espbak_chip_by_name(source->path);
    return out->chip != NULL ? ESPBAK_OK : unknown_chip(source, err);
}

static espbak_status resolve_baud(settings *out, espbak_error *err)
{
    const settings_source *source = &out->sources[SETTING_BAUD];
    uint64_t baud = 0;
    char what[64];
    if (source->path == NULL || strcmp(source->path, "auto") == 0)
        return ESPBAK_OK;
    snprintf(what, sizeof(what), "%s%s", source->from[0] == '-' ? "option " : "", source->from);
    if (opt_parse_number(source->path, BAUD_MAX, what, &baud, err) != ESPBAK_OK)
        return err->status;
    if (baud == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s: a line cannot run at 0 baud", source->from);
    out->baud = (uint32_t)baud;
    return ESPBAK_OK;
}

typedef struct loader_word {
    const char *word;
    espbak_own_loader_use own;
    bool stub, rom; /* this one and nothing else */
} loader_word;

static const loader_word LOADER_WORDS[] = {
    {"auto", ESPBAK_OWN_LOADER_AUTO, false, false},
    {"own", ESPBAK_OWN_LOADER_ON, false, false},
    {"stub", ESPBAK_OWN_LOADER_OFF, true, false},
    {"rom", ESPBAK_OWN_LOADER_OFF, false, true},
    /* As --reader has them. */
    {"on", ESPBAK_OWN_LOADER_ON, false, false},
    {"off", ESPBAK_OWN_LOADER_OFF, false, false},
};

static const loader_word *find_loader_word(const char *word)
{
    for (size_t i = 0; i < sizeof(LOADER_WORDS) / sizeof(LOADER_WORDS[0]); i++) {
        if (strcmp(LOADER_WORDS[i].word, word) == 0)
            return &LOADER_WORDS[i];
    }
    return NULL;
}

/* Options win over the environment: who names a stub by one means it, whatever the environment says of loaders. */
static espbak_status resolve_loader(settings *out, const settings_options *options, espbak_error *err)
{
    const settings_source *source = &out->sources[SETTING_LOADER];
    const bool by_option = options->loader != NULL, stub_by_option = options->stub != NULL;
    const loader_word *word = find_loader_word(source->path != NULL ? source->path : stub_by_option ? "off" : "auto");
    if (word == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s is auto, own, stub or rom, not '%s'", source->from, source->value);
    const bool rom_by_option = options->no_stub || (by_option && word->rom);
    if (rom_by_option && (stub_by_option || (by_option && word->stub)))
        return espbak_fail(err, ESPBAK_E_USAGE, "options --%s and %s exclude each other",
                           stub_by_option ? "stub" : "loader stub", options->no_stub ? "--no-stub" : "--loader rom");
    out->own_loader = word->own;
    out->no_stub = options->no_stub || (word->rom && !stub_by_option);
    out->stub_wanted = stub_by_option || (by_option && word->stub);
    out->stub = out->no_stub ? NULL : out->sources[SETTING_STUB].path;
    return ESPBAK_OK;
}

static espbak_status check_given(const settings_options *options, espbak_error *err)
{
    const struct {
        const char *flag, *text;
    } texts[] = {{"--port", options->ports.all[0]},
                 {"--chip", options->chip},
                 {"--baud", options->baud},
                 {"--stub", options->stub},
                 {"--loader", options->loader},
                 {"--trace", options->trace},
                 {"--reset-sequence", options->reset_sequence}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].text != NULL && texts[i].text[0] == '\0')
            return espbak_fail(err, ESPBAK_E_USAGE, "option %s is empty", texts[i].flag);
    }
    if (options->jobs.given && options->jobs.value == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "option --jobs: at least one is needed");
    if (options->flash_size.given && options->flash_size.value % ESPBAK_FLASH_SECTOR != 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "option --flash-size: %llu is not a whole number of 4096-byte sectors",
                           (unsigned long long)options->flash_size.value);
    if (options->flash_size.given && options->flash_size.value == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "option --flash-size: a flash of 0 bytes cannot be meant");
    if (options->connect_attempts.given && options->connect_attempts.value == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "option --connect-attempts: at least one is needed");
    return ESPBAK_OK;
}

espbak_status settings_resolve(settings *out, const settings_options *options, const char *folder, settings_env env,
                               const config *files, espbak_error *err)
{
    const char *const flags[SETTING_COUNT] = {
        [SETTING_PORT] = options->ports.all[0], [SETTING_CHIP] = options->chip,     [SETTING_BAUD] = options->baud,
        [SETTING_STUB] = options->stub,         [SETTING_LOADER] = options->loader, [SETTING_FOLDER] = folder,
    };
    *out = (settings){0};
    if (check_given(options, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        out->sources[i] = find_source(&ROWS[i], flags[i], env, files);
    out->port = out->sources[SETTING_PORT].path;
    out->folder = out->sources[SETTING_FOLDER].value;
    if (resolve_baud(out, err) != ESPBAK_OK || resolve_loader(out, options, err) != ESPBAK_OK)
        return err->status;
    return resolve_chip(out, err);
}

void settings_session(espbak_session_options *out, const settings *set, const settings_options *options)
{
    *out = (espbak_session_options){
        .port = set->port,
        .chip = set->chip,
        .board_flash_size = set->board_flash_size,
        .baud = set->baud,
        .rate_memory = set->rates[0] != '\0' ? set->rates : NULL,
        .before = (espbak_before)options->before,
        .after = (espbak_after)options->after,
        .reset_sequence = options->reset_sequence,
        .connect_attempts = (unsigned)options->connect_attempts.value,
        .flash_size = options->flash_size.value,
        .no_stub = set->no_stub,
        .stub = set->stub,
        .own_loader = set->own_loader,
    };
}
