/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/change/change.h"

espbak_status espbak_write_run(const espbak_write_options *options, espbak_write_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    change_job job = {
        .options = &options->session,
        .wish = {.table = &options->table, .activate = options->activate, .force = options->force},
        .dry_run = options->dry_run,
        .no_verify = options->no_verify,
        .wait_seconds = options->wait_seconds,
        .plan = options->plan,
        .user = options->user,
        .result = result,
    };
    if (err == NULL)
        err = &unheard;
    *result = (espbak_write_result){0};
    espbak_status status = piece_list_of_files(&job.pieces, options->files, options->file_count, true, err);
    if (status == ESPBAK_OK) {
        result->bytes = job.pieces.bytes;
        piece_list_tell_files(&job.pieces, options->session.events);
        status = change_run(&job, err);
    }
    change_free(&job);
    return status;
}
