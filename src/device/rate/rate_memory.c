/* SPDX-License-Identifier: Apache-2.0 */
#include "device/rate/rate_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    BAUD_LEAST = 9600,
    BAUD_MOST = 20000000,
    SESSIONS_MOST = 20, /* then what was too high is tried once more: it may have been the cable */
};

bool rate_memory_key(char key[RATE_MEMORY_KEY], const espbak_usb_id *usb)
{
    if (!usb->known)
        return false;
    const bool has_serial = usb->serial[0] != '\0';
    snprintf(key, RATE_MEMORY_KEY, "%04x:%04x%s%s", usb->vid, usb->pid, has_serial ? ":" : "@",
             has_serial ? usb->serial : usb->place);
    /* It is one word of a line. */
    for (char *c = key; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7F)
            *c = '_';
    }
    return true;
}

static bool is_rate(uint32_t baud)
{
    return baud >= BAUD_LEAST && baud <= BAUD_MOST;
}

static bool parse_line(rate_entry *entry, const char *line, size_t size)
{
    char copy[RATE_MEMORY_LINE];
    if (size >= sizeof(copy))
        return false;
    memcpy(copy, line, size);
    copy[size] = '\0';
    *entry = (rate_entry){.baud = 0};
    return sscanf(copy, "%127s %9" SCNu32 " %9" SCNu32 " %9u", entry->key, &entry->baud, &entry->below,
                  &entry->sessions) == 4 &&
           is_rate(entry->baud) && (entry->below == 0 || (is_rate(entry->below) && entry->below > entry->baud));
}

void rate_memory_parse(rate_memory *memory, const char *text)
{
    memory->count = 0;
    while (*text != '\0' && memory->count < RATE_MEMORY_ENTRIES) {
        const size_t size = strcspn(text, "\n");
        rate_entry entry;
        if (parse_line(&entry, text, size) && rate_memory_find(memory, entry.key) == NULL)
            memory->entries[memory->count++] = entry;
        text += size + (text[size] == '\n');
    }
}

void rate_memory_format(const rate_memory *memory, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < memory->count && used < RATE_MEMORY_SIZE; i++) {
        const rate_entry *entry = &memory->entries[i];
        used += (size_t)snprintf(text + used, RATE_MEMORY_SIZE - used, "%s %" PRIu32 " %" PRIu32 " %u\n", entry->key,
                                 entry->baud, entry->below, entry->sessions);
    }
}

const rate_entry *rate_memory_find(const rate_memory *memory, const char *key)
{
    for (size_t i = 0; i < memory->count; i++) {
        if (strcmp(memory->entries[i].key, key) == 0)
            return &memory->entries[i];
    }
    return NULL;
}

void rate_memory_put(rate_memory *memory, const rate_entry *entry)
{
    size_t at = 0;
    while (at < memory->count && strcmp(memory->entries[at].key, entry->key) != 0)
        at++;
    if (at == memory->count && memory->count < RATE_MEMORY_ENTRIES)
        memory->count++;
    if (at == RATE_MEMORY_ENTRIES)
        at--;
    memmove(&memory->entries[1], &memory->entries[0], at * sizeof(memory->entries[0]));
    memory->entries[0] = *entry;
}

rate_entry rate_memory_next(const rate_entry *before, uint32_t baud, uint32_t below)
{
    rate_entry next = *before;
    next.sessions = below == 0 && before->below > baud ? before->sessions + 1 : 0;
    next.baud = baud;
    next.below = below != 0 ? below : before->below > baud ? before->below : 0;
    if (next.sessions >= SESSIONS_MOST) {
        next.below = 0;
        next.sessions = 0;
    }
    return next;
}
