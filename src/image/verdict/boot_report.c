/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "image/verdict/boot_parts.h"

void espbak_boot_report_free(espbak_boot_report *report)
{
    espbak_partition_table_free(&report->table);
    espbak_findings_free(&report->findings);
    free(report->apps);
    *report = (espbak_boot_report){0};
}

const espbak_boot_app *espbak_boot_active(const espbak_boot_report *report)
{
    for (size_t i = 0; i < report->app_count; i++) {
        if (report->apps[i].active)
            return &report->apps[i];
    }
    return NULL;
}

const char *espbak_boot_verdict_name(espbak_boot_verdict verdict)
{
    static const char *const names[] = {
        [ESPBAK_BOOT_UNKNOWN] = "unknown", [ESPBAK_BOOT_YES] = "yes", [ESPBAK_BOOT_NO] = "no"};
    return (size_t)verdict < sizeof(names) / sizeof(names[0]) ? names[verdict] : "unknown";
}
