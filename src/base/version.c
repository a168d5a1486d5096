/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/version.h"

const char *espbak_version(void)
{
    return ESPBAK_VERSION;
}

unsigned espbak_version_number(void)
{
    return ESPBAK_VERSION_NUMBER;
}
