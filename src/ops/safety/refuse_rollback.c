/* SPDX-License-Identifier: Apache-2.0 */
/* Anti-rollback: what eFuses have counted up to, and what an application says of itself. */
#include <stdio.h>

#include "espbak/image.h"
#include "ops/pieces/piece_contents.h"
#include "ops/safety/match.h"
#include "ops/safety/refuse_rows.h"

/* What is written of applications that tell their secure version. */
typedef struct app_versions {
    unsigned count;
    uint32_t newest;
    const char *name; /* of the newest */
} app_versions;

static void look_at(const refuse_target *t, uint64_t offset, const char *name, app_versions *apps)
{
    const espbak_image_reader reader = piece_contents_reader((piece_list *)t->pieces, t->device->flash.size);
    espbak_image_header header;
    espbak_image image;
    espbak_error ignored = {0};
    bool found = false;
    if (!refuse_image_at(t, offset, &header) ||
        espbak_image_examine(&reader, offset, reader.size - offset, ESPBAK_IMAGE_OUTLINE, &image, &found, NULL,
                             &ignored) != ESPBAK_OK)
        return;
    if (!found || !image.app_described)
        return;
    if (apps->count++ == 0 || image.app.secure_version > apps->newest) {
        apps->newest = image.app.secure_version;
        apps->name = name;
    }
}

static app_versions apps_of(const refuse_target *t)
{
    app_versions apps = {0};
    for (size_t i = 0; i < t->pieces->count; i++)
        look_at(t, t->pieces->items[i].offset, t->pieces->items[i].name, &apps);
    for (size_t i = 0; t->table != NULL && i < t->table->count; i++) {
        if (t->table->entries[i].type == ESPBAK_PARTITION_APP)
            look_at(t, t->table->entries[i].offset, t->table->entries[i].label, &apps);
    }
    return apps;
}

/* A bootloader with anti-rollback passes over a slot whose application is too old, so one that is not is enough. */
bool refuse_rolled_back(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_security *here = &t->device->security;
    const espbak_security *there = t->manifest != NULL ? &t->manifest->security : NULL;
    const bool known = there != NULL && there->secure_version_known;
    if (!here->secure_version_known || here->secure_version == 0)
        return false;
    /* What this very device ran with the same eFuses it will run again. */
    if (known && there->secure_version == here->secure_version && match_is_same_device(t->manifest, t->device))
        return false;
    const app_versions apps = apps_of(t);
    if (apps.count > 0 && apps.newest < here->secure_version)
        snprintf(
            why, REFUSE_WHY_MAX,
            "the application in %s has the secure version %u, and the device has counted up to %u by eFuse, so its "
            "bootloader does not start it",
            apps.name, (unsigned)apps.newest, here->secure_version);
    else if (apps.count == 0 && known && there->secure_version < here->secure_version && refuse_touches_code(t))
        snprintf(
            why, REFUSE_WHY_MAX,
            "the secure version in the eFuses was %u when the backup was made and is %u now, so the bootloader may "
            "not start what the backup holds",
            there->secure_version, here->secure_version);
    else
        return false;
    return true;
}

/* An application that has proven itself burns its version, and nothing older starts any more. */
bool refuse_ahead(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_security *here = &t->device->security;
    if (t->manifest == NULL || !t->manifest->security.secure_version_known || !here->secure_version_known ||
        t->manifest->security.secure_version <= here->secure_version || !refuse_touches_code(t))
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "the backup is of a device whose eFuses have the secure version %u, those of this one have %u, and its "
             "application may raise that for ever",
             t->manifest->security.secure_version, here->secure_version);
    return true;
}
