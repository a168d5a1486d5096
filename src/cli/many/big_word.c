/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many/big_word.h"

enum { LINES = 5 };

typedef struct row {
    const char *name, *color, *lines[LINES];
} row;

static const row ROWS[] = {
    [BIG_DONE] = {"done",
                  "\x1b[1;32m",
                  {"####   ###  #   # #####", "#   # #   # ##  # #    ", "#   # #   # # # # #### ",
                   "#   # #   # #  ## #    ", "####   ###  #   # #####"}},
    [BIG_FAILED] = {"failed",
                    "\x1b[1;31m",
                    {"#####  ###  ##### #     ##### ####", "#     #   #   #   #     #     #   #",
                     "####  #####   #   #     ####  #   #", "#     #   #   #   #     #     #   #",
                     "#     #   # ##### ##### ##### ####"}},
    [BIG_KNOWN] = {"known",
                   "\x1b[1;36m",
                   {"#   # #   #  ###  #   # #   #", "#  #  ##  # #   # #   # ##  #", "###   # # # #   # # # # # # #",
                    "#  #  #  ## #   # ## ## #  ##", "#   # #   #  ###  #   # #   #"}},
};

const char *big_word_name(big_word word)
{
    return ROWS[word].name;
}

void big_word_show(FILE *stream, big_word word, bool color)
{
    fputs("\a\n", stream);
    for (int i = 0; i < LINES; i++)
        fprintf(stream, "  %s%s%s\n", color ? ROWS[word].color : "", ROWS[word].lines[i], color ? "\x1b[0m" : "");
    fputc('\n', stream);
}
