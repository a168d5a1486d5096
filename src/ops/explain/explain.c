/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/explain/explain.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/file.h"
#include "espbak/chip.h"
#include "image/files/volume.h"
#include "image/table/entries.h"

enum { TABLE_FILE_MAX = 4 * 1024 * 1024 }; /* an sdkconfig is the largest file that may be given */

/* A table that the caller brings along, and where the flash's stands. */
typedef struct given_table {
    uint64_t offset;                     /* 0 when nothing is known */
    const espbak_partition_table *table; /* NULL: the flash's own is to be found */
    espbak_partition_table loaded;       /* what it is, when it came from a file */
} given_table;

void espbak_contents_free(espbak_contents *contents)
{
    espbak_boot_report_free(&contents->boot);
    free(contents->esp8266);
    *contents = (espbak_contents){0};
}

const espbak_boot_app *espbak_contents_app(const espbak_contents *contents, const espbak_partition *entry)
{
    for (size_t i = 0; i < contents->boot.app_count; i++) {
        if (contents->boot.apps[i].partition == entry)
            return &contents->boot.apps[i];
    }
    return NULL;
}

bool espbak_contents_holds(const espbak_contents *contents, const espbak_partition *entry)
{
    const ptrdiff_t index = entry - contents->boot.table.entries;
    return index >= 0 && index < ESPBAK_PARTITIONS_MAX && !contents->missing[index];
}

void explain_discard(espbak_contents *contents)
{
    if (contents != NULL)
        espbak_contents_free(contents);
    free(contents);
}

static espbak_status has_bootloader(const espbak_image_reader *reader, const espbak_chip *chip, bool *found,
                                    espbak_error *err)
{
    espbak_image_header header;
    const espbak_status status = espbak_image_header_read(reader, chip->bootloader_offset, &header, found, err);
    *found = *found && header.chip_id == chip->image_chip_id;
    return status;
}

espbak_status explain_chip(const espbak_image_reader *reader, const espbak_chip **chip, espbak_error *err)
{
    size_t count;
    const espbak_chip *const *chips = espbak_chips(&count);
    *chip = NULL;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        if (has_bootloader(reader, chips[i], &found, err) != ESPBAK_OK)
            return err->status;
        if (found) {
            *chip = chips[i];
            return ESPBAK_OK;
        }
    }
    return ESPBAK_OK;
}

espbak_status explain_alone(const espbak_image_reader *reader, const espbak_chip *named, espbak_boot_report *report,
                            const espbak_chip **chip, bool *alone, espbak_error *err)
{
    espbak_image_header header;
    bool found = false;
    *report = (espbak_boot_report){.selected_slot = ESPBAK_SLOT_NONE};
    *chip = named;
    if (espbak_image_header_read(reader, 0, &header, &found, err) != ESPBAK_OK)
        return err->status;
    if (found && espbak_chip_by_image_id(header.chip_id) != NULL)
        *chip = espbak_chip_by_image_id(header.chip_id);
    return espbak_boot_examine_alone(reader, *chip, report, alone, err);
}

static espbak_status load_table(given_table *given, const explain_options *options, const espbak_chip *chip,
                                espbak_findings *findings, espbak_error *err)
{
    const espbak_partition_layout layout = {
        .table_offset = options->table.offset,
        .bootloader_offset = chip != NULL ? chip->bootloader_offset : 0,
        .flash_size = options->reader->size,
    };
    char *text = NULL;
    size_t size = 0;
    espbak_status status = file_load(options->table.file, TABLE_FILE_MAX, &text, &size, err);
    if (status == ESPBAK_OK && !espbak_sdkconfig_table_offset(text, size, &given->offset)) {
        status = espbak_partition_table_from_file_text(&given->loaded, text, size, &layout, findings, err);
        if (status == ESPBAK_OK)
            given->table = &given->loaded;
        else
            espbak_error_prefix(err, "%s", options->table.file);
    }
    free(text);
    return status;
}

static espbak_status ask(espbak_contents *out, const explain_options *options, const given_table *given,
                         espbak_error *err)
{
    bool scan = false;
    if (given->offset == 0 && given->table == NULL && out->ciphertext != ESPBAK_YES && out->chip != NULL &&
        has_bootloader(options->reader, out->chip, &scan, err) != ESPBAK_OK)
        return err->status;
    const espbak_security *security = options->security;
    const espbak_boot_question question = {
        .reader = *options->reader,
        .bootloader_offset = out->chip != NULL ? out->chip->bootloader_offset : 0,
        .table_offset = given->offset != 0 ? given->offset
                        : scan             ? ESPBAK_PARTITION_TABLE_ANYWHERE
                                           : ESPBAK_PARTITION_TABLE_OFFSET,
        .chip_id = out->chip != NULL ? out->chip->image_chip_id : 0,
        .chip_known = out->chip != NULL,
        .esp8266_layouts = out->chip != NULL && out->chip->esp8266_layouts,
        .secure_boot_digest = out->chip == NULL || out->chip->secure_boot_digest,
        .memory = out->chip != NULL ? out->chip->boot_memory : NULL,
        .whole = !options->part,
        .revision_known = options->revision_known,
        .revision = options->revision,
        .encryption_known = out->ciphertext != ESPBAK_UNKNOWN,
        .encrypted = out->ciphertext == ESPBAK_YES,
        .secure_boot = security != NULL && security->secure_boot == ESPBAK_YES,
        .outline = options->outline,
        .reads = options->reads,
        .reads_user = options->reads_user,
        .table = given->table,
    };
    return espbak_boot_examine(&question, &out->boot, err);
}

/* The flash's own table is believed; but it should not differ from what is known of the board. */
static espbak_status add_place(espbak_contents *out, const espbak_partition *place, espbak_error *err)
{
    espbak_partition_table *table = &out->boot.table;
    const espbak_partition *there = espbak_partition_find(table, place->label);
    if (there != NULL && (there->offset != place->offset || there->size != place->size))
        espbak_findings_add(
            &out->boot.findings, ESPBAK_FINDING_WARNING,
            "%s is 0x%lx bytes at 0x%lx by the partition table, not 0x%lx at 0x%lx as the profile has it", place->label,
            (unsigned long)there->size, (unsigned long)there->offset, (unsigned long)place->size,
            (unsigned long)place->offset);
    if (there != NULL || table->count == ESPBAK_PARTITIONS_MAX ||
        !bytes_range_within(place->offset, place->size, out->flash_size))
        return ESPBAK_OK;
    if (!out->boot.table_found)
        table->offset = ESPBAK_PARTITION_TABLE_OFFSET;
    out->table_from_file = out->table_from_file || !out->boot.table_found;
    out->boot.table_found = true;
    return entries_add(table, place, err);
}

/* Its SDKs before the one with a partition table have images only. */
static espbak_status look_at_esp8266(espbak_contents *out, const explain_options *options, espbak_error *err)
{
    if (out->chip == NULL || !out->chip->esp8266_layouts)
        return ESPBAK_OK;
    out->esp8266 = calloc(1, sizeof(*out->esp8266));
    if (out->esp8266 == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    return espbak_esp8266_examine(options->reader, ESPBAK_IMAGE_OUTLINE, out->esp8266, NULL, err);
}

static espbak_status find_volumes(espbak_contents *out, const explain_options *options, espbak_error *err)
{
    const espbak_partition_table *table = &out->boot.table;
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        if (entry->type == ESPBAK_PARTITION_DATA && !entry->outside && out->ciphertext != ESPBAK_YES &&
            volume_find(options->reader, entry->offset, entry->size, &out->volumes[i], err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* What is given, what the flash says, and what both say together. */
static espbak_status explain(espbak_contents *out, const explain_options *options, given_table *given,
                             espbak_findings *findings, espbak_error *err)
{
    if (out->chip == NULL && explain_chip(options->reader, &out->chip, err) != ESPBAK_OK)
        return err->status;
    if (options->table.file != NULL && load_table(given, options, out->chip, findings, err) != ESPBAK_OK)
        return err->status;
    out->table_from_file = options->table.file != NULL && given->table != NULL;
    if (ask(out, options, given, err) != ESPBAK_OK || look_at_esp8266(out, options, err) != ESPBAK_OK)
        return err->status;
    /* On a device every look takes time. */
    if (!options->outline && find_volumes(out, options, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < findings->count; i++)
        espbak_findings_add(&out->boot.findings, findings->entries[i].severity, "%s", findings->entries[i].text);
    for (size_t i = 0; i < options->table.place_count; i++) {
        if (add_place(out, &options->table.places[i], err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status explain_flash(espbak_contents *out, const explain_options *options, espbak_error *err)
{
    given_table given = {.offset = options->table.offset, .table = options->known};
    espbak_findings findings = {0};
    *out = (espbak_contents){.chip = options->chip, .flash_size = options->reader->size};
    if (options->security != NULL)
        out->ciphertext = options->security->flash_encryption;
    const espbak_status status = explain(out, options, &given, &findings, err);
    espbak_partition_table_free(&given.loaded);
    espbak_findings_free(&findings);
    return status;
}

void explain_warn(const espbak_contents *contents, const espbak_events *events)
{
    const espbak_findings *findings = &contents->boot.findings;
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->entries[i].severity != ESPBAK_FINDING_NOTE)
            espbak_log(events, ESPBAK_LOG_WARNING, "%s", findings->entries[i].text);
    }
    if (findings->left_out > 0)
        espbak_log(events, ESPBAK_LOG_WARNING, "and %zu more like these", findings->left_out);
}
