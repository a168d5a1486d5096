/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

#include <string.h>

static double rate_of(const espbak_job_stats *stats)
{
    return stats->seconds > 0 ? (double)stats->bytes / stats->seconds : 0;
}

const char *render_speed(char out[128], const espbak_job_stats *stats)
{
    char size[TEXT_SHORT], time[TEXT_SHORT], moved[TEXT_SHORT], baud[40] = "";
    const double rate = rate_of(stats);
    text_size(size, stats->bytes);
    text_duration(time, stats->seconds);
    if (stats->baud > 0)
        snprintf(baud, sizeof(baud), ", at %lu baud", (unsigned long)stats->baud);
    /* Where most bytes never crossed the line, a rate of all of them says nothing of the line, and most time went into
       hashing. */
    if (stats->bytes_on_wire > 0 && stats->bytes_on_wire < stats->bytes / 2)
        snprintf(out, 128, "%s in %s: %s over the line%s", size, time, text_size(moved, stats->bytes_on_wire), baud);
    else
        snprintf(out, 128, "%s in %s, %.1f KiB/s (%.0f kbit/s)", size, time, rate / 1024, rate * 8 / 1000);
    return out;
}

void render_link(output *out, const char *speed, const espbak_job_stats *stats)
{
    const espbak_repairs *repairs = &stats->repairs;
    const field rows[] = {
        {"Speed", "link.bytes", NUMBER(stats->bytes), .line = speed},
        {NULL, "link.bytes_on_wire", NUMBER(stats->bytes_on_wire)},
        {NULL, "link.seconds", REAL(stats->seconds)},
        {NULL, "link.bytes_per_second", REAL(rate_of(stats))},
        {NULL, "link.retries", NUMBER(stats->retries)},
        {NULL, "link.resyncs", NUMBER(repairs->resyncs), .absent = repairs->resyncs == 0},
        {NULL, "link.mended_sectors", NUMBER(repairs->mended_sectors), .absent = repairs->mended_sectors == 0},
        {NULL, "link.baud_steps", NUMBER(repairs->baud_steps), .absent = repairs->baud_steps == 0},
        {NULL, "link.restarts", NUMBER(repairs->restarts), .absent = repairs->restarts == 0},
        {NULL, "link.loader_changes", NUMBER(repairs->loader_changes), .absent = repairs->loader_changes == 0},
        {NULL, "link.baud", NUMBER(stats->baud), .absent = stats->baud == 0 || stats->bytes_on_wire == 0},
        {NULL, "link.loader", TEXT(espbak_loader_name(stats->loader)), .absent = stats->bytes_on_wire == 0},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

static void show_compression(output *out, const espbak_compression *moved)
{
    char flash[TEXT_SHORT], line[TEXT_SHORT], erased[TEXT_SHORT], text[160] = "";
    text_size(flash, moved->unpacked_bytes);
    text_size(line, moved->packed_bytes);
    text_size(erased, moved->blank_bytes);
    if (moved->blank_bytes > 0)
        snprintf(text, sizeof(text), "%s to %s on the line, %s erased not sent", flash, line, erased);
    else if (moved->packed_bytes < moved->unpacked_bytes)
        snprintf(text, sizeof(text), "%s to %s on the line", flash, line);
    const bool nothing = moved->unpacked_bytes + moved->blank_bytes == 0;
    const field rows[] = {
        {"Compressed", "compression.flash_bytes", NUMBER(moved->unpacked_bytes), .line = text, .absent = nothing},
        {NULL, "compression.line_bytes", NUMBER(moved->packed_bytes), .absent = nothing},
        {NULL, "compression.blank_bytes", NUMBER(moved->blank_bytes), .absent = nothing},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

/* What was planned, less what it took to find out. */
static double seconds_saved(const espbak_savings *saved)
{
    const double seconds = saved->full_seconds - saved->planned_seconds - saved->hash_seconds;
    return seconds > 0 ? seconds : 0;
}

static const char *describe_saved(char out[128], const espbak_savings *saved)
{
    char erased[TEXT_SHORT] = "", same[TEXT_SHORT] = "", time[TEXT_SHORT];
    const bool e = saved->erased_bytes > 0, s = saved->base_bytes > 0;
    if (e)
        text_size(erased, saved->erased_bytes);
    if (s)
        text_size(same, saved->base_bytes);
    snprintf(out, e || s ? 128 : 1, "%s%s%s%s%s not read, about %s", erased, e ? " erased" : "", e && s ? ", " : "",
             same, s ? saved->base != NULL ? " unchanged" : " known" : "", text_duration(time, seconds_saved(saved)));
    return out;
}

/* Where the rest is known from. */
static void show_sources(output *out, const espbak_savings *saved)
{
    char line[TEXT_PATH] = "";
    cJSON *const object = cJSON_GetObjectItemCaseSensitive(output_root(out), "saved");
    cJSON *const list = object != NULL && saved->source_count > 0 ? cJSON_AddArrayToObject(object, "sources") : NULL;
    for (size_t i = 0; i < saved->source_count; i++) {
        const espbak_manifest_source *source = &saved->sources[i];
        const size_t used = strlen(line);
        snprintf(line + used, sizeof(line) - used, "%s%s", i > 0 ? ", " : "from ", source->backup);
        const field rows[] = {
            {NULL, "backup", TEXT(source->backup)},
            {NULL, "bytes", NUMBER(source->bytes)},
        };
        if (list != NULL)
            fields_add(fields_item(list), rows, FIELD_COUNT(rows));
    }
    const field known = {"Known", NULL, .line = line};
    if (saved->source_count > 0)
        fields_show(out, &known, 1);
}

static void show_saved(output *out, const espbak_savings *saved)
{
    char line[128], since[TEXT_PATH];
    const bool no_base = saved->base == NULL, taken = saved->base_bytes > saved->known_bytes;
    if (!saved->planned)
        return;
    snprintf(since, sizeof(since), "since %s", no_base ? "" : saved->base);
    const field rows[] = {
        {NULL, "plan.read_bytes", NUMBER(saved->planned_bytes)},
        {NULL, "plan.hash_bytes", NUMBER(saved->verify_bytes)},
        {NULL, "plan.expected_seconds", REAL(saved->planned_seconds)},
        {"Saved", "saved.erased_bytes", NUMBER(saved->erased_bytes), .line = describe_saved(line, saved)},
        {NULL, "saved.base_bytes", NUMBER(saved->base_bytes)},
        {NULL, "saved.known_bytes", NUMBER(saved->known_bytes)},
        {NULL, "saved.shared_bytes", NUMBER(saved->shared_bytes), .absent = no_base && saved->source_count == 0},
        {"Unchanged", "saved.base", TEXT(saved->base), .line = taken ? since : "", .absent = no_base},
        {NULL, "saved.hashed_bytes", NUMBER(saved->hashed_bytes)},
        {NULL, "saved.hashed_seconds", REAL(saved->hash_seconds)},
        {NULL, "saved.saved_seconds", REAL(seconds_saved(saved))},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
    show_sources(out, saved);
}

void render_figures(output *out, const char *speed, const espbak_job_stats *stats, const espbak_savings *saved)
{
    /* People are told the speed first, in the document it comes last. */
    if (!out->json)
        render_link(out, speed, stats);
    show_compression(out, &stats->compression);
    show_saved(out, saved);
    if (out->json)
        render_link(out, speed, stats);
}

void render_hashes(output *out, const uint8_t sha256[32], const uint8_t md5[16])
{
    const field rows[] = {
        {"SHA-256", "sha256", .kind = FIELD_HEX, .bytes = sha256, .number = 32},
        {"MD5", "md5", .kind = FIELD_HEX, .bytes = md5, .number = 16},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

const char *render_proof(char out[160], const espbak_witnesses *who, const char *moved, const char *usual)
{
    const char *const mover = espbak_loader_phrase(who->moved_by);
    if (who->alone)
        snprintf(out, 160, "%s and confirmed by the same program, %s", moved, mover);
    else if (who->moved_by != who->confirmed_by)
        snprintf(out, 160, "%s by %s, confirmed by %s", moved, mover, espbak_loader_phrase(who->confirmed_by));
    else
        snprintf(out, 160, "%s", usual);
    return out;
}

void render_witnesses(output *out, const espbak_witnesses *who, bool proven)
{
    const field rows[] = {
        {NULL, "proof.moved_by", TEXT(espbak_loader_name(who->moved_by)), .absent = !proven},
        {NULL, "proof.confirmed_by", TEXT(espbak_loader_name(who->confirmed_by)), .absent = !proven},
        {NULL, "proof.alone", FLAG(who->alone), .absent = !proven},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}
