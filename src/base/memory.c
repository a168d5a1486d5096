/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "espbak/api.h"

void espbak_free(void *memory)
{
    free(memory);
}
