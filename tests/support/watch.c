/* SPDX-License-Identifier: Apache-2.0 */
#include "support/watch.h"

static void note_log(void *user, espbak_log_level level, const char *text)
{
    watch *w = user;
    const size_t used = strlen(w->text);
    snprintf(w->text + used, sizeof(w->text) - used, "%d %s\n", level, text);
}

static void note_progress(void *user, const espbak_progress *now)
{
    watch *w = user;
    assert_true(now->total == 0 || now->done <= now->total);
    if (w->phase == NULL || strcmp(now->phase, w->phase) != 0 || now->done < w->from || w->times == 0)
        return;
    w->times--;
    w->happens(w);
}

watch *new_watch(fixture *fix)
{
    watch *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->fix = fix;
    w->events = (espbak_events){.log = note_log, .progress = note_progress, .user = w};
    return w;
}

void watch_interrupts(watch *w)
{
    w->cancel.requested = 1;
}

void watch_change_sector(const fixture *fix, size_t sector)
{
    size_t size;
    char *bytes = load(fix->folder, "flash", &size);
    for (size_t i = 0; i < SECTOR; i++)
        bytes[sector * SECTOR + i] = (char)~bytes[sector * SECTOR + i];
    store(fix->folder, "flash", bytes, size);
    free(bytes);
}

void watch_rewrites(watch *w)
{
    watch_change_sector(w->fix, w->sector);
}
