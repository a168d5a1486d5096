/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/change/change.h"
#include "ops/content/select.h"

typedef struct erase_job {
    const espbak_erase_options *options;
    select_list *found; /* has the names of the pieces */
} erase_job;

static espbak_status supply_erased(void *user, size_t region, uint64_t offset, uint8_t *data, size_t size,
                                   espbak_error *err)
{
    (void)user;
    (void)region;
    (void)offset;
    (void)err;
    memset(data, 0xFF, size);
    return ESPBAK_OK;
}

static espbak_status add(change_job *job, const char *name, uint64_t offset, uint64_t size, espbak_error *err)
{
    const piece item = {.offset = offset, .size = size, .name = name, .read = supply_erased};
    return piece_list_add(&job->pieces, &item, err);
}

/* The sectors that a range has something of. */
static espbak_status fail_unaligned(const espbak_range *range, espbak_error *err)
{
    const uint64_t start = range->offset / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
    const uint64_t last = range->offset + range->size + ESPBAK_FLASH_SECTOR - 1;
    const uint64_t end = last / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
    espbak_fail(err, ESPBAK_E_USAGE,
                "0x%llX bytes from 0x%llX are not whole %d-byte sectors, and flash is erased in these",
                (unsigned long long)range->size, (unsigned long long)range->offset, ESPBAK_FLASH_SECTOR);
    char from[24], size[24];
    snprintf(from, sizeof(from), "0x%llX", (unsigned long long)start);
    snprintf(size, sizeof(size), "0x%llX", (unsigned long long)(end - start));
    espbak_error_suggest(err, (const char *const[]){"erase", from, size, NULL});
    espbak_error_hint(err, "the sectors that hold them are %s bytes from %s:", size, from);
    return ESPBAK_E_USAGE;
}

static espbak_status check_range(const espbak_erase_options *options, espbak_error *err)
{
    const espbak_range *range = &options->range;
    if (options->all || options->name_count > 0 ||
        (range->offset % ESPBAK_FLASH_SECTOR == 0 && range->size % ESPBAK_FLASH_SECTOR == 0))
        return ESPBAK_OK;
    return fail_unaligned(range, err);
}

static espbak_status choose_range(change_job *job, const erase_job *erase, espbak_error *err)
{
    const uint64_t flash_size = job->result->device.flash.size;
    const espbak_range *range = &erase->options->range;
    const uint64_t offset = erase->options->all ? 0 : range->offset;
    uint64_t size = range->size;
    if (offset >= flash_size)
        return espbak_fail(err, ESPBAK_E_USAGE, "offset 0x%llX is past the end of the flash at 0x%llX",
                           (unsigned long long)offset, (unsigned long long)flash_size);
    if (erase->options->all || size == 0)
        size = flash_size - offset;
    if (!bytes_range_within(offset, size, flash_size)) {
        espbak_fail(err, ESPBAK_E_USAGE, "0x%llX bytes from 0x%llX reach past the end of the flash at 0x%llX",
                    (unsigned long long)size, (unsigned long long)offset, (unsigned long long)flash_size);
        espbak_error_suggest(err, (const char *const[]){"info", NULL});
        espbak_error_hint(err, "ALL as the size goes up to the end; where the size is known from:");
        return ESPBAK_E_USAGE;
    }
    return add(job, erase->options->all ? "the flash" : "the region", offset, size, err);
}

static espbak_status choose_names(change_job *job, const erase_job *erase, espbak_error *err)
{
    const espbak_erase_options *options = erase->options;
    if (!job->view->readable)
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "the flash cannot be read here, so that names say nothing: give offset "
                           "and size");
    if (select_names(erase->found, &job->view->before, job->result->device.flash.size, options->names,
                     options->name_count, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < erase->found->count; i++) {
        const espbak_region *region = &erase->found->parts[i].region;
        const espbak_range range = {region->offset, region->size};
        if (range.offset % ESPBAK_FLASH_SECTOR != 0 || range.size % ESPBAK_FLASH_SECTOR != 0) {
            fail_unaligned(&range, err);
            return espbak_error_prefix(err, "%s", region->name);
        }
        if (add(job, region->name, range.offset, range.size, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status choose(change_job *job, void *chooser, espbak_error *err)
{
    const erase_job *erase = chooser;
    return erase->options->name_count > 0 ? choose_names(job, erase, err) : choose_range(job, erase, err);
}

espbak_status espbak_erase_run(const espbak_erase_options *options, espbak_write_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    erase_job erase = {.options = options, .found = calloc(1, sizeof(select_list))};
    change_job job = {
        .options = &options->session,
        .wish = {.table = &options->table, .erase = true, .force = options->force},
        .all = options->all,
        .dry_run = options->dry_run,
        .no_verify = options->no_verify,
        .wait_seconds = options->wait_seconds,
        .plan = options->plan,
        .user = options->user,
        .choose = choose,
        .chooser = &erase,
        .result = result,
    };
    if (err == NULL)
        err = &unheard;
    *result = (espbak_write_result){0};
    espbak_status status =
        erase.found != NULL ? check_range(options, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = change_run(&job, err);
    change_free(&job);
    free(erase.found);
    return status;
}
