/* SPDX-License-Identifier: Apache-2.0 */
#ifdef _WIN32
#include "transport/ports.h"

int ports_os_interface(const char *path)
{
    (void)path;
    return -1;
}
#endif
