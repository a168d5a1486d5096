/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/unfinished.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "espbak/backup.h"

static const char partial_suffix[] = ".partial";

static bool has_name(const espbak_backup_entry *entry, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(entry->name, name, length) == 0 &&
           (entry->name[length] == '\0' || strcmp(entry->name + length, partial_suffix) == 0);
}

/* Where the journal is damaged the name that espbak gave is all there is. */
static bool is_of_device(const espbak_backup_entry *entry, const espbak_manifest *device)
{
    char mac[18], hex[13], start[64];
    const uint8_t *m = device->mac;
    if (!device->mac_known)
        return false;
    snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    bytes_to_hex(hex, device->mac, sizeof(device->mac));
    snprintf(start, sizeof(start), "%s-%s-", device->chip, hex);
    if (entry->chip[0] != '\0')
        return strcmp(entry->chip, device->chip) == 0 && strcmp(entry->mac, mac) == 0;
    return strncmp(entry->name, start, strlen(start)) == 0;
}

static bool has_file(const espbak_backup_entry *entry, const char *name)
{
    char *path = file_join(entry->path, name);
    const bool found = path != NULL && file_kind_of(path) == FILE_KIND_REGULAR;
    free(path);
    return found;
}

static bool fits(const unfinished_wanted *wanted, const espbak_backup_entry *entry)
{
    /* A folder without a journal may be anything, or a backup that stopped before its first byte. */
    if (!entry->partial || (entry->regions > 0 && !has_file(entry, wanted->file)))
        return false;
    if (wanted->name != NULL)
        return has_name(entry, wanted->name);
    return is_of_device(entry, wanted->device);
}

/*
 * Path of the newest that fits, to be freed; NULL when there is none, or the folder cannot be read. One that nothing
 * goes on with is taken where there is no other, so that the user is told why.
 */
static char *find(const unfinished_wanted *wanted, bool stuck_too)
{
    espbak_backup_entry *entries = NULL;
    espbak_error ignored = {0};
    size_t count = 0, i = 0;
    if (file_kind_of(wanted->folder) == FILE_KIND_MISSING ||
        espbak_backup_list(wanted->folder, &entries, &count, &ignored) != ESPBAK_OK)
        return NULL;
    while (i < count && (entries[i].stuck || !fits(wanted, &entries[i])))
        i++;
    if (i == count && stuck_too)
        for (i = 0; i < count && !fits(wanted, &entries[i]);)
            i++;
    char *path = i < count ? bytes_copy_text(entries[i].path) : NULL;
    espbak_backup_list_free(entries, count);
    return path;
}

char *unfinished_seek(const unfinished_wanted *wanted)
{
    return find(wanted, false);
}

void unfinished_mention(const char *path, const espbak_events *events)
{
    if (path != NULL)
        espbak_log(events, ESPBAK_LOG_WARNING,
                   "there is an unfinished backup of this device, %s; this run starts a new one (the same command "
                   "with --resume goes on with it)",
                   path);
}

espbak_status unfinished_find(const unfinished_wanted *wanted, char **path, espbak_error *err)
{
    *path = find(wanted, true);
    if (*path != NULL)
        return ESPBAK_OK;
    if (wanted->name != NULL)
        espbak_fail(err, ESPBAK_E_FILE, "there is no unfinished backup %s with %s in %s", wanted->name, wanted->file,
                    wanted->folder);
    else
        espbak_fail(err, ESPBAK_E_FILE, "there is no unfinished backup of this device with %s in %s", wanted->file,
                    wanted->folder);
    if (file_kind_of(wanted->folder) == FILE_KIND_MISSING) {
        espbak_error_hint(err, "there are no backups yet: leave --resume out, and a new one is made");
        return ESPBAK_E_FILE;
    }
    espbak_error_suggest(err, (const char *const[]){"list", "--", wanted->folder, NULL});
    if (wanted->name == NULL && !wanted->device->mac_known)
        espbak_error_hint(err, "this device has no MAC to know it by: say with --name which to go on with; there are:");
    espbak_error_hint(err, "without --resume a new backup is made; what there is:");
    return ESPBAK_E_FILE;
}
