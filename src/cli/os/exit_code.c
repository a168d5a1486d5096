/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/os/exit_code.h"

const exit_code_row *exit_code_rows(size_t *count)
{
    static const exit_code_row rows[] = {
        {ESPBAK_OK, 0, 0},
        {ESPBAK_E_INTERNAL, 1, EXIT_UNFINISHED},
        {ESPBAK_E_USAGE, 2, EXIT_UNFINISHED},
        {ESPBAK_E_PORT, 3, EXIT_UNFINISHED},
        {ESPBAK_E_CONNECT, 4, EXIT_UNFINISHED},
        {ESPBAK_E_UNSUPPORTED, 4, EXIT_UNFINISHED},
        {ESPBAK_E_LINK, 5, EXIT_UNFINISHED},
        {ESPBAK_E_DEVICE, 5, EXIT_UNFINISHED},
        {ESPBAK_E_DIFFERS, 6, 6}, /* everything was written, it is only not what it should be */
        {ESPBAK_E_REFUSED, 7, EXIT_UNFINISHED},
        {ESPBAK_E_FILE, 8, EXIT_UNFINISHED},
        {ESPBAK_E_CANCELLED, EXIT_INTERRUPTED, EXIT_UNFINISHED},
    };
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

int exit_code_of(espbak_status status, bool flash_changed)
{
    size_t count;
    const exit_code_row *rows = exit_code_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].status == status)
            return flash_changed ? rows[i].changed : rows[i].untouched;
    }
    return 1;
}

/* A flash that was changed and is not complete comes first, then one that differs, then what nobody wanted to stop. */
static int gravity(int code)
{
    static const int grave[] = {EXIT_INTERRUPTED, 6, EXIT_UNFINISHED};
    for (int i = 0; i < (int)(sizeof(grave) / sizeof(grave[0])); i++) {
        if (grave[i] == code)
            return 1000 + i;
    }
    return code;
}

int exit_code_worse(int a, int b)
{
    return gravity(a) >= gravity(b) ? a : b;
}
