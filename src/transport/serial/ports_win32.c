/* SPDX-License-Identifier: Apache-2.0 */
#ifdef _WIN32
#include "transport/serial/ports.h"

#include <libserialport.h>
#include <stddef.h>

struct sp_port **ports_os_list(void)
{
    struct sp_port **list = NULL;
    return sp_list_ports(&list) == SP_OK ? list : NULL;
}

int ports_os_interface(const char *path)
{
    (void)path;
    return -1;
}

void ports_os_place(const char *path, char *place, size_t capacity)
{
    (void)path;
    (void)capacity;
    place[0] = '\0';
}
#endif
