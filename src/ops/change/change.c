/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/change/change.h"

#include <stdlib.h>

#include "espbak/chip.h"
#include "espbak/flash.h"
#include "ops/pieces/piece_contents.h"
#include "ops/safety/factory.h"
#include "ops/safety/refuse.h"
#include "ops/safety/unchanged.h"

void change_free(change_job *job)
{
    espbak_session_close(job->session);
    piece_list_free(&job->pieces);
    if (job->view != NULL)
        view_free(job->view);
    free(job->view);
}

static espbak_status mind_factory_data(const change_job *job, const espbak_contents *known, espbak_error *err)
{
    const factory_check check = {
        .session = job->session,
        .events = job->options->events,
        .table = job->wish.table,
        .known = known,
        .pieces = &job->pieces,
        .force = job->wish.force,
    };
    return factory_refuse(&check, err);
}

static espbak_status refuse(const change_job *job, const espbak_contents *known, espbak_error *err)
{
    const espbak_contents *before = &job->view->before;
    const refuse_target target = {
        .device = &job->result->device,
        .pieces = &job->pieces,
        .events = job->options->events,
        .table = &known->boot.table,
        .before = job->view->readable ? &before->boot : NULL,
        .after = job->view->readable ? &job->view->after.boot : NULL,
        .erase = job->wish.erase,
        .all = job->all,
        .force = job->wish.force,
    };
    const espbak_status status = refuse_check(&target, err);
    return status == ESPBAK_OK ? mind_factory_data(job, known, err) : status;
}

/* What the pieces themselves say of the flash. */
static espbak_status look_at_pieces(change_job *job, espbak_contents *known, espbak_error *err)
{
    const espbak_image_reader reader = piece_contents_reader(&job->pieces, job->result->device.flash.size);
    espbak_findings findings = {0};
    if (job->wish.erase)
        return ESPBAK_OK;
    const espbak_status status = espbak_partition_table_find(
        &reader, ESPBAK_PARTITION_TABLE_ANYWHERE, &known->boot.table, &known->boot.table_found, &findings, err);
    espbak_findings_free(&findings);
    return status;
}

static espbak_status look(change_job *job, espbak_contents *known, espbak_error *err)
{
    const espbak_device_info *device = &job->result->device;
    if (view_before(job->view, &job->wish, err) != ESPBAK_OK)
        return err->status;
    if (job->choose != NULL && job->choose(job, job->chooser, err) != ESPBAK_OK)
        return err->status;
    if (piece_list_check_size(&job->pieces, device->flash.size, err) != ESPBAK_OK ||
        piece_list_check_chip(&job->pieces, device->chip, err) != ESPBAK_OK ||
        look_at_pieces(job, known, err) != ESPBAK_OK)
        return err->status;
    return view_after(job->view, &job->wish, &job->pieces, err);
}

/* What is refused is shown too: the plan says why better than one sentence. */
static void show_refused(const change_job *job)
{
    espbak_error ignored = {0};
    espbak_change_plan plan = job->view->plan;
    plan.refused = true;
    if (job->plan != NULL)
        (void)job->plan(job->user, &plan, &ignored);
}

static espbak_status plan_and_check(change_job *job, espbak_error *err)
{
    const espbak_device_info *device = &job->result->device;
    espbak_contents known = {.chip = device->chip, .flash_size = device->flash.size};
    espbak_status status = look(job, &known, err);
    if (status == ESPBAK_OK)
        status = view_plan(job->view, &job->wish, &job->pieces, err);
    if (status == ESPBAK_OK) {
        status = refuse(job, &known, err);
        if (status == ESPBAK_E_REFUSED)
            show_refused(job);
    }
    espbak_contents_free(&known);
    return status;
}

static espbak_status check_device(change_job *job, espbak_error *err)
{
    espbak_error why = {0};
    if (plan_and_check(job, err) != ESPBAK_OK)
        return err->status;
    job->result->bytes = job->pieces.bytes;
    job->can_hash = espbak_flash_can_hash(job->session, &why) == ESPBAK_OK;
    job->verify = !job->no_verify && job->can_hash;
    if (!job->no_verify && !job->can_hash)
        espbak_log(job->options->events, ESPBAK_LOG_WARNING, "what is %s will not be verified: %s",
                   job->wish.erase ? "erased" : "written", why.message);
    return ESPBAK_OK;
}

/* What a person has to know who does not read the plan. */
static void warn(const change_job *job)
{
    const espbak_change_plan *plan = &job->view->plan;
    if (plan->idle != NULL)
        espbak_log(job->options->events, ESPBAK_LOG_WARNING,
                   "%s will not boot: the device starts %s; --activate makes it start %s", plan->idle,
                   plan->after.starts, plan->idle);
    if (plan->before.verdict == ESPBAK_BOOT_YES && plan->after.verdict == ESPBAK_BOOT_NO)
        espbak_log(job->options->events, ESPBAK_LOG_WARNING, "the device boots now, and will not afterwards: %s",
                   plan->after.reason);
}

static espbak_status plan_and_write(change_job *job, espbak_error *err)
{
    job->wish.session = job->session;
    job->wish.events = job->options->events;
    job->result->device = *espbak_session_device(job->session);
    if (check_device(job, err) != ESPBAK_OK)
        return err->status;
    if (job->plan != NULL && job->plan(job->user, &job->view->plan, err) != ESPBAK_OK)
        return err->status;
    if (job->dry_run)
        return ESPBAK_OK;
    warn(job);
    return change_write(job, err);
}

espbak_status change_run(change_job *job, espbak_error *err)
{
    job->view = calloc(1, sizeof(*job->view));
    if (job->view == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (reconnect_open(&job->session, job->options, err) != ESPBAK_OK)
        return err->status;
    reconnect_init(&job->again, job->options, job->wait_seconds, job->session);
    const espbak_status status = plan_and_write(job, err);
    return unchanged_end(&job->session, job->options, &job->again, status, err);
}
