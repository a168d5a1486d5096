/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/names.h"

#include <stdio.h>
#include <string.h>

espbak_status name_list_split(name_list *list, const char *text, espbak_error *err)
{
    if (text == NULL)
        return ESPBAK_OK;
    if ((size_t)snprintf(list->text, sizeof(list->text), "%s", text) >= sizeof(list->text))
        return espbak_fail(err, ESPBAK_E_USAGE, "a list of names with more than %d bytes cannot be meant",
                           NAMES_TEXT_MAX - 1);
    for (char *p = list->text; p != NULL;) {
        char *comma = strchr(p, ',');
        if (comma != NULL)
            *comma = '\0';
        if (*p == '\0' || list->count == NAMES_MAX)
            return espbak_fail(err, ESPBAK_E_USAGE, "'%s' is no list of names such as nvs,ota_0", text);
        list->names[list->count++] = p;
        p = comma != NULL ? comma + 1 : NULL;
    }
    return ESPBAK_OK;
}
