/* SPDX-License-Identifier: Apache-2.0 */
#include "store/manifest/manifest_check.h"

#include <string.h>

#include "base/bytes.h"
#include "base/file.h"

static bool is_plain(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    const size_t length = strlen(name);
    return length > 0 && strspn(name, allowed) == length && name[0] != '.' && name[0] != '-' && name[length - 1] != '.';
}

bool manifest_file_name_ok(const char *name)
{
    static const char *const own[] = {"manifest.json", "SHA256SUMS", "journal.json"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (bytes_same_text(name, own[i]))
            return false;
    }
    return is_plain(name) && !file_name_is_device(name);
}

bool manifest_folder_name_ok(const char *name)
{
    static const char partial[] = ".partial";
    const size_t length = strlen(name);
    const size_t tail = sizeof(partial) - 1;
    if (length > 200 || (length >= tail && bytes_same_text(name + length - tail, partial)))
        return false;
    return is_plain(name) && !file_name_is_device(name);
}

static bool two_digits(const char *p, unsigned low, unsigned high)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    const unsigned value = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
    return value >= low && value <= high;
}

/* 60 is a leap second. */
bool manifest_time_ok(const char *text)
{
    static const char shape[] = "....-..-..T..:..:..Z";
    if (strlen(text) != sizeof(shape) - 1)
        return false;
    for (size_t i = 0; i < sizeof(shape) - 1; i++) {
        if (shape[i] != '.' && text[i] != shape[i])
            return false;
    }
    return two_digits(text, 0, 99) && two_digits(text + 2, 0, 99) && two_digits(text + 5, 1, 12) &&
           two_digits(text + 8, 1, 31) && two_digits(text + 11, 0, 23) && two_digits(text + 14, 0, 59) &&
           two_digits(text + 17, 0, 60);
}

static bool is_chip_name(const char *name)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(name);
}

static espbak_status check_holes(const espbak_region *region, size_t index, espbak_error *err)
{
    uint64_t end = region->offset;
    for (size_t i = 0; i < region->unreadable_count; i++) {
        const espbak_hole *hole = &region->unreadable[i];
        if (hole->offset < region->offset || hole->size == 0 ||
            !bytes_range_within(hole->offset - region->offset, hole->size, region->size))
            return espbak_fail(err, ESPBAK_E_FILE, "regions[%zu].unreadable[%zu] does not lie inside its region", index,
                               i);
        if (hole->offset < end)
            return espbak_fail(err, ESPBAK_E_FILE, "regions[%zu].unreadable[%zu] overlaps the hole before it", index,
                               i);
        end = hole->offset + hole->size;
    }
    return ESPBAK_OK;
}

static espbak_status check_region(const espbak_manifest *manifest, size_t index, espbak_error *err)
{
    const espbak_region *region = &manifest->regions[index];
    if (region->name[0] == '\0')
        return espbak_fail(err, ESPBAK_E_FILE, "regions[%zu].name is empty", index);
    if (!manifest_file_name_ok(region->file))
        return espbak_fail(err, ESPBAK_E_FILE, "regions[%zu].file is not a plain file name", index);
    if (region->size == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "regions[%zu].size is 0", index);
    if (!bytes_range_within(region->offset, region->size, manifest->flash.size))
        return espbak_fail(err, ESPBAK_E_FILE, "regions[%zu] reaches past the end of the flash", index);
    return check_holes(region, index, err);
}

static bool overlap(const espbak_region *a, const espbak_region *b)
{
    return a->offset < b->offset ? b->offset - a->offset < a->size : a->offset - b->offset < b->size;
}

static espbak_status check_pair(const espbak_manifest *manifest, size_t i, size_t k, espbak_error *err)
{
    const espbak_region *a = &manifest->regions[i];
    const espbak_region *b = &manifest->regions[k];
    if (bytes_same_text(a->file, b->file))
        return espbak_fail(err, ESPBAK_E_FILE, "regions[%zu] and regions[%zu] name the same file", i, k);
    if (overlap(a, b))
        return espbak_fail(err, ESPBAK_E_FILE, "regions %s and %s overlap", a->name, b->name);
    return ESPBAK_OK;
}

/* Each with each: there are few enough. */
static espbak_status check_pairs(const espbak_manifest *manifest, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t k = 1; k < manifest->region_count && status == ESPBAK_OK; k++) {
        for (size_t i = 0; i < k && status == ESPBAK_OK; i++)
            status = check_pair(manifest, i, k, err);
    }
    return status;
}

static espbak_status check_state(const espbak_manifest *manifest, espbak_error *err)
{
    size_t holes = 0;
    for (size_t i = 0; i < manifest->region_count; i++)
        holes += manifest->regions[i].unreadable_count;
    if ((holes > 0) == (manifest->state == ESPBAK_STATE_HOLES))
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_FILE, "state does not agree with the unreadable ranges of the regions");
}

/* What leaves the flash is not put into a manifest, so it does not come out of one either. */
static espbak_status check_table(const espbak_manifest *manifest, espbak_error *err)
{
    for (size_t i = 0; i < manifest->table.count; i++) {
        const espbak_manifest_partition *entry = &manifest->table.entries[i];
        if (!bytes_range_within(entry->offset, entry->size, manifest->flash.size))
            return espbak_fail(err, ESPBAK_E_FILE, "partition_table.entries[%zu] reaches past the end of the flash", i);
    }
    return ESPBAK_OK;
}

espbak_status manifest_check(const espbak_manifest *manifest, espbak_error *err)
{
    if (!manifest_time_ok(manifest->created))
        return espbak_fail(err, ESPBAK_E_FILE, "created is not a time such as 2026-11-22T10:15:00Z");
    if (!is_chip_name(manifest->chip))
        return espbak_fail(err, ESPBAK_E_FILE, "chip.name is not a name such as esp32s3");
    if (manifest->flash.size == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "flash.size is 0");
    if (manifest->region_count == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "regions is empty");
    if (manifest->region_count > ESPBAK_REGIONS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "regions has more than %d elements", ESPBAK_REGIONS_MAX);
    for (size_t i = 0; i < manifest->region_count; i++) {
        const espbak_status status = check_region(manifest, i, err);
        if (status != ESPBAK_OK)
            return status;
    }
    if (check_table(manifest, err) != ESPBAK_OK || check_pairs(manifest, err) != ESPBAK_OK)
        return err->status;
    return check_state(manifest, err);
}
