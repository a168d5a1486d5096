/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/places.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct place {
    const char *variable, *below;
} place;

/* The first one whose variable is set. */
static const char *find(char *path, size_t capacity, const place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *base = getenv(places[i].variable);
        if (base == NULL || base[0] == '\0')
            continue;
        if ((size_t)snprintf(path, capacity, "%s%s", base, places[i].below) < capacity)
            return path;
    }
    return NULL;
}

const char *places_profiles(char *path, size_t capacity)
{
    static const place places[] = {
        {"XDG_CONFIG_HOME", "/espbak/profiles"}, {"APPDATA", "/espbak/profiles"}, {"HOME", "/.config/espbak/profiles"}};
    return find(path, capacity, places, sizeof(places) / sizeof(places[0]));
}

const char *places_config(char *path, size_t capacity)
{
    static const place places[] = {
        {"XDG_CONFIG_HOME", "/espbak/config"}, {"APPDATA", "/espbak/config"}, {"HOME", "/.config/espbak/config"}};
    return find(path, capacity, places, sizeof(places) / sizeof(places[0]));
}

const char *places_rates(char *path, size_t capacity)
{
    static const place places[] = {
        {"XDG_CACHE_HOME", "/espbak/rates"}, {"LOCALAPPDATA", "/espbak/rates"}, {"HOME", "/.cache/espbak/rates"}};
    return find(path, capacity, places, sizeof(places) / sizeof(places[0]));
}
