/* SPDX-License-Identifier: Apache-2.0 */
/* Layout and rules: ESP-IDF esp_flash_partitions.h, bootloader_utility.c, bootloader_common_loader.c. */
#include "espbak/partition.h"

#include <string.h>

#include "base/bytes.h"
#include "image/crc32.h"

enum { STATE_AT = 24, CRC_AT = 28 };

static void take_entry(espbak_ota_entry *entry, const uint8_t *bytes)
{
    *entry = (espbak_ota_entry){
        .seq = bytes_get_le32(bytes),
        .state = bytes_get_le32(bytes + STATE_AT),
        .crc = bytes_get_le32(bytes + CRC_AT),
    };
    entry->empty = entry->seq == UINT32_MAX;
    entry->crc_ok = entry->crc == crc32_esp(bytes, 4);
    entry->valid =
        !entry->empty && entry->state != ESPBAK_OTA_INVALID && entry->state != ESPBAK_OTA_ABORTED && entry->crc_ok;
}

void espbak_otadata_parse(espbak_otadata *otadata, const uint8_t first[ESPBAK_OTADATA_ENTRY_SIZE],
                          const uint8_t second[ESPBAK_OTADATA_ENTRY_SIZE])
{
    take_entry(&otadata->entries[0], first);
    take_entry(&otadata->entries[1], second);
    const espbak_ota_entry *a = &otadata->entries[0], *b = &otadata->entries[1];
    otadata->active = -1;
    if (a->valid && (!b->valid || a->seq >= b->seq))
        otadata->active = 0;
    else if (b->valid)
        otadata->active = 1;
}

static void tell_entry(const espbak_otadata *otadata, int index, espbak_findings *findings)
{
    const espbak_ota_entry *entry = &otadata->entries[index];
    if (!entry->empty && !entry->crc_ok)
        espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "the CRC of otadata entry %d is wrong", index);
    else if (!entry->empty && (entry->state == ESPBAK_OTA_INVALID || entry->state == ESPBAK_OTA_ABORTED))
        espbak_findings_add(findings, ESPBAK_FINDING_NOTE, "otadata entry %d is marked %s", index,
                            espbak_ota_state_name(entry->state));
    else if (!entry->empty && entry->state > ESPBAK_OTA_ABORTED && entry->state != ESPBAK_OTA_UNDEFINED)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "otadata entry %d has the unknown state 0x%lx", index,
                            (unsigned long)entry->state);
    else if (index == otadata->active && entry->state == ESPBAK_OTA_PENDING_VERIFY)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING,
                            "the active application has not confirmed itself: a bootloader with rollback goes back");
}

espbak_status espbak_otadata_read(const espbak_image_reader *reader, uint64_t offset, espbak_otadata *otadata,
                                  espbak_findings *findings, espbak_error *err)
{
    uint8_t entries[2][ESPBAK_OTADATA_ENTRY_SIZE];
    *otadata = (espbak_otadata){.active = -1};
    memset(entries, 0xFF, sizeof(entries));
    for (size_t i = 0; i < 2; i++) {
        const uint64_t at = offset + i * ESPBAK_OTADATA_SECTOR;
        if (at < offset || !bytes_range_within(at, sizeof(entries[i]), reader->size)) {
            espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "otadata is cut short");
            continue;
        }
        const espbak_status status = reader->read(reader->ctx, at, entries[i], sizeof(entries[i]), err);
        if (status != ESPBAK_OK)
            return status;
    }
    espbak_otadata_parse(otadata, entries[0], entries[1]);
    tell_entry(otadata, 0, findings);
    tell_entry(otadata, 1, findings);
    return ESPBAK_OK;
}

const char *espbak_ota_state_name(uint32_t state)
{
    static const char *const names[] = {"new", "pending-verify", "valid", "invalid", "aborted"};
    if (state < sizeof(names) / sizeof(names[0]))
        return names[state];
    return state == ESPBAK_OTA_UNDEFINED ? "undefined" : "unknown";
}

int espbak_ota_slot_of(const espbak_partition *partition)
{
    if (partition->type != ESPBAK_PARTITION_APP || partition->unseen)
        return ESPBAK_SLOT_NONE;
    if (partition->subtype == ESPBAK_APP_FACTORY)
        return ESPBAK_SLOT_FACTORY;
    if (partition->subtype == ESPBAK_APP_TEST)
        return ESPBAK_SLOT_TEST;
    if (partition->subtype >= ESPBAK_APP_OTA_FIRST && partition->subtype <= ESPBAK_APP_OTA_LAST)
        return partition->subtype - ESPBAK_APP_OTA_FIRST;
    return ESPBAK_SLOT_NONE;
}

unsigned espbak_ota_slot_count(const espbak_partition_table *table)
{
    unsigned count = 0;
    for (size_t i = 0; i < table->count; i++)
        count += espbak_ota_slot_of(&table->entries[i]) >= 0;
    return count;
}

/* As in the bootloader, a later row of the same kind replaces an earlier one. */
const espbak_partition *espbak_ota_slot_partition(const espbak_partition_table *table, int slot)
{
    const espbak_partition *found = NULL;
    for (size_t i = 0; i < table->count; i++) {
        if (slot != ESPBAK_SLOT_NONE && espbak_ota_slot_of(&table->entries[i]) == slot)
            found = &table->entries[i];
    }
    return found;
}

const espbak_partition *espbak_otadata_partition(const espbak_partition_table *table)
{
    const espbak_partition *found = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *p = &table->entries[i];
        if (p->type == ESPBAK_PARTITION_DATA && p->subtype == ESPBAK_DATA_OTA && !p->unseen && p->offset != 0)
            found = p;
    }
    return found;
}

static bool says_nothing(const espbak_ota_entry *entry)
{
    return entry->empty || entry->state == ESPBAK_OTA_INVALID || entry->state == ESPBAK_OTA_ABORTED;
}

int espbak_otadata_first_slot(const espbak_partition_table *table, const espbak_otadata *otadata)
{
    const unsigned count = espbak_ota_slot_count(table);
    if (otadata == NULL)
        return ESPBAK_SLOT_FACTORY;
    if (count == 0 || (says_nothing(&otadata->entries[0]) && says_nothing(&otadata->entries[1])))
        return espbak_ota_slot_partition(table, ESPBAK_SLOT_FACTORY) != NULL ? ESPBAK_SLOT_FACTORY : 0;
    if (otadata->active < 0)
        return ESPBAK_SLOT_FACTORY;
    return (int)((otadata->entries[otadata->active].seq - 1) % count);
}

size_t espbak_ota_boot_order(const espbak_partition_table *table, int first, int slots[ESPBAK_SLOTS_MAX])
{
    const int count = (int)espbak_ota_slot_count(table);
    size_t used = 0;
    for (int slot = first; slot >= ESPBAK_SLOT_FACTORY && used < ESPBAK_SLOTS_MAX; slot--) {
        /* A slot whose number is past their count is not tried. */
        if (slot < count && espbak_ota_slot_partition(table, slot) != NULL)
            slots[used++] = slot;
    }
    for (int slot = first + 1; slot < count && used < ESPBAK_SLOTS_MAX; slot++) {
        if (espbak_ota_slot_partition(table, slot) != NULL)
            slots[used++] = slot;
    }
    if (espbak_ota_slot_partition(table, ESPBAK_SLOT_TEST) != NULL && used < ESPBAK_SLOTS_MAX)
        slots[used++] = ESPBAK_SLOT_TEST;
    return used;
}

/* The lowest number above `seq` that leads to the slot; false when there is none below the erased value. */
static bool next_seq(uint32_t seq, unsigned slot, unsigned slot_count, uint32_t *next)
{
    uint64_t wanted = slot + 1;
    if (wanted <= seq)
        wanted += (seq - wanted) / slot_count * slot_count + slot_count;
    *next = (uint32_t)wanted;
    return wanted < UINT32_MAX;
}

static void write_entry(uint8_t *sector, uint32_t seq)
{
    memset(sector, 0xFF, ESPBAK_OTADATA_SECTOR);
    bytes_put_le32(sector, seq);
    bytes_put_le32(sector + CRC_AT, crc32_esp(sector, 4));
}

static void erase_sector(uint8_t contents[ESPBAK_OTADATA_SIZE], size_t index, bool changed[2])
{
    uint8_t *sector = contents + index * ESPBAK_OTADATA_SECTOR;
    changed[index] = !bytes_are_all(sector, ESPBAK_OTADATA_SECTOR, 0xFF);
    memset(sector, 0xFF, ESPBAK_OTADATA_SECTOR);
}

static void erase_both(uint8_t contents[ESPBAK_OTADATA_SIZE], bool changed[2])
{
    for (size_t i = 0; i < 2; i++)
        erase_sector(contents, i, changed);
}

espbak_status espbak_otadata_select(uint8_t contents[ESPBAK_OTADATA_SIZE], int slot, unsigned slot_count,
                                    bool changed[2], espbak_error *err)
{
    espbak_otadata now;
    uint32_t seq = 0;
    changed[0] = changed[1] = false;
    if (slot == ESPBAK_SLOT_FACTORY) {
        erase_both(contents, changed);
        return ESPBAK_OK;
    }
    if (slot < 0 || (unsigned)slot >= slot_count)
        return espbak_fail(err, ESPBAK_E_USAGE, "there is no slot %d to activate, there are %u", slot, slot_count);
    espbak_otadata_parse(&now, contents, contents + ESPBAK_OTADATA_SECTOR);
    const espbak_ota_entry *active = now.active < 0 ? NULL : &now.entries[now.active];
    if (active != NULL && (active->seq - 1) % slot_count == (unsigned)slot &&
        active->state != ESPBAK_OTA_PENDING_VERIFY)
        return ESPBAK_OK;
    const size_t sector = now.active == 0 ? 1 : 0;
    if (!next_seq(active != NULL ? active->seq : 0, (unsigned)slot, slot_count, &seq)) {
        /* It has counted as far as it can, and begins anew: the other entry would still be the higher one. */
        seq = (uint32_t)slot + 1;
        erase_sector(contents, 1 - sector, changed);
    }
    write_entry(contents + sector * ESPBAK_OTADATA_SECTOR, seq);
    changed[sector] = true;
    return ESPBAK_OK;
}
