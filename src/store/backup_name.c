/* SPDX-License-Identifier: Apache-2.0 */
#include "store/backup_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "store/manifest/manifest_check.h"

const char backup_partial_suffix[] = ".partial";

/* Far more than anybody makes in one second. */
enum { SAME_SECOND_MAX = 1000, NAME_MAX_SIZE = 160 };

char *backup_path_with(const char *path, const char *suffix)
{
    const size_t capacity = strlen(path) + strlen(suffix) + 1;
    char *text = malloc(capacity);
    if (text != NULL)
        snprintf(text, capacity, "%s%s", path, suffix);
    return text;
}

bool backup_is_partial_name(const char *path)
{
    const size_t length = strlen(path);
    const size_t tail = strlen(backup_partial_suffix);
    return length > tail && strcmp(path + length - tail, backup_partial_suffix) == 0;
}

void backup_place_free(backup_place *place)
{
    free(place->final);
    free(place->partial);
    *place = (backup_place){0};
}

/* "2026-11-22T10:15:00Z" becomes "20261122-101500". */
static void compact_time(char out[32], const char *created)
{
    size_t used = 0;
    for (const char *p = created; *p != '\0' && used < 31; p++) {
        if (*p >= '0' && *p <= '9')
            out[used++] = *p;
        else if (*p == 'T')
            out[used++] = '-';
    }
    out[used] = '\0';
}

static void make_name(char out[NAME_MAX_SIZE], const espbak_manifest *manifest)
{
    char when[32];
    char mac[2 * sizeof(manifest->mac) + 1];
    compact_time(when, manifest->created);
    bytes_to_hex(mac, manifest->mac, sizeof(manifest->mac));
    const char *chip = manifest->chip[0] == '\0' ? "flash" : manifest->chip;
    snprintf(out, NAME_MAX_SIZE, "%s%s%s%s%s-%s", chip, manifest->mac_known ? "-" : "", manifest->mac_known ? mac : "",
             manifest->parts[0] != '\0' ? "-" : "", manifest->parts, when);
}

/* *taken is the path that stands in the way, one of `place`'s own, or NULL when the name is ours. */
static espbak_status claim(backup_place *place, const char **taken, espbak_error *err)
{
    bool existed = false;
    *taken = file_kind_of(place->final) == FILE_KIND_MISSING ? NULL : place->final;
    if (*taken != NULL)
        return ESPBAK_OK;
    const espbak_status status = file_make_folder(place->partial, &existed, err);
    if (status != ESPBAK_OK)
        return status;
    if (existed) {
        *taken = place->partial;
        return ESPBAK_OK;
    }
    /* Whoever held the .partial a moment ago has perhaps just sealed it. */
    if (file_kind_of(place->final) == FILE_KIND_MISSING)
        return ESPBAK_OK;
    *taken = place->final;
    return file_remove_folder(place->partial, err);
}

static espbak_status try_name(backup_place *place, const char *folder, const char *name, const char **taken,
                              espbak_error *err)
{
    backup_place_free(place);
    place->final = file_join(folder, name);
    place->partial = place->final == NULL ? NULL : backup_path_with(place->final, backup_partial_suffix);
    if (place->partial == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    return claim(place, taken, err);
}

/* Words that commands take in place of a name. */
static const char *what_else_it_means(const char *name)
{
    if (bytes_same_text(name, "latest"))
        return "the newest backup";
    return bytes_same_text(name, "device") ? "the attached device" : NULL;
}

static espbak_status claim_chosen(backup_place *place, const char *folder, const char *name, espbak_error *err)
{
    if (!manifest_folder_name_ok(name)) {
        char shown[NAME_MAX_SIZE];
        bytes_printable(shown, sizeof(shown), name, strlen(name));
        espbak_fail(err, ESPBAK_E_USAGE, "\"%s\" cannot be the name of a backup", shown);
        espbak_error_hint(err, "use letters, digits and . _ + - only; the folder is given apart from the name");
        return ESPBAK_E_USAGE;
    }
    const char *meant = what_else_it_means(name);
    if (meant != NULL) {
        espbak_fail(err, ESPBAK_E_USAGE, "\"%s\" cannot be the name of a backup: it means %s", name, meant);
        espbak_error_hint(err, "choose another name, such as %s-1", name);
        return ESPBAK_E_USAGE;
    }
    const char *taken = NULL;
    espbak_status status = try_name(place, folder, name, &taken, err);
    if (status != ESPBAK_OK || taken == NULL)
        return status;
    const bool partial = taken == place->partial;
    status = espbak_fail(err, ESPBAK_E_FILE, "%s is there already%s", taken, partial ? ", an unfinished backup" : "");
    if (partial)
        espbak_error_hint(err, "continue it with --resume, choose another name, or remove %s", taken);
    else
        espbak_error_hint(err, "choose another name: a finished backup is never written again");
    return status;
}

static espbak_status claim_generated(backup_place *place, const char *folder, const espbak_manifest *manifest,
                                     espbak_error *err)
{
    char base[NAME_MAX_SIZE];
    char name[NAME_MAX_SIZE + 16];
    make_name(base, manifest);
    for (int i = 1; i <= SAME_SECOND_MAX; i++) {
        const char *taken = NULL;
        if (i == 1)
            snprintf(name, sizeof(name), "%s", base);
        else
            snprintf(name, sizeof(name), "%s-%d", base, i);
        const espbak_status status = try_name(place, folder, name, &taken, err);
        if (status != ESPBAK_OK || taken == NULL)
            return status;
    }
    espbak_fail(err, ESPBAK_E_FILE, "%s and %d names like it are taken in %s", base, SAME_SECOND_MAX - 1, folder);
    espbak_error_hint(err, "choose a name, or another folder");
    return ESPBAK_E_FILE;
}

espbak_status backup_place_claim(backup_place *place, const char *folder, const char *name,
                                 const espbak_manifest *manifest, espbak_error *err)
{
    const espbak_status status =
        name != NULL ? claim_chosen(place, folder, name, err) : claim_generated(place, folder, manifest, err);
    if (status != ESPBAK_OK)
        backup_place_free(place);
    return status;
}
