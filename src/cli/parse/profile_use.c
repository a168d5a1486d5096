/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/profile_use.h"

#include <stdio.h>
#include <string.h>

#include "cli/parse/places.h"
#include "espbak/chip.h"

bool profile_fits_port(const espbak_profile *profile, const espbak_port *port)
{
    if (!port->usb || port->vid != profile->vid || port->pid != profile->pid)
        return false;
    if (profile->usb_interface >= 0 && port->usb_interface >= 0)
        return port->usb_interface == profile->usb_interface;
    return profile->port_description[0] == '\0' || strstr(port->description, profile->port_description) != NULL;
}

/* Only when exactly one fits; otherwise the port is looked for as always. */
static espbak_status choose_port(settings *set, const espbak_profile *profile, const espbak_events *events,
                                 espbak_error *err)
{
    espbak_port *ports = NULL;
    const espbak_port *found = NULL;
    size_t count = 0, fitting = 0;
    if (set->port != NULL || !profile->usb_known)
        return ESPBAK_OK;
    if (espbak_ports_list(&ports, &count, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < count; i++) {
        if (profile_fits_port(profile, &ports[i])) {
            found = &ports[i];
            fitting++;
        }
    }
    if (fitting == 1) {
        snprintf(set->found_port, sizeof(set->found_port), "%s", found->path);
        set->port = set->found_port;
        espbak_log(events, ESPBAK_LOG_INFO, "using port %s (%s), the one of the %s's ESP", set->found_port,
                   found->description, profile->title);
    }
    espbak_ports_free(ports);
    return ESPBAK_OK;
}

static espbak_status take_chip(settings *set, const espbak_profile *profile, espbak_error *err)
{
    const espbak_chip *chip = espbak_chip_by_name(profile->chip);
    if (chip == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "profile %s is of a chip '%s', which is not known", profile->name,
                           profile->chip);
    if (set->chip != NULL && set->chip != chip)
        return espbak_fail(err, ESPBAK_E_USAGE, "profile %s is of an %s, not of an %s", profile->name, chip->title,
                           set->chip->title);
    set->chip = chip;
    set->board_flash_size = profile->flash_size;
    return ESPBAK_OK;
}

static void take_places(profile_use *use)
{
    for (size_t i = 0; i < use->profile.part_count; i++) {
        const espbak_profile_part *part = &use->profile.parts[i];
        espbak_partition *place = &use->places[i];
        use->names[i] = part->name;
        snprintf(place->label, sizeof(place->label), "%s", part->name);
        if (!espbak_partition_type_from_text(part->type, &place->type) ||
            !espbak_partition_subtype_from_text(place->type, part->subtype, &place->subtype))
            place->type = 0xFF;
        place->offset = (uint32_t)part->offset;
        place->size = (uint32_t)part->size;
    }
}

espbak_status profile_apply(profile_use *use, const char *name, settings *set, const espbak_events *events,
                            espbak_error *err)
{
    char folder[1024];
    const espbak_profile *profile = &use->profile;
    const char *own = places_profiles(folder, sizeof(folder));
    if (espbak_profiles_list(own, &use->boards, &use->board_count, NULL, NULL, err) != ESPBAK_OK)
        return err->status;
    if (name == NULL)
        return ESPBAK_OK;
    if (espbak_profile_find(&use->profile, own, name, err) != ESPBAK_OK || take_chip(set, profile, err) != ESPBAK_OK)
        return err->status;
    if (set->baud == 0 && set->sources[SETTING_BAUD].path == NULL)
        set->baud = profile->baud;
    if (profile->no_stub && !set->stub_wanted) {
        set->no_stub = true;
        set->stub = NULL;
    }
    take_places(use);
    use->given = true;
    return choose_port(set, profile, events, err);
}

void profile_free(profile_use *use)
{
    espbak_free(use->boards);
    *use = (profile_use){.given = false};
}

void profile_add_places(const profile_use *use, espbak_table_source *table)
{
    table->boards = use->boards;
    table->board_count = use->board_count;
    if (!use->given)
        return;
    table->places = use->places;
    table->place_count = use->profile.part_count;
}
