/* SPDX-License-Identifier: Apache-2.0 */
/* What concerns the library as a whole. */
#include <stdlib.h>

#include "espbak/api.h"

const char *espbak_version(void)
{
    return ESPBAK_VERSION;
}

unsigned espbak_version_number(void)
{
    return ESPBAK_VERSION_NUMBER;
}

void espbak_free(void *memory)
{
    free(memory);
}
