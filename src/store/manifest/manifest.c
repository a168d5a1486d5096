/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/chip.h"

void espbak_manifest_free(espbak_manifest *manifest)
{
    if (manifest == NULL)
        return;
    for (size_t i = 0; i < manifest->region_count; i++)
        free(manifest->regions[i].unreadable);
    free(manifest->regions);
    free(manifest->table.entries);
    free(manifest->apps);
    free(manifest->sources);
    free(manifest->edited.edits);
    free(manifest->efuse_list);
    *manifest = (espbak_manifest){0};
}

static size_t count_holes(const espbak_manifest *manifest)
{
    size_t count = 0;
    for (size_t i = 0; i < manifest->region_count; i++)
        count += manifest->regions[i].unreadable_count;
    return count;
}

static int by_offset(const void *a, const void *b)
{
    const espbak_hole *left = a;
    const espbak_hole *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool copy_holes(espbak_region *region)
{
    const espbak_hole *from = region->unreadable;
    region->unreadable = NULL;
    if (region->unreadable_count == 0)
        return true;
    region->unreadable = malloc(region->unreadable_count * sizeof(*from));
    if (region->unreadable == NULL)
        return false;
    memcpy(region->unreadable, from, region->unreadable_count * sizeof(*from));
    qsort(region->unreadable, region->unreadable_count, sizeof(*from), by_offset);
    return true;
}

espbak_status espbak_manifest_add_region(espbak_manifest *manifest, const espbak_region *region, espbak_error *err)
{
    if (manifest->region_count >= ESPBAK_REGIONS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d regions do not fit in one backup", ESPBAK_REGIONS_MAX);
    const size_t holes = count_holes(manifest);
    if (region->unreadable_count > ESPBAK_HOLES_MAX - holes)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d unreadable ranges do not fit in one backup",
                           ESPBAK_HOLES_MAX);
    espbak_region *grown = realloc(manifest->regions, (manifest->region_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    manifest->regions = grown;
    espbak_region *added = &grown[manifest->region_count];
    *added = *region;
    if (!copy_holes(added))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    manifest->region_count++;
    return ESPBAK_OK;
}

/* One more element at the end of an array; NULL when out of memory. */
static void *grow(void *array, size_t count, size_t size, const void *element)
{
    char *grown = realloc(array, (count + 1) * size);
    if (grown != NULL)
        memcpy(grown + count * size, element, size);
    return grown;
}

espbak_status espbak_manifest_add_partition(espbak_manifest *manifest, const espbak_manifest_partition *partition,
                                            espbak_error *err)
{
    espbak_manifest_table *table = &manifest->table;
    if (table->count >= ESPBAK_MANIFEST_PARTITIONS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d partitions do not fit in one manifest",
                           ESPBAK_MANIFEST_PARTITIONS_MAX);
    espbak_manifest_partition *grown = grow(table->entries, table->count, sizeof(*grown), partition);
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    table->entries = grown;
    table->count++;
    return ESPBAK_OK;
}

espbak_status espbak_manifest_add_edit(espbak_manifest *manifest, const espbak_manifest_edit *edit, espbak_error *err)
{
    espbak_manifest_edited *edited = &manifest->edited;
    if (edited->count >= ESPBAK_MANIFEST_EDITS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d changed settings do not fit in one manifest",
                           ESPBAK_MANIFEST_EDITS_MAX);
    espbak_manifest_edit *grown = grow(edited->edits, edited->count, sizeof(*grown), edit);
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    edited->edits = grown;
    edited->count++;
    return ESPBAK_OK;
}

espbak_status espbak_manifest_add_app(espbak_manifest *manifest, const espbak_manifest_app *app, espbak_error *err)
{
    if (manifest->app_count >= ESPBAK_MANIFEST_APPS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d applications do not fit in one manifest",
                           ESPBAK_MANIFEST_APPS_MAX);
    espbak_manifest_app *grown = grow(manifest->apps, manifest->app_count, sizeof(*grown), app);
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    manifest->apps = grown;
    manifest->app_count++;
    return ESPBAK_OK;
}

espbak_status espbak_manifest_add_source(espbak_manifest *manifest, const espbak_manifest_source *source,
                                         espbak_error *err)
{
    if (manifest->source_count >= ESPBAK_KNOWN_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d backups that contents are from do not fit in one manifest",
                           ESPBAK_KNOWN_MAX);
    espbak_manifest_source *grown = grow(manifest->sources, manifest->source_count, sizeof(*grown), source);
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    manifest->sources = grown;
    manifest->source_count++;
    return ESPBAK_OK;
}

espbak_status espbak_manifest_add_efuse(espbak_manifest *manifest, const espbak_manifest_efuse *efuse,
                                        espbak_error *err)
{
    if (manifest->efuse_count >= ESPBAK_MANIFEST_EFUSES_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d eFuses do not fit in one manifest",
                           ESPBAK_MANIFEST_EFUSES_MAX);
    espbak_manifest_efuse *grown = grow(manifest->efuse_list, manifest->efuse_count, sizeof(*grown), efuse);
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    manifest->efuse_list = grown;
    manifest->efuse_count++;
    return ESPBAK_OK;
}

static void join_holes(espbak_region *region)
{
    size_t last = 0;
    qsort(region->unreadable, region->unreadable_count, sizeof(region->unreadable[0]), by_offset);
    for (size_t i = 1; i < region->unreadable_count; i++) {
        espbak_hole *before = &region->unreadable[last];
        const espbak_hole *hole = &region->unreadable[i];
        if (before->offset + before->size == hole->offset)
            before->size += hole->size;
        else
            region->unreadable[++last] = *hole;
    }
    region->unreadable_count = last + 1;
}

espbak_status espbak_manifest_add_hole(espbak_manifest *manifest, size_t region, const espbak_hole *hole,
                                       espbak_error *err)
{
    espbak_region *to = &manifest->regions[region];
    if (count_holes(manifest) >= ESPBAK_HOLES_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d unreadable ranges do not fit in one backup",
                           ESPBAK_HOLES_MAX);
    espbak_hole *grown = realloc(to->unreadable, (to->unreadable_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    to->unreadable = grown;
    grown[to->unreadable_count++] = *hole;
    join_holes(to);
    return ESPBAK_OK;
}

bool espbak_manifest_is_flash(const espbak_manifest *manifest)
{
    const espbak_region *const region = manifest->regions;
    return manifest->region_count == 1 && region->offset == 0 && strcmp(region->name, "flash") == 0;
}

bool espbak_manifest_is_beginning(const espbak_manifest *manifest)
{
    return espbak_manifest_is_flash(manifest) && manifest->regions[0].size < manifest->flash.size;
}

void espbak_manifest_set_device(espbak_manifest *manifest, const espbak_device_info *device)
{
    if (device->chip != NULL)
        snprintf(manifest->chip, sizeof(manifest->chip), "%s", device->chip->name);
    snprintf(manifest->chip_description, sizeof(manifest->chip_description), "%s", device->name);
    snprintf(manifest->features, sizeof(manifest->features), "%s", device->features);
    manifest->revision = device->revision;
    manifest->revision_known = device->revision_known;
    manifest->crystal_mhz = device->crystal_mhz;
    memcpy(manifest->mac, device->mac, sizeof(manifest->mac));
    manifest->mac_known = device->mac_known;
    manifest->flash = device->flash;
    /* It is of all of the flash; what the backup has of it is said by its regions. */
    if (device->flash.whole_size != 0) {
        manifest->flash.size = device->flash.whole_size;
        manifest->flash.size_source = device->flash.whole_source;
        manifest->flash.whole_size = 0;
    }
    manifest->security = device->security;
    manifest->efuses = device->efuses;
    manifest->link = device->link;
}
