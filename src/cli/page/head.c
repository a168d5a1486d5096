/* SPDX-License-Identifier: Apache-2.0 */
/* What it is, in a few words, of which device, and whether it may be trusted. */
#include <string.h>

#include "base/bytes.h"
#include "cli/page/page.h"
#include "cli/show/text.h"
#include "espbak/chip.h"

static void badge(html *page, const char *kind, const char *text)
{
    html_format(page, "<li class=\"%s\">", kind);
    html_between(page, "", text, "</li>\n");
}

static void show_state(html *page, const espbak_manifest *manifest)
{
    if (manifest == NULL)
        badge(page, "warn", "a file that is no backup: nothing proves it");
    else if (manifest->state == ESPBAK_STATE_VERIFIED)
        badge(page, "good", "verified against the device");
    else if (manifest->state == ESPBAK_STATE_HOLES)
        badge(page, "bad", "with holes: not all could be read");
    else if (manifest->state == ESPBAK_STATE_EDITED)
        badge(page, "warn", "edited: no device ever held it");
    else
        badge(page, "warn", "not verified");
}

static void show_verdict(html *page, const espbak_boot_report *boot)
{
    static const char *const kinds[] = {
        [ESPBAK_BOOT_UNKNOWN] = "warn", [ESPBAK_BOOT_YES] = "good", [ESPBAK_BOOT_NO] = "bad"};
    static const char *const words[] = {[ESPBAK_BOOT_UNKNOWN] = "whether it boots is not known",
                                        [ESPBAK_BOOT_YES] = "it boots",
                                        [ESPBAK_BOOT_NO] = "it does not boot"};
    badge(page, kinds[boot->verdict], words[boot->verdict]);
}

void page_head(html *page, const page_content *content)
{
    const espbak_inspection *found = content->found;
    const espbak_boot_report *boot = &found->contents->boot;
    const espbak_boot_app *app = espbak_boot_active(boot);
    char size[TEXT_SHORT], mac[TEXT_SHORT];
    const bool named = app != NULL && app->image.app_described;
    html_put(page, "<header>\n<h1>");
    html_text(page, named ? app->image.app.project : content->name);
    if (named)
        html_between(page, " ", app->image.app.version, "");
    html_put(page, "</h1>\n<p class=\"sub\">");
    html_text(page, found->contents->chip != NULL ? found->contents->chip->title : "chip not known");
    if (found->manifest != NULL && found->manifest->mac_known)
        html_format(page, " &middot; %s", text_mac(mac, found->manifest->mac));
    html_format(page, " &middot; %s", text_size(size, found->size));
    if (found->manifest != NULL)
        html_format(page, " &middot; %.10s %.5s UTC", found->manifest->created, found->manifest->created + 11);
    html_put(page, "</p>\n<ul class=\"badges\">\n");
    show_state(page, found->manifest);
    show_verdict(page, boot);
    if (found->contents->ciphertext == ESPBAK_YES)
        badge(page, "warn", "encrypted: only its own chip can use it");
    html_put(page, "</ul>\n");
    if (boot->reason[0] != '\0')
        html_between(page, "<p class=\"sub\">", boot->reason, "");
    if (boot->reason[0] != '\0')
        html_between(page, boot->condition[0] != '\0' ? "; " : "", boot->condition, "</p>\n");
    html_put(page, "</header>\n");
}

/* Without those that stand elsewhere on the page. */
static void show_lines(html *page, const page_lines *lines, const char *const *left_out)
{
    for (size_t i = 0; i < lines->count; i++) {
        size_t k = 0;
        while (left_out[k] != NULL && strcmp(left_out[k], lines->rows[i].label) != 0)
            k++;
        if (left_out[k] == NULL)
            page_term(page, lines->rows[i].label, lines->rows[i].text);
    }
}

/* "espbak's own loader" of "own", as the manifest keeps it. */
static const char *loader_words(const char *name)
{
    for (int i = ESPBAK_LOADER_ROM; i <= ESPBAK_LOADER_OWN; i++) {
        if (strcmp(espbak_loader_name((espbak_loader)i), name) == 0)
            return espbak_loader_phrase((espbak_loader)i);
    }
    return name;
}

static const char *on_off(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) ? "on" : "off" : "not known";
}

static void show_security(html *page, const cJSON *device)
{
    static const char *const keys[] = {"boot_key_0", "boot_key_1", "boot_key_2"};
    const cJSON *security = cJSON_GetObjectItemCaseSensitive(device, "security");
    char text[40];
    html_put(page, "<section class=\"keep\"><h2>Security</h2>\n<dl>\n");
    page_term(page, "Flash encryption", on_off(security, "flash_encryption"));
    page_term(page, "Secure boot", on_off(security, "secure_boot"));
    page_term(page, "Secure download", on_off(security, "secure_download_mode"));
    if (page_number(security, "secure_boot_version") > 0) {
        snprintf(text, sizeof(text), "version %.0f", page_number(security, "secure_boot_version"));
        page_term(page, "Scheme", text);
    }
    if (cJSON_HasObjectItem(security, "secure_version")) {
        snprintf(text, sizeof(text), "%.0f", page_number(security, "secure_version"));
        page_term(page, "Secure version", text);
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        page_term(page, i == 0 ? "Keys of secure boot" : "", page_string(security, keys[i]));
    html_put(page, "</dl></section>\n");
}

static void show_proof(html *page, const espbak_manifest *manifest)
{
    char text[160];
    const espbak_repairs *repairs = &manifest->repairs;
    snprintf(text, sizeof(text), "%s %s", manifest->tool_name, manifest->tool_version);
    page_term(page, "Made by", text);
    page_term(page, "Method", manifest->verify_method);
    page_term(page, "Read by", loader_words(manifest->read_by));
    page_term(page, "Confirmed by", loader_words(manifest->confirmed_by));
    page_term(page, "Port", manifest->link.port);
    page_term(page, "Unchanged since", manifest->base);
    snprintf(text, sizeof(text), "%u retries, %u sectors mended, %u changes of the rate, %u restarts",
             manifest->retries, repairs->mended_sectors, repairs->baud_steps, repairs->restarts);
    if (manifest->retries + repairs->mended_sectors + repairs->baud_steps + repairs->restarts > 0)
        page_term(page, "The line", text);
}

static void show_hashes(html *page, const espbak_manifest *manifest)
{
    static const char *const columns[] = {"File", ">Offset", ">Size", "SHA-256", NULL};
    html_put(page, "<section><h2>Files of the backup</h2>\n");
    page_table(page, columns);
    for (size_t i = 0; i < manifest->region_count; i++) {
        const espbak_region *region = &manifest->regions[i];
        char hash[2 * sizeof(region->sha256) + 1];
        bytes_to_hex(hash, region->sha256, sizeof(region->sha256));
        html_between(page, "<tr><td>", region->file, "</td>");
        html_format(page, "<td class=\"n c\">0x%llx</td>", (unsigned long long)region->offset);
        page_size_cell(page, (double)region->size);
        html_format(page, "<td class=\"c path\">%s</td></tr>\n", hash);
        for (size_t k = 0; k < region->unreadable_count; k++)
            html_format(
                page,
                "<tr><td class=\"dim\">not read</td><td class=\"n c\">0x%llx</td><td class=\"n\">%llu bytes</td>"
                "<td class=\"dim\">0xFF in the file</td></tr>\n",
                (unsigned long long)region->unreadable[k].offset, (unsigned long long)region->unreadable[k].size);
    }
    page_table_end(page);
    html_put(page, "</section>\n");
}

void page_device(html *page, const page_content *content)
{
    static const char *const not_of_device[] = {"Security", "Port", "Loader", NULL}, *const of_device[] = {
                                                                                         "Chip", "Flash", NULL};
    static const char *const none[] = {NULL};
    const espbak_manifest *manifest = content->found->manifest;
    html_put(page, "<div class=\"grid\">\n");
    if (content->about->count > 0) {
        html_put(page, "<section class=\"keep\"><h2>Device</h2>\n<dl>\n");
        show_lines(page, content->about, not_of_device);
        html_put(page, "</dl></section>\n");
    }
    if (content->device != NULL)
        show_security(page, content->device);
    html_put(page, "<section class=\"keep\"><h2>Where it comes from</h2>\n<dl>\n");
    page_term(page, "Name", content->name);
    show_lines(page, content->head, content->about->count > 0 ? of_device : none);
    if (manifest != NULL)
        show_proof(page, manifest);
    html_put(page, "</dl></section>\n</div>\n");
    if (manifest != NULL)
        show_hashes(page, manifest);
}
