/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/restore/another.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "espbak/backup.h"
#include "espbak/chip.h"
#include "espbak/efuse.h"
#include "espbak/nvs.h"
#include "ops/content/efuses.h"
#include "ops/pieces/piece_contents.h"
#include "ops/safety/match.h"

enum { NOTE_MAX = sizeof(((espbak_move_note *)0)->text) };

enum { DATA_PHY = 0x01 }; /* ESP-IDF esp_partition.h */

static const word_row kinds[] = {
    [ESPBAK_MOVE_STAYS] = {.name = "stays", .phrase = "Stays"},
    [ESPBAK_MOVE_COPIED] = {.name = "copied", .phrase = "Copied"},
    [ESPBAK_MOVE_LOST] = {.name = "lost", .phrase = "Lost"},
    [ESPBAK_MOVE_BEWARE] = {.name = "beware", .phrase = "Beware"},
};
static const word_table kind_words = WORD_TABLE(kinds);

const char *espbak_move_kind_name(espbak_move_kind kind)
{
    return words_name(&kind_words, kind);
}

const char *espbak_move_kind_phrase(espbak_move_kind kind)
{
    return words_phrase(&kind_words, kind);
}

static espbak_status refuse(const char *why, const char *hint, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_REFUSED, "refused: %s", why);
    espbak_error_hint(err, "nothing was changed; %s", hint);
    return ESPBAK_E_REFUSED;
}

espbak_status another_check(const restore_job *job, espbak_error *err)
{
    const espbak_manifest *const manifest = espbak_backup_manifest(job->backup);
    const espbak_region *const region = &manifest->regions[0];
    if (job->options->only_count > 0 || manifest->region_count != 1 || strcmp(region->name, "flash") != 0)
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "--to-another moves all of a unit: it wants a backup of a whole flash, "
                           "without --only");
    if (match_is_same_device(manifest, &job->result->device))
        return refuse("the attached device is the one that the backup was made of, and --to-another is for another one",
                      "without --to-another the backup is put back", err);
    if (manifest->security.flash_encryption == ESPBAK_YES)
        return refuse("the backup is ciphertext, and the key of it stays in the eFuses of the old unit",
                      "what is encrypted cannot be moved: build the new unit from its firmware", err);
    return ESPBAK_OK;
}

static espbak_status note(restore_job *job, espbak_move_kind kind, const char *text, espbak_error *err)
{
    espbak_restore_result *const result = job->result;
    espbak_move_note *grown = realloc(result->notes, (result->note_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    result->notes = grown;
    espbak_move_note *const added = &grown[result->note_count++];
    added->kind = kind;
    snprintf(added->text, sizeof(added->text), "%s", text);
    return ESPBAK_OK;
}

/* Of a partition. */
static espbak_status note_of(restore_job *job, espbak_move_kind kind, const espbak_partition *entry, const char *what,
                             espbak_error *err)
{
    char text[NOTE_MAX];
    snprintf(text, sizeof(text), "%s: %s", entry->label, what);
    return note(job, kind, text, err);
}

static espbak_status note_mac(restore_job *job, const espbak_manifest *manifest, espbak_error *err)
{
    const uint8_t *const a = manifest->mac, *const b = job->result->device.mac;
    char text[NOTE_MAX];
    if (!manifest->mac_known || !job->result->device.mac_known)
        return note(job, ESPBAK_MOVE_STAYS, "the MAC, which is burnt into each chip", err);
    snprintf(text, sizeof(text),
             "the MAC %02x:%02x:%02x:%02x:%02x:%02x, burnt into the old chip; the new one has "
             "%02x:%02x:%02x:%02x:%02x:%02x, in names and access lists too",
             a[0], a[1], a[2], a[3], a[4], a[5], b[0], b[1], b[2], b[3], b[4], b[5]);
    return note(job, ESPBAK_MOVE_STAYS, text, err);
}

/* ESP-IDF esp_efuse_purpose_t: 0 is software's own, 2 to 4 encrypt flash, 9 to 11 are digests, which are public. */
static bool is_bound_key(unsigned purpose)
{
    return purpose != 0 && !(purpose >= 2 && purpose <= 4) && !(purpose >= 9 && purpose <= 11);
}

static const char *name_of_purpose(const espbak_manifest *manifest, unsigned block, char text[72])
{
    const efuse_side side = efuses_of_manifest(manifest);
    char name[32];
    espbak_efuse efuse;
    snprintf(name, sizeof(name), "KEY_PURPOSE_%u", block);
    snprintf(text, 72, "purpose %u", (unsigned)manifest->security.key_purposes[block]);
    for (size_t at = 0; espbak_efuse_next(side.efuses, side.chip, side.revision, &at, &efuse);) {
        if (strcmp(efuse.name, name) == 0)
            snprintf(text, 72, "%s", efuse.text);
    }
    return text;
}

static espbak_status note_efuses(restore_job *job, const espbak_manifest *manifest, espbak_error *err)
{
    enum { KEY_BLOCKS = 6 };
    const efuse_side side = efuses_of_manifest(manifest);
    const espbak_security *const security = &manifest->security;
    char text[NOTE_MAX], purpose[72];
    espbak_efuse efuse;
    espbak_status status = ESPBAK_OK;
    for (size_t at = 0; status == ESPBAK_OK && espbak_efuse_next(side.efuses, side.chip, side.revision, &at, &efuse);) {
        snprintf(text, sizeof(text), "the MAC of its own that the maker burnt, %s", efuse.text);
        if (efuse.kind == ESPBAK_EFUSE_IS_CUSTOM_MAC && efuse.burnt)
            status = note(job, ESPBAK_MOVE_STAYS, text, err);
    }
    if (status == ESPBAK_OK)
        status = note(job, ESPBAK_MOVE_STAYS, "calibration in eFuses, which each chip has for itself", err);
    for (unsigned i = 0; status == ESPBAK_OK && security->raw_known && i < KEY_BLOCKS; i++) {
        snprintf(text, sizeof(text), "key %u in eFuses, %s: what was made with it is of no use to the new unit", i,
                 name_of_purpose(manifest, i, purpose));
        if (is_bound_key(security->key_purposes[i]))
            status = note(job, ESPBAK_MOVE_STAYS, text, err);
    }
    return status;
}

static bool has_signing_key(const espbak_security *security)
{
    enum { HMAC_DOWN_DIGITAL_SIGNATURE = 7 };
    bool found = false;
    for (size_t i = 0; i < sizeof(security->key_purposes) - 1; i++)
        found = found || (security->raw_known && security->key_purposes[i] == HMAC_DOWN_DIGITAL_SIGNATURE);
    return found;
}

/* ESP-IDF keeps what it measured of the radio with the MAC that it belongs to, and measures anew where that is another:
   esp_phy/src/phy_init.c. */
static bool has_radio_calibration(const espbak_nvs *nvs)
{
    const espbak_nvs_item *item;
    for (size_t i = 0; (item = espbak_nvs_item_at(nvs, i)) != NULL; i++) {
        if (strcmp(item->space, "phy") == 0 && strcmp(item->key, "cal_mac") == 0)
            return true;
    }
    return false;
}

static espbak_status note_nvs(restore_job *job, const espbak_partition *entry, espbak_error *err)
{
    const espbak_image_reader reader = piece_contents_reader(&job->parts.from.whole, job->result->device.flash.size);
    espbak_nvs *nvs = NULL;
    espbak_error ignored = {0};
    espbak_status status = ESPBAK_OK;
    if (espbak_nvs_open(&nvs, &reader, entry->offset, entry->size, NULL, NULL, &ignored) == ESPBAK_OK &&
        has_radio_calibration(nvs))
        status =
            note_of(job, ESPBAK_MOVE_COPIED, entry,
                    "what was measured of the old unit's radio; ESP-IDF sees the other MAC and measures anew", err);
    espbak_nvs_free(nvs);
    return status;
}

static espbak_status note_partition(restore_job *job, const espbak_manifest *manifest, const espbak_partition *entry,
                                    espbak_error *err)
{
    const bool data = entry->type == ESPBAK_PARTITION_DATA;
    if (strcmp(entry->label, "esp_secure_cert") == 0 && has_signing_key(&manifest->security))
        return note_of(job, ESPBAK_MOVE_BEWARE, entry,
                       "its private key works with the key in the old unit's eFuses alone; the new one needs another",
                       err);
    if (espbak_contents_is_factory(job->parts.from.contents, &job->options->table, entry))
        return note_of(job, ESPBAK_MOVE_COPIED, entry, "factory data that was made for the old unit", err);
    if (data && entry->subtype == DATA_PHY)
        return note_of(job, ESPBAK_MOVE_COPIED, entry, "settings of the radio, which are those of the product", err);
    return data && entry->subtype == ESPBAK_DATA_NVS ? note_nvs(job, entry, err) : ESPBAK_OK;
}

static espbak_status describe(restore_job *job, const factory_list *lost, espbak_error *err)
{
    const espbak_manifest *const manifest = espbak_backup_manifest(job->backup);
    const espbak_boot_report *const boot = &job->parts.from.contents->boot;
    espbak_status status = note_mac(job, manifest, err);
    if (status == ESPBAK_OK)
        status = note_efuses(job, manifest, err);
    for (size_t i = 0; status == ESPBAK_OK && boot->table_found && i < boot->table.count; i++)
        status = note_partition(job, manifest, &boot->table.entries[i], err);
    for (size_t i = 0; status == ESPBAK_OK && i < lost->count; i++)
        status = note_of(job, ESPBAK_MOVE_LOST, &lost->items[i],
                         "factory data of the new unit; --snapshot keeps a copy", err);
    if (status == ESPBAK_OK)
        status = note(job, ESPBAK_MOVE_BEWARE,
                      "the old unit must not go online any more: both have the same keys and accounts", err);
    return status;
}

espbak_status restore_mind_factory_data(restore_job *job, const refuse_target *target, espbak_error *err)
{
    factory_check check = {
        .session = job->session,
        .events = target->events,
        .table = &job->options->table,
        .known = job->parts.from.contents,
        .pieces = target->parts ? &job->pieces : &job->parts.from.whole,
        .own = match_is_same_device(target->manifest, target->device),
        .force = target->force,
    };
    factory_list lost = {.count = 0};
    if (target->parts)
        return factory_refuse(&check, err);
    if (job->options->to_another) {
        if (factory_find(&check, &lost, err) != ESPBAK_OK || describe(job, &lost, err) != ESPBAK_OK)
            return err->status;
        check.own = true; /* it takes the place of that very device */
    }
    piece_list_free(&job->pieces);
    return factory_spare(&check, &job->pieces, job->kept, err);
}
