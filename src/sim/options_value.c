/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "sim/options_table.h"

espbak_status sim_option_bad(const char *name, const char *value, const char *wanted, espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_USAGE, "%s \"%s\" is not %s", name, value, wanted);
}

bool sim_option_number(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    if (!isdigit((unsigned char)*text))
        return false;
    *value = strtoull(text, &end, 0);
    if (errno != 0)
        return false;
    const int suffix = toupper((unsigned char)*end);
    const unsigned shift = suffix == 'K' ? 10 : suffix == 'M' ? 20 : 0;
    if (shift != 0) {
        end++;
        if (toupper((unsigned char)*end) == 'B')
            end++;
        if (*value > UINT64_MAX >> shift)
            return false;
        *value <<= shift;
    }
    return *end == '\0';
}
