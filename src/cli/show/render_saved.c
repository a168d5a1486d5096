/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render_saved.h"

#include "cli/show/text.h"

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
