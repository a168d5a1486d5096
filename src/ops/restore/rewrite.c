/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/restore/rewrite.h"

#include "device/visit/retry.h"
#include "espbak/flash.h"

static espbak_status write_again(espbak_session *session, const piece_list *pieces, const compare_options *options,
                                 const difference_list *wrong, espbak_error *err)
{
    const espbak_flash_write_options how = {.phase = "writing again", .progress_total = wrong->bytes};
    for (size_t i = 0; i < wrong->count; i++) {
        const espbak_range *range = &wrong->ranges[i];
        espbak_log(options->events, ESPBAK_LOG_DETAIL,
                   "0x%llX to 0x%llX does not hold what was written there: writing it again",
                   (unsigned long long)range->offset, (unsigned long long)(range->offset + range->size));
        if (espbak_flash_write(session, range->offset, range->size, &how, piece_list_read, (void *)pieces, err) !=
            ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status rewrite_until_right(espbak_session *session, const piece_list *pieces, const compare_options *options,
                                  difference_list *wrong, espbak_error *err)
{
    for (unsigned tries = 1;; tries++) {
        espbak_status status = compare_device(session, pieces, options, wrong, err);
        if (status != ESPBAK_OK || wrong->count == 0 || !retry_again(RETRY_REWRITE, tries, ESPBAK_E_DIFFERS))
            return status;
        status = write_again(session, pieces, options, wrong, err);
        difference_list_free(wrong);
        if (status != ESPBAK_OK)
            return status;
    }
}
