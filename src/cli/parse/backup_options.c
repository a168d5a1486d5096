/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/backup_options.h"

espbak_backup_options backup_options_job(const backup_options *own, const char *folder)
{
    return (espbak_backup_options){
        .folder = folder,
        .name = own->name,
        .note = own->note,
        .no_verify = own->no_verify,
        .full = own->full,
        .base = own->base,
        .resume = own->resume,
        .allow_unreadable = own->allow_unreadable,
        .wait_seconds = (unsigned)own->wait.value,
    };
}
