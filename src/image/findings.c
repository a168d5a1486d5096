/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "espbak/reader.h"

void espbak_findings_add(espbak_findings *findings, espbak_severity severity, const char *fmt, ...)
{
    if (findings == NULL)
        return;
    if (findings->entries == NULL)
        findings->entries = calloc(ESPBAK_FINDINGS_MAX, sizeof(findings->entries[0]));
    if (findings->entries == NULL || findings->count == ESPBAK_FINDINGS_MAX) {
        findings->left_out++;
        return;
    }
    espbak_finding *finding = &findings->entries[findings->count++];
    finding->severity = severity;
    va_list args;
    va_start(args, fmt);
    vsnprintf(finding->text, sizeof(finding->text), fmt, args);
    va_end(args);
}

void espbak_findings_free(espbak_findings *findings)
{
    free(findings->entries);
    *findings = (espbak_findings){0};
}

const char *espbak_severity_name(espbak_severity severity)
{
    static const char *const names[] = {"note", "warning", "damage"};
    return (size_t)severity < sizeof(names) / sizeof(names[0]) ? names[severity] : "unknown";
}
