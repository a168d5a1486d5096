/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MANY_BIG_WORD_H
#define CLI_MANY_BIG_WORD_H

/* A word that is read from across the room. */

#include <stdbool.h>
#include <stdio.h>

typedef enum big_word { BIG_DONE, BIG_FAILED, BIG_KNOWN } big_word;

const char *big_word_name(big_word word);

/* Five lines of large letters, and the terminal's sound. */
void big_word_show(FILE *stream, big_word word, bool color);

#endif
