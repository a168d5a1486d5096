/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cancel.h"

bool cancel_is_requested(const espbak_cancel *cancel)
{
    return cancel != NULL && cancel->requested != 0;
}

espbak_status cancel_fail(espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_CANCELLED, "interrupted");
}

espbak_status cancel_check(const espbak_cancel *cancel, espbak_error *err)
{
    return cancel_is_requested(cancel) ? cancel_fail(err) : ESPBAK_OK;
}
