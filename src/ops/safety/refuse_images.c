/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "espbak/chip.h"
#include "espbak/image.h"
#include "ops/pieces/piece_contents.h"
#include "ops/safety/match.h"
#include "ops/safety/refuse_rows.h"

bool refuse_other_chip(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_chip *meant = NULL;
    if (t->manifest == NULL)
        return false;
    if (t->manifest->chip[0] != '\0')
        meant = espbak_chip_by_name(t->manifest->chip);
    else if (t->recognised == NULL || (t->recognised == t->device->chip && !t->parts)) {
        snprintf(why, REFUSE_WHY_MAX, "the backup does not tell which chip it is of: %s",
                 t->recognised == NULL ? "it holds no image of a known one"
                                       : "it has no bootloader where one belongs, and the device would not start");
        return true;
    } else
        meant = t->recognised;
    if (meant == t->device->chip)
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the backup is of an %s, the attached device is an %s",
             meant != NULL ? meant->title : t->manifest->chip, t->device->chip->title);
    return true;
}

/* ESP8266 images carry no id. */
bool refuse_image_at(const refuse_target *t, uint64_t offset, espbak_image_header *header)
{
    uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE];
    espbak_error ignored = {0};
    return piece_list_covers(t->pieces, offset, sizeof(bytes)) &&
           piece_list_read((void *)t->pieces, offset, bytes, sizeof(bytes), &ignored) == ESPBAK_OK &&
           espbak_image_header_parse(header, bytes);
}

static void say_revision(char why[REFUSE_WHY_MAX], const char *what, uint64_t offset, const char *limit, unsigned asked,
                         unsigned revision)
{
    snprintf(why, REFUSE_WHY_MAX, "%s at 0x%llX needs chip revision v%u.%u%s, the attached device is v%u.%u", what,
             (unsigned long long)offset, asked / 100, asked % 100, limit, revision / 100, revision % 100);
}

/* Whether an image for another chip or revision starts at `offset`; data that only looks like one is none. */
static bool is_foreign_image(const refuse_target *t, uint64_t offset, const char *what, char why[REFUSE_WHY_MAX])
{
    const espbak_device_info *device = t->device;
    espbak_image_header header;
    if (!refuse_image_at(t, offset, &header))
        return false;
    const espbak_chip *meant = espbak_chip_by_image_id(header.chip_id);
    if (meant == NULL)
        return false;
    switch (espbak_image_fits(&header, device->chip->image_chip_id, device->revision_known, device->revision)) {
    case ESPBAK_IMAGE_OTHER_CHIP:
        snprintf(why, REFUSE_WHY_MAX, "%s at 0x%llX is an image for %s, the attached device is an %s", what,
                 (unsigned long long)offset, meant->title, device->chip->title);
        return true;
    case ESPBAK_IMAGE_NEEDS_NEWER:
        say_revision(why, what, offset, "", header.min_revision, device->revision);
        return true;
    case ESPBAK_IMAGE_NEEDS_OLDER:
        say_revision(why, what, offset, " or older", header.max_revision, device->revision);
        return true;
    case ESPBAK_IMAGE_FITS:
        break;
    }
    return false;
}

/* A bootloader of another chip may stand where this one's does not. */
static bool has_foreign_bootloader(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    size_t count;
    const espbak_chip *const *chips = espbak_chips(&count);
    if (is_foreign_image(t, t->device->chip->bootloader_offset, "the bootloader", why))
        return true;
    for (size_t i = 0; i < count; i++) {
        espbak_image_header header;
        if (refuse_image_at(t, chips[i]->bootloader_offset, &header) && header.chip_id == chips[i]->image_chip_id &&
            is_foreign_image(t, chips[i]->bootloader_offset, "the bootloader", why))
            return true;
    }
    return false;
}

/* Applications; in its own backup a device may have whatever it likes in the slots that it does not start. */
static bool has_foreign_app(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->table == NULL || (t->manifest != NULL && match_is_same_device(t->manifest, t->device)))
        return false;
    for (size_t i = 0; i < t->table->count; i++) {
        const espbak_partition *entry = &t->table->entries[i];
        if (entry->type == ESPBAK_PARTITION_APP && is_foreign_image(t, entry->offset, entry->label, why))
            return true;
    }
    return false;
}

bool refuse_foreign_file(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    for (size_t i = 0; i < t->pieces->count; i++) {
        const piece *item = &t->pieces->items[i];
        const container_foreign *foreign = item->raw != NULL ? item->raw->file->inside.foreign : NULL;
        if (foreign == NULL)
            continue;
        snprintf(why, REFUSE_WHY_MAX, "%s is %s, and would be written as it is: %s", item->name, foreign->what,
                 foreign->remedy);
        return true;
    }
    return false;
}

bool refuse_foreign_image(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->manifest != NULL && t->manifest->security.flash_encryption == ESPBAK_YES)
        return false;
    if (has_foreign_bootloader(t, why) || has_foreign_app(t, why))
        return true;
    for (size_t i = 0; i < t->pieces->count; i++) {
        if (is_foreign_image(t, t->pieces->items[i].offset, t->pieces->items[i].name, why))
            return true;
    }
    return false;
}

/* By what the image itself says: a slice of a flash may well begin with an application and go on behind its slot. */
static uint64_t app_size(const refuse_target *t, const piece *item)
{
    const espbak_image_reader reader = piece_contents_reader((piece_list *)t->pieces, t->device->flash.size);
    espbak_image image;
    espbak_findings findings = {0};
    espbak_error ignored = {0};
    bool found = false;
    const espbak_status status = espbak_image_examine(&reader, item->offset, item->size, ESPBAK_IMAGE_OUTLINE, &image,
                                                      &found, &findings, &ignored);
    espbak_findings_free(&findings);
    return status == ESPBAK_OK && found ? image.size : 0;
}

static const espbak_partition *partition_within(const espbak_partition_table *table, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->entries[i].offset < to && (uint64_t)table->entries[i].offset + table->entries[i].size > from)
            return &table->entries[i];
    }
    return NULL;
}

/* An application alone that is larger than its slot, and would go over what stands behind it. */
bool refuse_overlong_app(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->manifest != NULL || t->erase || t->after == NULL || !t->after->table_found)
        return false;
    const espbak_partition_table *table = &t->after->table;
    for (size_t i = 0; i < t->pieces->count; i++) {
        const piece *item = &t->pieces->items[i];
        const espbak_partition *slot = partition_within(table, item->offset, item->offset + 1);
        if (slot == NULL || slot->type != ESPBAK_PARTITION_APP || slot->offset != item->offset ||
            item->size <= slot->size)
            continue;
        const uint64_t end = slot->offset + (uint64_t)slot->size, size = app_size(t, item);
        const espbak_partition *next = partition_within(table, end, item->offset + size);
        if (size <= slot->size || next == NULL)
            continue;
        snprintf(why, REFUSE_WHY_MAX, "%s needs %llu bytes and %s has %llu: it would be written over %s", item->name,
                 (unsigned long long)size, slot->label, (unsigned long long)slot->size, next->label);
        return true;
    }
    return false;
}

/* Something over a bootloader that is there, without being one: text, ciphertext, what belongs elsewhere, nothing. */
bool refuse_no_bootloader(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const uint64_t place = t->device->chip->bootloader_offset;
    espbak_image_header header;
    if (t->before == NULL || !t->before->bootloader_found || t->all ||
        !piece_list_touches(t->pieces, place, ESPBAK_IMAGE_HEADER_SIZE) || refuse_image_at(t, place, &header))
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the bootloader at 0x%llX would be %s, and the device would not start",
             (unsigned long long)place, t->erase ? "erased" : "overwritten by something that is no bootloader");
    return true;
}

/* The same for a bootloader that is none, or a half one; tables and applications may well come one after the other. */
bool refuse_no_start(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    static const char cause[] = "bootloader";
    const uint64_t place = t->device->chip->bootloader_offset;
    if (t->before == NULL || t->before->verdict != ESPBAK_BOOT_YES || t->after == NULL || t->all ||
        t->after->verdict != ESPBAK_BOOT_NO || strncmp(t->after->cause, cause, sizeof(cause) - 1) != 0)
        return false;
    const uint64_t table = t->before->table_found ? t->before->table.offset : ESPBAK_PARTITION_TABLE_OFFSET;
    if (!piece_list_touches(t->pieces, place, table > place ? table - place : ESPBAK_FLASH_SECTOR))
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the device boots now, and would not afterwards: %s", t->after->reason);
    return true;
}
