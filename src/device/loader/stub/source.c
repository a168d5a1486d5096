/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/stub/source.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "device/loader/stub/image.h"

const char *stub_describe(const stub_candidate *candidate)
{
    return candidate->embedded != NULL ? "built in" : candidate->path;
}

bool stub_add_file(stub_candidates *found, const char *folder, const char *sub, const char *name)
{
    if (found->count == STUB_CANDIDATES_MAX)
        return false;
    stub_candidate *const candidate = &found->list[found->count];
    const int length = sub != NULL ? snprintf(candidate->path, STUB_PATH_MAX, "%s/%s/%s.json", folder, sub, name)
                                   : snprintf(candidate->path, STUB_PATH_MAX, "%s/%s.json", folder, name);
    if (length < 0 || length >= STUB_PATH_MAX || file_kind_of(candidate->path) != FILE_KIND_REGULAR)
        return false;
    candidate->embedded = NULL;
    candidate->chosen = false;
    found->count++;
    return true;
}

/* The folder itself, or the folders 2 and 1 as esptool keeps them. */
static espbak_status add_chosen(stub_candidates *found, const char *name, const char *chosen, espbak_error *err)
{
    const file_kind kind = file_kind_of(chosen);
    if (kind == FILE_KIND_MISSING)
        return espbak_fail(err, ESPBAK_E_FILE, "the stub %s does not exist", chosen);
    if (strlen(chosen) >= STUB_PATH_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "the path of the stub is too long");
    if (kind == FILE_KIND_REGULAR) {
        snprintf(found->list[0].path, STUB_PATH_MAX, "%s", chosen);
        found->count = 1;
    } else if (!stub_add_file(found, chosen, NULL, name)) {
        (void)stub_add_file(found, chosen, "2", name);
        (void)stub_add_file(found, chosen, "1", name);
    }
    if (found->count == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "there is no %s.json in the stub folder %s", name, chosen);
    found->list[0].chosen = true;
    return ESPBAK_OK;
}

static void add_embedded(stub_candidates *found, const char *name)
{
    for (size_t i = 0; i < stub_embedded_count && found->count < STUB_CANDIDATES_MAX; i++) {
        if (strcmp(stub_embedded_table[i].name, name) != 0)
            continue;
        found->list[found->count++] = (stub_candidate){.embedded = &stub_embedded_table[i]};
    }
}

espbak_status stub_find(stub_candidates *found, const char *name, const char *chosen, espbak_error *err)
{
    memset(found, 0, sizeof(*found));
    if (chosen != NULL) {
        const espbak_status status = add_chosen(found, name, chosen, err);
        if (status != ESPBAK_OK) {
            espbak_error_hint(err, "name a stub with --stub or ESPBAK_STUB_DIR, or go without by --loader rom");
            return status;
        }
    }
    add_embedded(found, name);
    stub_find_installed(found, name);
    return ESPBAK_OK;
}

espbak_status stub_load(const stub_candidate *candidate, const char **json, size_t *size, char **allocated,
                        espbak_error *err)
{
    *allocated = NULL;
    if (candidate->embedded != NULL) {
        *json = (const char *)candidate->embedded->json;
        *size = candidate->embedded->size;
        return ESPBAK_OK;
    }
    const espbak_status status = file_load(candidate->path, STUB_FILE_MAX, allocated, size, err);
    *json = *allocated;
    return status;
}
