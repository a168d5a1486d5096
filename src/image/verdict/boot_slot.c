/* SPDX-License-Identifier: Apache-2.0 */
/* One slot, judged in the order of esp_image_load() of ESP-IDF's esp_image_format.c. */
#include <stdio.h>
#include <string.h>

#include "image/verdict/boot_parts.h"

enum {
    LARGE_SLOT = 16 << 20,
    DESCRIPTION_SIZE = 256,
    ANY_REVISION = 65535,
    PAGE = 0x10000,
};

bool boot_refuse_slot(espbak_boot_app *app, boot_cause cause, const char *given)
{
    app->cause = boot_reason_of(cause)->name;
    boot_say(app->why_not, sizeof(app->why_not), cause, given);
    return false;
}

static bool refuse(espbak_boot_app *app, boot_cause cause)
{
    return boot_refuse_slot(app, cause, "");
}

static bool refuse_segment(espbak_boot_app *app, boot_cause cause, size_t index)
{
    char number[24], address[24], place[24];
    const espbak_image_segment *segment = &app->image.segments[index];
    snprintf(number, sizeof(number), "%zu", index + 1);
    snprintf(address, sizeof(address), "0x%08lx", (unsigned long)segment->address);
    snprintf(place, sizeof(place), "0x%llx", (unsigned long long)segment->offset);
    app->cause = boot_reason_of(cause)->name;
    boot_say(app->why_not, sizeof(app->why_not), cause, number, cause == BOOT_SLOT_ALIGNMENT ? place : address,
             address);
    return false;
}

static bool takes_place(const boot_rules *rules, espbak_boot_app *app)
{
    const bool large = rules->memory.chip != NULL && rules->memory.chip->large_slots &&
                       boot_version_has(rules->version, BOOT_LOADS_LARGE_SLOTS) != ESPBAK_NO;
    if (app->partition->size == 0)
        return refuse(app, BOOT_SLOT_NO_BYTES);
    if (app->partition->size > LARGE_SLOT && !large)
        return refuse(app, BOOT_SLOT_TOO_LARGE);
    return app->present || refuse(app, BOOT_SLOT_EMPTY);
}

static bool takes_chip(const espbak_boot_question *question, const boot_rules *rules, espbak_boot_app *app)
{
    const espbak_image_header *header = &app->image.header;
    char most[16];
    if (!question->chip_known)
        return true;
    if (header->chip_id != question->chip_id)
        return refuse(app, BOOT_SLOT_CHIP);
    if (!question->revision_known)
        return true;
    if (question->revision < boot_min_revision(header, rules->version))
        return refuse(app, BOOT_SLOT_NEEDS_NEWER);
    if (question->revision <= header->max_revision ||
        boot_version_has(rules->version, BOOT_READS_FULL_REVISIONS) == ESPBAK_NO)
        return true;
    snprintf(most, sizeof(most), "%u.%u", header->max_revision / 100, header->max_revision % 100);
    return boot_refuse_slot(app, BOOT_SLOT_NEEDS_OLDER, most);
}

/* The size of a page of the flash cache, which the application's description or else the bootloader's build says. */
static uint32_t page_of(const boot_rules *rules, const espbak_image *image)
{
    enum { LEAST = 13, MOST = 16, BITS = 32 };
    const uint8_t bits = image->demands.page_bits;
    const bool odd = bits < LEAST || bits > MOST;
    if (!rules->memory.chip->pages_vary)
        return PAGE;
    if (image->app_described && bits != 0 && boot_version_has(rules->version, BOOT_READS_PAGE_SIZES) != ESPBAK_NO &&
        (!odd || boot_version_has(rules->version, BOOT_BOUNDS_PAGE_SIZES) == ESPBAK_NO))
        return 1u << bits % BITS;
    /* By default small flashes have small pages. */
    return rules->flash_size <= 1 << 20 ? PAGE / 4 : rules->flash_size <= 2 << 20 ? PAGE / 2 : PAGE;
}

static bool takes_segments(const boot_rules *rules, espbak_boot_app *app)
{
    const espbak_image *image = &app->image;
    boot_cause cause;
    if (rules->memory.chip == NULL)
        return true;
    if (rules->memory.chip->pages_vary && !image->app_described &&
        boot_version_has(rules->version, BOOT_READS_PAGE_SIZES) == ESPBAK_YES)
        return refuse(app, BOOT_SLOT_NO_DESCRIPTION);
    if (image->segment_count > 0 && image->segments[0].size < DESCRIPTION_SIZE &&
        boot_version_has(rules->version, BOOT_WANTS_LONG_SEGMENT) == ESPBAK_YES)
        return refuse(app, BOOT_SLOT_SHORT_SEGMENT);
    const uint32_t page = page_of(rules, image);
    for (size_t i = 0; i < image->segment_count; i++) {
        const espbak_image_segment *segment = &image->segments[i];
        if (boot_memory_is_mapped(rules->memory.chip, segment->address) &&
            segment->offset % page != segment->address % page)
            return refuse_segment(app, BOOT_SLOT_ALIGNMENT, i);
        if (!boot_memory_takes(&rules->memory, segment, &cause))
            return refuse_segment(app, cause, i);
    }
    return true;
}

static bool takes_contents(const espbak_boot_question *question, espbak_boot_app *app)
{
    const espbak_image *image = &app->image;
    if (question->secure_boot && image->signature == ESPBAK_SIGNATURE_NONE)
        return refuse(app, BOOT_SLOT_UNSIGNED);
    if (image->checked && !image->checksum_ok)
        return refuse(app, BOOT_SLOT_CHECKSUM);
    if (image->checked && image->header.hash_appended && !image->sha256_ok)
        return refuse(app, BOOT_SLOT_SHA256);
    return true;
}

void boot_judge_slot(const espbak_boot_question *question, const boot_rules *rules, espbak_boot_app *app)
{
    app->bootable = takes_place(rules, app) && takes_chip(question, rules, app) && takes_segments(rules, app) &&
                    (app->image.whole || refuse(app, BOOT_SLOT_CUT)) && takes_contents(question, app) &&
                    boot_can_start(rules, app) &&
                    (app->image.checked || (question->reads != NULL && !question->outline));
}

unsigned boot_min_revision(const espbak_image_header *header, unsigned version)
{
    return boot_version_has(version, BOOT_READS_FULL_REVISIONS) == ESPBAK_NO ? header->old_min_revision
                                                                             : header->full_min_revision;
}

static void add_condition(char *out, const char *before, const char *text, unsigned revision)
{
    char more[64];
    snprintf(more, sizeof(more), "%s%s v%u.%u", out[0] != '\0' ? " and " : before, text, revision / 100,
             revision % 100);
    const size_t used = strlen(out);
    snprintf(out + used, ESPBAK_BOOT_CONDITION_MAX - used, "%s", more);
}

void boot_add_conditions(const espbak_boot_question *question, const boot_rules *rules, const espbak_image *bootloader,
                         const espbak_boot_app *app, char out[ESPBAK_BOOT_CONDITION_MAX])
{
    const espbak_image_header *header = &app->image.header;
    const espbak_image_demands *demands = &app->image.demands;
    unsigned least = boot_min_revision(header, rules->version);
    const unsigned own = boot_min_revision(&bootloader->header, rules->version);
    const unsigned newest = rules->memory.chip != NULL ? rules->memory.chip->newest : 0;
    out[0] = '\0';
    least = own > least ? own : least;
    if (!question->revision_known && least > 0)
        add_condition(out, "on a chip of ", "at least", least);
    if (!question->revision_known && header->max_revision < newest &&
        boot_version_has(rules->version, BOOT_READS_FULL_REVISIONS) != ESPBAK_NO)
        add_condition(out, "on a chip of ", "at most", header->max_revision);
    /* The first chip has no such revision. */
    if (!demands->read || question->chip_id == 0 ||
        boot_version_has(rules->version, BOOT_READS_BLOCK_REVISIONS) == ESPBAK_NO)
        return;
    if (demands->min_block_revision != 0 && demands->min_block_revision != ANY_REVISION)
        add_condition(out, "on a chip with ", "eFuse block of at least", demands->min_block_revision);
    if (demands->max_block_revision != 0 && demands->max_block_revision % 100 != 99 &&
        demands->max_block_revision != ANY_REVISION)
        add_condition(out, "on a chip with ", "eFuse block of at most", demands->max_block_revision);
}
