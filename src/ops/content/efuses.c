/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/efuses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/chip.h"

efuse_side efuses_of_device(const espbak_device_info *device)
{
    return (efuse_side){&device->efuses, device->chip, device->revision};
}

efuse_side efuses_of_manifest(const espbak_manifest *manifest)
{
    return (efuse_side){&manifest->efuses, espbak_chip_by_name(manifest->chip), manifest->revision};
}

static bool find_by_name(const efuse_side *side, const char *name, espbak_efuse *out)
{
    for (size_t at = 0; espbak_efuse_next(side->efuses, side->chip, side->revision, &at, out);) {
        if (strcmp(out->name, name) == 0)
            return true;
    }
    return false;
}

static espbak_status add(efuse_differences *out, const espbak_efuse *a, const espbak_efuse *b, espbak_error *err)
{
    espbak_efuse_difference *grown = realloc(out->items, (out->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    out->items = grown;
    espbak_efuse_difference *const added = &grown[out->count++];
    added->category = a->category;
    snprintf(added->name, sizeof(added->name), "%s", a->name);
    snprintf(added->a, sizeof(added->a), "%s", a->text);
    snprintf(added->b, sizeof(added->b), "%s", b->text);
    return ESPBAK_OK;
}

espbak_status efuses_compare(const efuse_side *a, const efuse_side *b, efuse_differences *out, espbak_error *err)
{
    espbak_efuse mine, other;
    *out = (efuse_differences){.count = 0};
    if (a->chip != b->chip)
        return ESPBAK_OK;
    for (size_t at = 0; espbak_efuse_next(a->efuses, a->chip, a->revision, &at, &mine);) {
        if (find_by_name(b, mine.name, &other) && strcmp(mine.text, other.text) != 0 &&
            add(out, &mine, &other, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status efuses_name(espbak_manifest *manifest, espbak_error *err)
{
    const efuse_side side = efuses_of_manifest(manifest);
    espbak_efuse efuse;
    espbak_status status = ESPBAK_OK;
    for (size_t at = 0; status == ESPBAK_OK && espbak_efuse_next(side.efuses, side.chip, side.revision, &at, &efuse);) {
        espbak_manifest_efuse named = {.name = ""};
        if (!efuse.burnt || efuse.category == ESPBAK_EFUSE_OTHER)
            continue;
        snprintf(named.name, sizeof(named.name), "%s", efuse.name);
        snprintf(named.value, sizeof(named.value), "%s", efuse.text);
        status = espbak_manifest_add_efuse(manifest, &named, err);
    }
    return status;
}
