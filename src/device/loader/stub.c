/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/stub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "device/chip/registers.h"
#include "device/loader/ram_load.h"
#include "device/loader/state.h"
#include "device/loader/stub/image.h"
#include "device/loader/stub/source.h"

enum {
    START_TIMEOUT = 3 * ESPBAK_S,
    OP_NOBODY_KNOWS = 0x7F, /* neither a command nor one of the numbers that plug-ins may take */
    LEGACY_UNKNOWN = 0xFF,  /* what a legacy stub says to it; current ones say 0xC3 */
    REASON_MAX = 64,
};

static espbak_time deadline_in(const espbak_session *session, espbak_time wait)
{
    return espbak_clock_now(session_clock(session)) + wait + 4 * session->line.round_trip;
}

/* The two kinds refuse an unknown command with different words, and nothing else happens. */
espbak_status stub_adopt(espbak_session *session, const char *source, espbak_error *err)
{
    espbak_link_info *const info = &session->info.link;
    command_response response;
    espbak_status status = command_send(&session->link, OP_NOBODY_KNOWS, NULL, 0, NULL, 0, 0, err);
    if (status == ESPBAK_OK)
        status = command_receive(&session->link, OP_NOBODY_KNOWS, deadline_in(session, START_TIMEOUT), &response, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "talking to the stub");
    const bool legacy = response.size >= COMMAND_STATUS_STUB && response.data[0] == LEGACY_UNKNOWN;
    session->link.queues = false;
    info->loader = legacy ? ESPBAK_LOADER_STUB_LEGACY : ESPBAK_LOADER_STUB_CURRENT;
    snprintf(info->stub_source, sizeof(info->stub_source), "%s", source);
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "stub: %s (%s)", legacy ? "legacy" : "current", source);
    return ESPBAK_OK;
}

static bool is_greeting(const uint8_t *frame, size_t size)
{
    return size == 4 && memcmp(frame, "OHAI", 4) == 0;
}

static bool is_greeting_or_refusal(const void *user, const uint8_t *frame, size_t size)
{
    (void)user;
    return is_greeting(frame, size) || (size >= COMMAND_HEADER + COMMAND_STATUS_STUB && frame[0] == 1 &&
                                        frame[1] == OP_MEM_END && frame[COMMAND_HEADER] != 0);
}

/* The stub greets with four letters; the ROM's answer to MEM_END may or may not come before. */
static espbak_status wait_for_greeting(espbak_session *session, espbak_error *err)
{
    const uint8_t *frame = NULL;
    size_t size = 0;
    const espbak_status status = command_receive_wanted(&session->link, is_greeting_or_refusal, NULL,
                                                        deadline_in(session, START_TIMEOUT), &frame, &size, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "waiting for its greeting");
    if (is_greeting(frame, size))
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_DEVICE, "the loader refuses to run it (status 0x%02X%02X)", frame[COMMAND_HEADER],
                       frame[COMMAND_HEADER + 1]);
}

/*
 * The S3's ROM runs nothing from memory under secure boot. Its flash read function is called through
 * a pointer in RAM, though: pointed at the stub, a read request starts it (esptool loader.py run_stub).
 */
static espbak_status start_by_detour(espbak_session *session, uint32_t entry, espbak_error *err)
{
    const uint32_t pointer = session->info.chip->registers->rom_read_pointer;
    const uint8_t nothing[8] = {0};
    uint8_t stay[8];
    uint32_t stored = 0;
    bytes_put_le32(stay, 1);
    bytes_put_le32(stay + 4, 0);
    espbak_status status =
        command_run(&session->link, OP_MEM_END, stay, sizeof(stay), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    if (status == ESPBAK_OK)
        status = command_read_reg(&session->link, pointer, &stored, err);
    if (status == ESPBAK_OK)
        status = command_write_reg(&session->link, pointer, entry, 0xFFFFFFFF, 0, err);
    if (status == ESPBAK_OK)
        status = command_send(&session->link, OP_READ_FLASH_SLOW, nothing, sizeof(nothing), NULL, 0, 0, err);
    if (status == ESPBAK_OK)
        status = wait_for_greeting(session, err);
    if (status == ESPBAK_OK)
        status = command_write_reg(&session->link, pointer, stored, 0xFFFFFFFF, 0, err);
    return status;
}

static espbak_status load(espbak_session *session, const stub_segment *segment, espbak_error *err)
{
    return ram_load_segment(session, "stub", segment->address, segment->bytes, segment->size, err);
}

static espbak_status start_image(espbak_session *session, const stub_image *image, espbak_error *err)
{
    const bool detour =
        session->info.chip->registers->rom_read_pointer != 0 && session->info.security.secure_boot == ESPBAK_YES;
    espbak_status status = load(session, &image->text, err);
    if (status == ESPBAK_OK && image->data.size > 0)
        status = load(session, &image->data, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "loading it");
    if (detour)
        return start_by_detour(session, image->entry, err);
    status = ram_load_run(session, image->entry, err);
    return status == ESPBAK_OK ? wait_for_greeting(session, err) : status;
}

static espbak_status start_candidate(espbak_session *session, const stub_candidate *candidate, espbak_error *err)
{
    stub_image image = {0};
    const char *json = NULL;
    char *allocated = NULL;
    size_t size = 0;
    espbak_status status = stub_load(candidate, &json, &size, &allocated, err);
    if (status == ESPBAK_OK)
        status = stub_image_parse(&image, json, size, session->info.chip->registers->ram, err);
    if (status == ESPBAK_OK)
        status = start_image(session, &image, err);
    if (status == ESPBAK_OK)
        status = stub_adopt(session, stub_describe(candidate), err);
    stub_image_free(&image);
    free(allocated);
    return status;
}

/* Why this chip takes no stub, or NULL. */
static const char *why_none(const espbak_session *session, char text[REASON_MAX])
{
    const espbak_chip *const chip = session->info.chip;
    const chip_registers *const r = chip->registers;
    if (session_is_locked(session))
        return "Secure Download Mode lets no stub start";
    snprintf(text, REASON_MAX, "an %s with secure boot lets no stub start", chip->title);
    if (session->info.security.secure_boot == ESPBAK_YES && r->secure_boot_blocks_ram && r->rom_read_pointer == 0)
        return text;
    if (chip->stub_names[0] == NULL)
        return "there is none for this chip";
    if (session->info.revision_known && session->info.revision < r->no_stub_below)
        return "this silicon revision takes none";
    return NULL;
}

bool stub_is_possible(const espbak_session *session)
{
    char text[REASON_MAX];
    return !session->loader->no_stub_here && why_none(session, text) == NULL;
}

static const char *stub_name(const espbak_session *session)
{
    const espbak_chip *const chip = session->info.chip;
    const bool second = session->info.revision < chip->registers->second_stub_below && chip->stub_names[1] != NULL;
    return chip->stub_names[second ? 1 : 0];
}

/* Start one; ESPBAK_E_DEVICE when it runs, but is of the other kind. */
static espbak_status start_wanted(espbak_session *session, const stub_candidate *candidate, const stub_wish *wish,
                                  espbak_error *err)
{
    const espbak_status status = start_candidate(session, candidate, err);
    if (status != ESPBAK_OK || wish == NULL || session->info.link.loader == wish->kind)
        return status;
    return espbak_fail(err, ESPBAK_E_DEVICE, "it is of the kind that is not wanted now");
}

static espbak_status try_candidates(espbak_session *session, const stub_candidates *found, const stub_wish *wish,
                                    stub_reconnect_fn reconnect, espbak_error *err)
{
    for (size_t i = 0; i < found->count; i++) {
        const stub_candidate *const candidate = &found->list[i];
        if (wish != NULL && strcmp(wish->avoid, stub_describe(candidate)) == 0)
            continue;
        espbak_status status = start_wanted(session, candidate, wish, err);
        if (status == ESPBAK_OK || session_is_over(status))
            return status;
        if (status == ESPBAK_E_FILE && candidate->chosen) {
            espbak_error_prefix(err, "stub %s", stub_describe(candidate));
            espbak_error_hint(err, "name another with --stub, or go without by --loader rom");
            return status;
        }
        espbak_log(session->events, wish != NULL ? ESPBAK_LOG_DETAIL : ESPBAK_LOG_WARNING,
                   "the stub (%s) did not start: %s; trying %s", stub_describe(candidate), err->message,
                   i + 1 < found->count ? "the next one" : "without");
        espbak_error_clear(err);
        if (status == ESPBAK_E_FILE)
            continue; /* nothing was sent */
        loader_is_rom(session);
        status = reconnect(session, err);
        if (status == ESPBAK_E_CONNECT)
            err->status = ESPBAK_E_LINK; /* the chip had answered before */
        if (status != ESPBAK_OK)
            return espbak_error_prefix(err, "after a stub that did not start");
        if (session->loader->stub_found)
            return stub_adopt(session, "already running", err);
    }
    return ESPBAK_OK;
}

espbak_status stub_bring_up(espbak_session *session, const char *chosen, const stub_wish *wish,
                            stub_reconnect_fn reconnect, espbak_error *err)
{
    loader_is_rom(session);
    if (session->loader->stub_found)
        return stub_adopt(session, "already running", err);
    char text[REASON_MAX];
    const char *const reason = why_none(session, text);
    if (reason != NULL) {
        espbak_log(session->events, ESPBAK_LOG_INFO, "no stub: %s; the ROM loader is used, which is slower", reason);
        return ESPBAK_OK;
    }
    stub_candidates *const found = malloc(sizeof(*found));
    if (found == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = stub_find(found, stub_name(session), chosen, err);
    session->loader->no_stub_here = status == ESPBAK_OK && found->count == 0;
    if (session->loader->no_stub_here)
        espbak_log(session->events, ESPBAK_LOG_INFO,
                   stub_embedded_count == 0
                       ? "this espbak was built without Espressif's stubs, and no esptool with one for the %s is "
                         "installed: the ROM loader is used, which is slower; --stub names a folder with stubs"
                       : "no stub for the %s is at hand: the ROM loader is used, which is slower",
                   session->info.chip->title);
    if (status == ESPBAK_OK)
        status = try_candidates(session, found, wish, reconnect, err);
    free(found);
    return status;
}
