/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/parse/table_options.h"
#include "cli/saved/nvs_keys_option.h"
#include "cli/saved/source_word.h"
#include "cli/show/render.h"

typedef struct options {
    bool show_values, csv;
    const char *space, *keys;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"show-values", 0, OPT_FLAG, NULL, "show the values of the keys, which may be passwords",
     offsetof(options, show_values), 0, NULL},
    {"csv", 0, OPT_FLAG, NULL, "as Espressif's nvs_partition_gen takes it; with --show-values, as it holds them",
     offsetof(options, csv), 0, NULL},
    {"namespace", 0, OPT_TEXT, "NAME", "only the keys of this namespace", offsetof(options, space), 0, NULL},
    NVS_KEYS_OPTION(options, keys),
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

static void warn(const cli *c, const espbak_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->entries[i].severity != ESPBAK_FINDING_NOTE)
            espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "%s", findings->entries[i].text);
    }
}

static espbak_status show_csv(cli *c, const espbak_nvs_found *found, espbak_error *err)
{
    const options *own = c->options;
    const espbak_nvs_summary *about = espbak_nvs_summarise(found->nvs);
    size_t left_out = 0;
    if (found->of > 1)
        return espbak_fail(err, ESPBAK_E_USAGE, "there are %zu partitions of NVS, and a CSV is of one: name it",
                           found->of);
    if (!about->recognised || (about->encrypted && !about->decrypted))
        return espbak_fail(err, ESPBAK_E_FILE, "%s is %s", found->name,
                           about->recognised ? "encrypted, and its key is not known" : "not in the format of NVS");
    if (render_nvs_csv(&c->out, found->nvs, own->space, &left_out, err) != ESPBAK_OK)
        return err->status;
    if (left_out > 0)
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "damaged keys are left out: %zu", left_out);
    return ESPBAK_OK;
}

static espbak_status show(void *user, const espbak_nvs_found *found, espbak_error *err)
{
    cli *c = user;
    const options *own = c->options;
    warn(c, found->findings);
    return own->csv ? show_csv(c, found, err)
                    : render_nvs(&c->out, found->name, found->nvs, own->space, own->show_values, err);
}

static espbak_status show_keys(cli *c, espbak_error *err)
{
    const options *own = c->options;
    char path[SAVED_PATH_MAX];
    espbak_files_source from = {.name = c->word_count > 1 ? c->words[1] : NULL, .keys = own->keys};
    if (own->csv && c->out.json)
        return espbak_fail(err, ESPBAK_E_USAGE, "--csv and --json exclude each other");
    if (own->csv && !own->show_values)
        return espbak_fail(err, ESPBAK_E_USAGE, "a CSV holds the values, which may be passwords: add --show-values");
    if (source_word(c, &own->table, path, &from, err) != ESPBAK_OK)
        return err->status;
    if (own->show_values)
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "values of NVS are shown: they may be passwords or keys");
    return espbak_nvs_run(&from, show, c, err);
}

const cli_command cmd_nvs = {
    .name = "nvs",
    .arguments = "BACKUP|FILE|device [PARTITION]",
    .summary = "the settings in NVS of a backup, a dump or the device",
    .description =
        "Lists the keys of each partition of NVS: namespace, type and size, and with --show-values their values. --csv "
        "writes them as Espressif's nvs_partition_gen takes them, to make a partition of the same keys and values. Of "
        "a "
        "device only these partitions are read.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_YES,
    .min_words = 1,
    .max_words = 2,
    .run = show_keys,
};
