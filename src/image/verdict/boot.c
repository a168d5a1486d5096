/* SPDX-License-Identifier: Apache-2.0 */
#include "image/verdict/boot_parts.h"

static espbak_status examine_encrypted(const espbak_boot_question *question, espbak_boot_report *report,
                                       espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    boot_tell(report, BOOT_ENCRYPTED);
    if (question->table != NULL)
        status = boot_collect_table(question, report, err);
    if (status == ESPBAK_OK && question->table != NULL)
        status = boot_name_apps(report, err);
    return status;
}

espbak_status espbak_boot_examine(const espbak_boot_question *question, espbak_boot_report *report, espbak_error *err)
{
    *report = (espbak_boot_report){.selected_slot = ESPBAK_SLOT_NONE};
    boot_tell(report, BOOT_UNREADABLE);
    if (question->esp8266_layouts)
        return boot_examine_esp8266(question, report, err);
    if (question->encrypted)
        return examine_encrypted(question, report, err);
    espbak_status status = boot_collect_table(question, report, err);
    if (status == ESPBAK_OK)
        status = boot_collect_bootloader(question, report, err);
    if (status == ESPBAK_OK && report->table_found)
        status = boot_collect_apps(question, report, err);
    if (status == ESPBAK_OK)
        status = boot_judge(question, report, err);
    return status;
}
