/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Once an application is loaded, the bootloader maps what stays in flash and jumps into it: unpack_load_app() and
 * set_cache_and_start_app() of ESP-IDF's bootloader_utility.c. Nothing is tried in its place any more.
 */
#include <stdio.h>
#include <string.h>

#include "image/verdict/boot_parts.h"

static bool within(espbak_address_range range, uint32_t address)
{
    return address >= range.start && address < range.end;
}

static size_t count_in(espbak_address_range range, const espbak_image *image)
{
    size_t count = 0;
    for (size_t i = 0; i < image->segment_count; i++)
        count += within(range, image->segments[i].address);
    return count;
}

/* Whether assertions are about what an application has in the flash cache. */
static espbak_tristate wants_mapped(const boot_rules *rules)
{
    const espbak_boot_memory *chip = rules->memory.chip;
    if (chip == NULL)
        return ESPBAK_NO;
    return boot_version_has(rules->version,
                            boot_memory_has_two_buses(chip) ? BOOT_WANTS_BOTH_MAPPED : BOOT_WANTS_TWO_MAPPED);
}

/* What the assertions would find, in words; NULL when nothing. */
static const char *find_missing(const boot_rules *rules, const espbak_image *image)
{
    const espbak_boot_memory *chip = rules->memory.chip;
    if (wants_mapped(rules) == ESPBAK_NO)
        return NULL;
    const size_t code = count_in(chip->mapped[0], image), data = count_in(chip->mapped[1], image);
    if (boot_memory_has_two_buses(chip))
        return code == 0 ? "it has no code in the flash cache" : data == 0 ? "it has no data in the flash cache" : NULL;
    return code + data < 2   ? "it has less than two segments in the flash cache"
           : code + data > 2 ? "it has more than two segments in the flash cache"
                             : NULL;
}

/* Of several segments on one bus only the last one is mapped. */
static bool is_replaced(const espbak_boot_memory *chip, const espbak_image *image, size_t index)
{
    const espbak_address_range bus = chip->mapped[within(chip->mapped[0], image->segments[index].address) ? 0 : 1];
    if (!boot_memory_has_two_buses(chip) || !within(bus, image->segments[index].address))
        return false;
    for (size_t i = index + 1; i < image->segment_count; i++) {
        if (within(bus, image->segments[i].address))
            return true;
    }
    return false;
}

/* Anywhere in RAM, or in something of its own that is mapped. */
static bool begins_somewhere(const espbak_boot_memory *chip, const espbak_image *image)
{
    const uint32_t entry = image->header.entry;
    if (within(chip->iram, entry) || within(chip->dram, entry))
        return true;
    for (size_t i = 0; i < image->segment_count; i++) {
        const espbak_image_segment *segment = &image->segments[i];
        if (entry >= segment->address && entry - segment->address < segment->size && !is_replaced(chip, image, i))
            return true;
    }
    return false;
}

bool boot_can_start(const boot_rules *rules, espbak_boot_app *app)
{
    const char *missing = find_missing(rules, &app->image);
    char at[16];
    snprintf(at, sizeof(at), "0x%08lx", (unsigned long)app->image.header.entry);
    if (missing != NULL && rules->asserts && wants_mapped(rules) == ESPBAK_YES)
        app->stops = !boot_refuse_slot(app, BOOT_SLOT_NOT_MAPPED, missing);
    else if (rules->memory.chip != NULL && !begins_somewhere(rules->memory.chip, &app->image))
        app->stops = !boot_refuse_slot(app, BOOT_SLOT_ENTRY, at);
    return !app->stops;
}

void boot_allow_for_assertions(const boot_rules *rules, const espbak_boot_app *app, espbak_boot_report *report)
{
    const char *missing = find_missing(rules, &app->image);
    const size_t used = strlen(report->condition);
    if (missing == NULL)
        return;
    snprintf(report->condition + used, sizeof(report->condition) - used, "%sif this bootloader %s",
             used > 0 ? " and " : "", rules->asserts ? "is older than ESP-IDF v5.0" : "was built without assertions");
    espbak_findings_add(&report->findings, ESPBAK_FINDING_WARNING,
                        "of the application in %s: %s, and bootloaders since ESP-IDF v5.0 stop at that unless they "
                        "were built without assertions",
                        app->partition->label, missing);
}
