/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "image/files/filesystem.h"
#include "image/files/volume.h"

enum { DEPTH_MAX = 64 };
/* How many times a volume may be read: a folder is walked through anew for each file in it. */
enum { WALKS = 64, READS = 8 };
enum { CODE_PAGE_USUAL = 437 }; /* of ESP-IDF */

/* In this order: FAT is known by little. */
static const struct known {
    const char *name;
    const filesystem *kind; /* NULL: left out of this build */
} known[] = {
#ifdef ESPBAK_FILES
    {"LittleFS", &filesystem_littlefs},
    {"FAT", &filesystem_fat},
#else
    {"LittleFS", NULL},
    {"FAT", NULL},
#endif
    {"SPIFFS", &filesystem_spiffs},
};
enum { KNOWN = sizeof(known) / sizeof(known[0]) };

bool espbak_volume_supports(const char *name)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (known[i].kind != NULL && strcmp(known[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Where none was found: what stands at the beginning may still have a name. */
static espbak_status say_why(const espbak_volume *volume, espbak_error *err)
{
    const char *name = NULL;
    const window *bytes = &volume->bytes;
    if (volume_find(bytes->reader, bytes->offset, bytes->size, &name, err) != ESPBAK_OK)
        return err->status;
    if (name != NULL && !espbak_volume_supports(name))
        espbak_findings_add(volume->findings, ESPBAK_FINDING_WARNING,
                            "%s: this espbak was built without what it takes to read its files", name);
    return ESPBAK_OK;
}

static espbak_status find_kind(espbak_volume *volume, bool *found, espbak_error *err)
{
    *found = false;
    for (size_t i = 0; i < KNOWN && !*found; i++) {
        if (known[i].kind == NULL)
            continue;
        window_allow(&volume->bytes, WALKS);
        window_forget(&volume->bytes);
        volume->kind = known[i].kind;
        volume->info = (espbak_volume_info){.name = known[i].name};
        if (known[i].kind->open(volume, found, err) != ESPBAK_OK || window_failure(&volume->bytes, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status open_volume(espbak_volume **out, const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                                 const espbak_volume_options *options, bool noted, espbak_findings *findings,
                                 espbak_error *err)
{
    bool found = false;
    *out = NULL;
    espbak_volume *volume = calloc(1, sizeof(*volume));
    if (volume == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    volume->findings = findings;
    volume->code_page = options != NULL && options->code_page != 0 ? options->code_page : CODE_PAGE_USUAL;
    espbak_status status = window_open(&volume->bytes, reader, offset, size, err);
    if (status == ESPBAK_OK && noted)
        status = window_note(&volume->bytes, err);
    if (status == ESPBAK_OK)
        status = find_kind(volume, &found, err);
    if (status == ESPBAK_OK && !found)
        status = say_why(volume, err);
    if (status == ESPBAK_OK && found)
        *out = volume;
    else
        espbak_volume_close(volume);
    return status;
}

espbak_status espbak_volume_open(espbak_volume **out, const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                                 const espbak_volume_options *options, espbak_findings *findings, espbak_error *err)
{
    espbak_error unheard = {0};
    return open_volume(out, reader, offset, size, options, false, findings, err != NULL ? err : &unheard);
}

espbak_status volume_open_noted(espbak_volume **out, const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                                espbak_findings *findings, espbak_error *err)
{
    const espbak_status status = open_volume(out, reader, offset, size, NULL, true, findings, err);
    if (status == ESPBAK_OK && *out != NULL && (*out)->kind->keep != NULL)
        (*out)->kind->keep(*out);
    return status;
}

bool volume_uses(const espbak_volume *volume, uint64_t at)
{
    return window_is_noted(&volume->bytes, at);
}

bool volume_place(const espbak_volume *volume, uint64_t *place, size_t *slack)
{
    *place = volume->place;
    *slack = volume->slack;
    return volume->placed;
}

void espbak_volume_close(espbak_volume *volume)
{
    if (volume == NULL)
        return;
    if (volume->state != NULL)
        volume->kind->close(volume);
    window_close(&volume->bytes);
    free(volume);
}

const espbak_volume_info *espbak_volume_describe(const espbak_volume *volume)
{
    return &volume->info;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const espbak_file *)a)->path, ((const espbak_file *)b)->path);
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;
    for (; *path != '\0'; path++)
        depth += *path == '/';
    return depth;
}

/* Folders are listed in the order in which they were found, so nothing calls itself. */
static espbak_status list_folders(espbak_volume *volume, espbak_file_list *out, espbak_error *err)
{
    char top[] = "";
    const espbak_file root = {.path = top, .folder = true};
    if (volume->kind->list(volume, &root, out, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < out->count; i++) {
        const espbak_file folder = out->entries[i]; /* a copy: what is added may move the entries */
        if (!folder.folder)
            continue;
        if (depth_of(folder.path) >= DEPTH_MAX)
            filesystem_note(volume, ESPBAK_FINDING_DAMAGE, folder.path, "is too deep to be meant, and not looked into");
        else if (volume->kind->list(volume, &folder, out, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status espbak_volume_list(espbak_volume *volume, espbak_file_list *out, espbak_error *err)
{
    espbak_error unheard = {0};
    if (err == NULL)
        err = &unheard;
    *out = (espbak_file_list){.count = 0};
    window_allow(&volume->bytes, WALKS);
    espbak_status status = list_folders(volume, out, err);
    if (status == ESPBAK_OK)
        status = window_failure(&volume->bytes, err);
    if (status != ESPBAK_OK) {
        espbak_file_list_free(out);
        return status;
    }
    if (out->left_out > 0)
        espbak_findings_add(volume->findings, ESPBAK_FINDING_WARNING, "%s: %zu files and folders are left out",
                            volume->info.name, out->left_out);
    if (out->count > 0)
        qsort(out->entries, out->count, sizeof(out->entries[0]), by_path);
    return ESPBAK_OK;
}

espbak_status espbak_volume_read(espbak_volume *volume, const espbak_file *entry, espbak_file_sink sink, void *user,
                                 espbak_error *err)
{
    espbak_error unheard = {0};
    if (err == NULL)
        err = &unheard;
    if (entry->folder)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s is a folder", entry->path);
    if (entry->size > volume->bytes.size)
        return filesystem_fail(volume, entry, "it says that it is larger than its partition", err);
    window_allow(&volume->bytes, READS);
    return volume->kind->read(volume, entry, sink, user, err);
}
