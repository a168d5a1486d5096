/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/saved/source_word.h"

#include <string.h>

espbak_status source_word(cli *c, const table_options *table, char path[SAVED_PATH_MAX], espbak_files_source *from,
                          espbak_error *err)
{
    from->chip = c->set.chip;
    from->table = table_options_source(table);
    if (strcmp(c->words[0], "device") == 0) {
        if (cli_session(c, &from->session, err) != ESPBAK_OK)
            return err->status;
    } else if (saved_find(c, c->words[0], path, err) == ESPBAK_OK) {
        from->path = path;
    } else {
        return err->status;
    }
    from->session.events = &c->watch.events;
    from->session.cancel = c->cancel;
    return ESPBAK_OK;
}
