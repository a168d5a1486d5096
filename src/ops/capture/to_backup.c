/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/destination.h"

static espbak_status begin(void *impl, const espbak_region *region, espbak_error *err)
{
    return espbak_backup_begin_region(impl, region, err);
}

static uint64_t appended(const void *impl)
{
    return espbak_backup_appended(impl);
}

static espbak_status append(void *impl, const uint8_t *data, size_t size, espbak_error *err)
{
    return espbak_backup_append(impl, data, size, err);
}

static espbak_status end(void *impl, espbak_error *err)
{
    return espbak_backup_end_region(impl, err);
}

static espbak_status read_back(void *impl, size_t region, uint64_t offset, uint8_t *data, size_t size,
                               espbak_error *err)
{
    return espbak_backup_read_back(impl, region, offset, data, size, err);
}

static espbak_status patch(void *impl, size_t region, uint64_t offset, const uint8_t *data, size_t size,
                           espbak_error *err)
{
    return espbak_backup_patch(impl, region, offset, data, size, err);
}

static uint64_t share(void *impl, uint64_t offset, uint64_t size, espbak_backup *other, size_t region, uint64_t from)
{
    return espbak_backup_share(impl, offset, size, other, region, from);
}

destination to_backup(espbak_backup_writer *writer)
{
    static const destination_ops ops = {
        .what = "the backup",
        .begin = begin,
        .appended = appended,
        .append = append,
        .end = end,
        .read_back = read_back,
        .patch = patch,
        .share = share,
    };
    return (destination){.ops = &ops, .impl = writer};
}
