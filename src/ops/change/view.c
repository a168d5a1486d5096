/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/change/view.h"

#include <stdio.h>
#include <stdlib.h>

#include "espbak/chip.h"
#include "espbak/flash.h"

void view_free(view *v)
{
    espbak_contents_free(&v->before);
    espbak_contents_free(&v->after);
    free(v->runs);
    v->runs = NULL;
}

static bool reads_nothing(const void *user, uint64_t offset)
{
    (void)user;
    (void)offset;
    return false;
}

/* What comes from here costs no time on the line. */
static bool reads_pieces(const void *user, uint64_t offset)
{
    return piece_list_touches(user, offset, 1);
}

static espbak_status look(view *v, const view_wish *wish, const piece_list *pieces, espbak_contents *out,
                          espbak_error *err)
{
    const espbak_device_info *device = espbak_session_device(wish->session);
    const espbak_image_reader reader = overlay_open(&v->reader, wish->session, pieces);
    const explain_options options = {
        .reader = &reader,
        .chip = device->chip,
        .revision_known = device->revision_known,
        .revision = device->revision,
        .security = &device->security,
        .table = *wish->table,
        .reads = pieces->count > 0 ? reads_pieces : reads_nothing,
        .reads_user = pieces,
    };
    espbak_contents_free(out);
    return explain_flash(out, &options, err);
}

espbak_status view_before(view *v, const view_wish *wish, espbak_error *err)
{
    static const piece_list nothing = {.count = 0};
    espbak_error why = {0};
    v->readable = espbak_flash_can_read(wish->session, &why) == ESPBAK_OK;
    if (!v->readable)
        return ESPBAK_OK;
    const espbak_status status = look(v, wish, &nothing, &v->before, err);
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "looking at what stands there now");
}

/* Whether the pieces bring an image to an application's place. */
static bool is_written(const espbak_boot_app *app, const piece_list *pieces)
{
    return app->present && piece_list_touches(pieces, app->partition->offset, ESPBAK_IMAGE_HEADER_SIZE);
}

static espbak_status choose_app(const view *v, const view_wish *wish, const piece_list *pieces,
                                const espbak_boot_app **out, espbak_error *err)
{
    const espbak_boot_app *chosen = NULL;
    const espbak_boot_report *boot = &v->after.boot;
    const espbak_partition *ota = espbak_otadata_partition(&boot->table);
    for (size_t i = 0; i < boot->app_count; i++) {
        const espbak_boot_app *app = &boot->apps[i];
        if (is_written(app, pieces) && chosen != NULL)
            return espbak_fail(err, ESPBAK_E_USAGE, "--activate: both %s and %s are written, and only one can boot",
                               chosen->partition->label, app->partition->label);
        if (is_written(app, pieces))
            chosen = app;
    }
    *out = chosen;
    if (chosen == NULL || (ota != NULL && piece_list_touches(pieces, ota->offset, ota->size)))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "--activate needs one application for a slot of the device's table, and no otadata");
    if (chosen->why_not[0] == '\0' || wish->force)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_REFUSED, "refused: the application for %s would not start: %s; --force overrides this",
                chosen->partition->label, chosen->why_not);
    espbak_error_hint(err, "nothing was changed; without --activate it is only written");
    return ESPBAK_E_REFUSED;
}

static espbak_status supply(void *user, size_t region, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    activation *a = user;
    (void)region;
    return activation_supply(a, a->offset + offset, data, size, err);
}

bool view_is_otadata(const view *v, const piece *item)
{
    return item->user == &v->boot;
}

static espbak_status activate(view *v, const view_wish *wish, piece_list *pieces, espbak_error *err)
{
    const espbak_boot_app *chosen = NULL;
    if (choose_app(v, wish, pieces, &chosen, err) != ESPBAK_OK ||
        activation_prepare(&v->boot, wish->session, &v->after, chosen->partition, err) != ESPBAK_OK)
        return err->status;
    snprintf(v->activated, sizeof(v->activated), "%s", chosen->partition->label);
    for (size_t i = 0; i < 2; i++) {
        const uint64_t into = i * ESPBAK_OTADATA_SECTOR;
        const piece item = {.offset = v->boot.offset + into,
                            .size = ESPBAK_OTADATA_SECTOR,
                            .name = "otadata",
                            .from = into,
                            .read = supply,
                            .user = &v->boot};
        if (v->boot.changed[i] && piece_list_add(pieces, &item, err) != ESPBAK_OK)
            return err->status;
    }
    return piece_list_arrange(pieces, true, err);
}

espbak_status view_after(view *v, const view_wish *wish, piece_list *pieces, espbak_error *err)
{
    if (!v->readable && wish->activate)
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "--activate: the flash cannot be read here, and so its otadata cannot be either");
    if (!v->readable)
        return ESPBAK_OK;
    espbak_status status = look(v, wish, pieces, &v->after, err);
    if (status != ESPBAK_OK || !wish->activate)
        return status;
    status = activate(v, wish, pieces, err);
    return status == ESPBAK_OK ? look(v, wish, pieces, &v->after, err) : status;
}

static void summarise(const espbak_contents *contents, espbak_planned_boot *out)
{
    const espbak_boot_report *boot = &contents->boot;
    const espbak_boot_app *active = espbak_boot_active(boot);
    out->verdict = boot->verdict;
    snprintf(out->condition, sizeof(out->condition), "%s", boot->condition);
    snprintf(out->reason, sizeof(out->reason), "%s", boot->reason);
    if (active != NULL && boot->verdict != ESPBAK_BOOT_NO)
        snprintf(out->starts, sizeof(out->starts), "%s", active->partition->label);
}

/* An application that is written in vain, unless one that is written starts. */
static const char *find_idle(const view *v, const piece_list *pieces)
{
    const espbak_boot_report *boot = &v->after.boot;
    const espbak_boot_app *idle = NULL;
    if (espbak_boot_active(boot) == NULL)
        return NULL;
    for (size_t i = 0; i < boot->app_count; i++) {
        const espbak_boot_app *app = &boot->apps[i];
        if (is_written(app, pieces) && app->active)
            return NULL;
        if (is_written(app, pieces) && idle == NULL)
            idle = app;
    }
    return idle != NULL ? idle->partition->label : NULL;
}

static void find_header(view *v, const piece_list *pieces)
{
    const uint64_t place = v->plan.device->chip->bootloader_offset;
    uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE];
    espbak_error ignored = {0};
    v->plan.header_written =
        piece_list_covers(pieces, place, sizeof(bytes)) &&
        piece_list_read((void *)(uintptr_t)pieces, place, bytes, sizeof(bytes), &ignored) == ESPBAK_OK &&
        espbak_image_header_parse(&v->plan.header, bytes);
}

espbak_status view_plan(view *v, const view_wish *wish, const piece_list *pieces, espbak_error *err)
{
    v->plan = (espbak_change_plan){
        .device = espbak_session_device(wish->session),
        .parts = v->parts,
        .bytes = pieces->bytes,
        .table_found = v->before.boot.table_found,
        .activate = wish->activate ? v->activated : NULL,
    };
    if (view_describe_runs(v, wish, pieces, err) != ESPBAK_OK)
        return err->status;
    v->plan.runs = v->runs;
    find_header(v, pieces);
    if (v->readable) {
        view_find_parts(v, wish, pieces);
        summarise(&v->before, &v->plan.before);
        summarise(&v->after, &v->plan.after);
        v->plan.idle = find_idle(v, pieces);
    } else {
        snprintf(v->plan.before.reason, sizeof(v->plan.before.reason), "the flash cannot be read");
        v->plan.after = v->plan.before;
    }
    return ESPBAK_OK;
}
