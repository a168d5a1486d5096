/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/page/page.h"

#include "espbak/api.h"

/* Nothing may be loaded from anywhere, whatever a name in the flash tries. */
static const char before[] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                             "'unsafe-inline'; img-src data:\">\n"
                             "<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n";

void page_write(html *page, const page_content *content)
{
    html_put(page, before);
    html_between(page, "<title>", content->name, " - espbak report</title>\n");
    page_style(page);
    html_put(page, "</head>\n<body>\n");
    page_head(page, content);
    html_put(page, "<main>\n");
    page_map(page, content);
    page_device(page, content);
    page_partitions(page, content);
    page_apps(page, content);
    page_findings(page, content);
    page_diff(page, content);
    page_nvs(page, content);
    page_files(page, content);
    html_put(page, "</main>\n<footer>\n");
    html_between(page, "<p>Made by espbak ", ESPBAK_VERSION, "");
    html_between(page, ", ", content->written, ".</p>\n</footer>\n</body>\n</html>\n");
}
