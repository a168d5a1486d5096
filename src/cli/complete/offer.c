/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete/offer.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/parse/places.h"
#include "cli/saved_name.h"
#include "cli/show/fields.h"
#include "espbak/backup.h"
#include "espbak/manifest.h"
#include "espbak/profile.h"
#include "espbak/transport.h"
#include "ops/content/select.h"

enum { LINE_MAX_LENGTH = 1024 };

/* A word that a terminal could not show would not be the same when it is typed: it is left out. */
static void print_offer(offering *to, const char *word, const char *means)
{
    char whole[LINE_MAX_LENGTH], shown[LINE_MAX_LENGTH], told[LINE_MAX_LENGTH];
    snprintf(whole, sizeof(whole), "%.*s%s", to->before_length, to->before, word);
    bytes_printable(shown, sizeof(shown), whole, strlen(whole));
    bytes_printable(told, sizeof(told), means, strlen(means));
    if (strcmp(shown, whole) != 0)
        return;
    cJSON *list = cJSON_GetObjectItem(output_root(&to->cli->out), "words");
    const field rows[] = {{NULL, "word", TEXT(shown)}, {NULL, "means", TEXT(told)}};
    if (list != NULL)
        fields_add(fields_item(list), rows, FIELD_COUNT(rows));
    else
        fprintf(to->cli->out.stream, "%s%s%s\n", shown, told[0] != '\0' ? "\t" : "", told);
}

void offer(offering *to, const char *word, const char *means)
{
    if (strncmp(word, to->typed, strlen(to->typed)) == 0)
        print_offer(to, word, means);
}

static void offer_table(offering *to, const char *const rows[][2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        offer(to, rows[i][0], rows[i][1]);
}

void offer_ports(offering *to, const place *at)
{
    static const char *const others[][2] = {{"sim:", "a simulated chip"},
                                            {"socket://", "a serial port on a server"},
                                            {"rfc2217://", "a server with modem lines"}};
    (void)at;
    espbak_port *ports = NULL;
    size_t count = 0;
    espbak_error ignored = {0};
    if (espbak_ports_list(&ports, &count, &ignored) == ESPBAK_OK) {
        for (size_t i = 0; i < count; i++)
            offer(to, ports[i].path, ports[i].description);
        espbak_ports_free(ports);
    }
    espbak_error_clear(&ignored);
    offer_table(to, others, sizeof(others) / sizeof(others[0]));
}

void offer_chips(offering *to, const place *at)
{
    (void)at;
    size_t count;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++)
        offer(to, chips[i]->name, "");
}

void offer_rates(offering *to, const place *at)
{
    static const char *const rates[][2] = {{"auto", "finds itself"}, {"115200", ""},  {"230400", ""},  {"460800", ""},
                                           {"921600", ""},           {"1500000", ""}, {"2000000", ""}, {"3000000", ""}};
    (void)at;
    offer_table(to, rates, sizeof(rates) / sizeof(rates[0]));
}

void offer_loaders(offering *to, const place *at)
{
    static const char *const loaders[][2] = {{"auto", "own where it is proven, else a stub"},
                                             {"own", "espbak's, which compresses"},
                                             {"stub", "Espressif's"},
                                             {"rom", "the one in the chip's ROM"}};
    (void)at;
    offer_table(to, loaders, sizeof(loaders) / sizeof(loaders[0]));
}

void offer_profiles(offering *to, const place *at)
{
    char folder[LINE_MAX_LENGTH];
    (void)at;
    espbak_profile *profiles = NULL;
    size_t count = 0;
    espbak_error ignored = {0};
    if (espbak_profiles_list(places_profiles(folder, sizeof(folder)), &profiles, &count, NULL, NULL, &ignored) ==
        ESPBAK_OK) {
        for (size_t i = 0; i < count; i++)
            offer(to, profiles[i].name, profiles[i].title);
        espbak_free(profiles);
    }
    espbak_error_clear(&ignored);
}

/* Calls `each` with the finished backups of the folder, newest first, until it says that this was enough. */
static void each_backup(offering *to, bool (*each)(offering *to, const espbak_backup_entry *entry))
{
    espbak_backup_entry *entries = NULL;
    size_t count = 0;
    espbak_error ignored = {0};
    if (espbak_backup_list(to->cli->set.folder, &entries, &count, &ignored) == ESPBAK_OK) {
        for (size_t i = 0; i < count; i++) {
            if (entries[i].usable && each(to, &entries[i]))
                break;
        }
        espbak_backup_list_free(entries, count);
    }
    espbak_error_clear(&ignored);
}

static bool offer_backup(offering *to, const espbak_backup_entry *entry)
{
    char means[LINE_MAX_LENGTH];
    snprintf(means, sizeof(means), "%s %s%s%s", entry->chip, entry->created, entry->note[0] != '\0' ? ", " : "",
             entry->note);
    /* By its name, as list shows it, until a path is typed. */
    offer(to, strpbrk(to->typed, "/\\") != NULL ? entry->path : entry->name, means);
    return false;
}

static bool offer_latest(offering *to, const espbak_backup_entry *entry)
{
    offer(to, "latest", entry->name);
    return true;
}

void offer_backups(offering *to, const place *at)
{
    (void)at;
    each_backup(to, offer_backup);
    each_backup(to, offer_latest);
    offer_folders(to, at);
}

/* "nvs,ota_0,ph" is completed behind its last comma. */
static void offer_in_list(offering *to, const char *name)
{
    char whole[LINE_MAX_LENGTH];
    const char *comma = strrchr(to->typed, ',');
    const int kept = comma != NULL ? (int)(comma + 1 - to->typed) : 0;
    snprintf(whole, sizeof(whole), "%.*s%s", kept, to->typed, name);
    offer(to, whole, "");
}

static bool offer_parts_of(offering *to, const char *path)
{
    espbak_backup *backup = NULL;
    espbak_error ignored = {0};
    const bool opened = espbak_backup_open(&backup, path, &ignored) == ESPBAK_OK;
    if (opened) {
        const espbak_manifest *manifest = espbak_backup_manifest(backup);
        for (size_t i = 0; i < manifest->table.count; i++)
            offer_in_list(to, manifest->table.entries[i].name);
    }
    espbak_backup_close(backup);
    espbak_error_clear(&ignored);
    return opened;
}

static bool offer_parts_of_entry(offering *to, const espbak_backup_entry *entry)
{
    return offer_parts_of(to, entry->path);
}

void offer_parts(offering *to, const place *at)
{
    bool found = false;
    char path[SAVED_PATH_MAX];
    espbak_error ignored = {0};
    for (size_t i = 0; i < at->word_count && !found; i++)
        found = saved_find(to->cli, at->words[i], path, &ignored) == ESPBAK_OK && offer_parts_of(to, path);
    espbak_error_clear(&ignored);
    if (!found)
        each_backup(to, offer_parts_of_entry);
    offer_in_list(to, SELECT_BOOTLOADER);
    offer_in_list(to, SELECT_TABLE);
}

void offer_commands(offering *to, const place *at)
{
    (void)at;
    for (size_t i = 0; i < to->cli->command_count; i++)
        offer(to, to->cli->commands[i]->name, to->cli->commands[i]->summary);
}

void offer_shells(offering *to, const place *at)
{
    static const char *const shells[][2] = {{"bash", ""}, {"zsh", ""}, {"fish", ""}, {"powershell", ""}};
    (void)at;
    offer_table(to, shells, sizeof(shells) / sizeof(shells[0]));
}

void offer_files(offering *to, const place *at)
{
    (void)at;
    print_offer(to, ":files", "");
}

void offer_folders(offering *to, const place *at)
{
    (void)at;
    print_offer(to, ":folders", "");
}
