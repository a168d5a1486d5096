/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

#include "base/bytes.h"

const char *render_speed(char out[128], const espbak_job_stats *stats)
{
    char size[TEXT_SHORT], time[TEXT_SHORT];
    const double rate = stats->seconds > 0 ? (double)stats->bytes / stats->seconds : 0;
    snprintf(out, 128, "%s in %s, %.1f KiB/s (%.0f kbit/s)", text_size(size, stats->bytes),
             text_duration(time, stats->seconds), rate / 1024, rate * 8 / 1000);
    return out;
}

/* Only what has happened. */
static void add_repairs(cJSON *object, const espbak_repairs *repairs)
{
    const struct {
        const char *name;
        unsigned count;
    } rows[] = {{"resyncs", repairs->resyncs},
                {"mended_sectors", repairs->mended_sectors},
                {"baud_steps", repairs->baud_steps},
                {"restarts", repairs->restarts},
                {"loader_changes", repairs->loader_changes}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].count > 0)
            cJSON_AddNumberToObject(object, rows[i].name, rows[i].count);
    }
}

void render_stats_json(cJSON *root, const espbak_job_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "link");
    output_json_size(object, "bytes", stats->bytes);
    output_json_size(object, "bytes_on_wire", stats->bytes_on_wire);
    cJSON_AddNumberToObject(object, "seconds", stats->seconds);
    cJSON_AddNumberToObject(object, "bytes_per_second", stats->seconds > 0 ? (double)stats->bytes / stats->seconds : 0);
    cJSON_AddNumberToObject(object, "retries", stats->retries);
    add_repairs(object, &stats->repairs);
    if (stats->bytes_on_wire > 0)
        cJSON_AddStringToObject(object, "loader", espbak_loader_name(stats->loader));
}

void render_hashes(output *out, const uint8_t sha256[32], const uint8_t md5[16])
{
    char hex[65];
    bytes_to_hex(hex, sha256, 32);
    output_field(out, "SHA-256", "%s", hex);
    bytes_to_hex(hex, md5, 16);
    output_field(out, "MD5", "%s", hex);
}

/* What was planned, less what it took to find out. */
static double seconds_saved(const espbak_savings *saved)
{
    const double seconds = saved->full_seconds - saved->planned_seconds - saved->hash_seconds;
    return seconds > 0 ? seconds : 0;
}

void render_compression(output *out, const espbak_compression *moved)
{
    char flash[TEXT_SHORT], line[TEXT_SHORT], erased[TEXT_SHORT];
    if (moved->blank_bytes == 0 && moved->packed_bytes >= moved->unpacked_bytes)
        return;
    text_size(flash, moved->unpacked_bytes);
    text_size(line, moved->packed_bytes);
    if (moved->blank_bytes == 0)
        output_field(out, "Compressed", "%s to %s on the line", flash, line);
    else
        output_field(out, "Compressed", "%s to %s on the line, %s erased not sent", flash, line,
                     text_size(erased, moved->blank_bytes));
}

void render_compression_json(cJSON *root, const espbak_compression *moved)
{
    if (root == NULL || moved->unpacked_bytes + moved->blank_bytes == 0)
        return;
    cJSON *object = cJSON_AddObjectToObject(root, "compression");
    output_json_size(object, "flash_bytes", moved->unpacked_bytes);
    output_json_size(object, "line_bytes", moved->packed_bytes);
    output_json_size(object, "blank_bytes", moved->blank_bytes);
}

void render_saved(output *out, const espbak_savings *saved)
{
    char erased[TEXT_SHORT], same[TEXT_SHORT], time[TEXT_SHORT];
    if (!saved->planned || saved->erased_bytes + saved->base_bytes == 0)
        return;
    text_size(erased, saved->erased_bytes);
    text_size(same, saved->base_bytes);
    output_field(out, "Saved", "%s%s%s%s%s not read, about %s", saved->erased_bytes > 0 ? erased : "",
                 saved->erased_bytes > 0 ? " erased" : "", saved->erased_bytes > 0 && saved->base_bytes > 0 ? ", " : "",
                 saved->base_bytes > 0 ? same : "", saved->base_bytes > 0 ? " unchanged" : "",
                 text_duration(time, seconds_saved(saved)));
    if (saved->base_bytes > 0)
        output_field(out, "Unchanged", "since %s", saved->base);
}

void render_saved_json(cJSON *root, const espbak_savings *saved)
{
    if (root == NULL || !saved->planned)
        return;
    cJSON *plan = cJSON_AddObjectToObject(root, "plan");
    output_json_size(plan, "read_bytes", saved->planned_bytes);
    output_json_size(plan, "hash_bytes", saved->verify_bytes);
    cJSON_AddNumberToObject(plan, "expected_seconds", saved->planned_seconds);
    cJSON *object = cJSON_AddObjectToObject(root, "saved");
    output_json_size(object, "erased_bytes", saved->erased_bytes);
    output_json_size(object, "base_bytes", saved->base_bytes);
    if (saved->base[0] != '\0') {
        output_json_size(object, "shared_bytes", saved->shared_bytes);
        output_json_text(object, "base", saved->base);
    }
    output_json_size(object, "hashed_bytes", saved->hashed_bytes);
    cJSON_AddNumberToObject(object, "hashed_seconds", saved->hash_seconds);
    cJSON_AddNumberToObject(object, "saved_seconds", seconds_saved(saved));
}
