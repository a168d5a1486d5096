/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

/*
 * Options as const tables. The same rows parse the command line, print --help and are what the
 * manual page is checked against. Values go to a struct of the caller's, at each row's offset.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"

typedef enum opt_kind {
    OPT_FLAG,   /* bool */
    OPT_COUNT,  /* unsigned, one more each time */
    OPT_TEXT,   /* const char *, NULL when not given */
    OPT_TEXTS,  /* opt_texts, one more each time it is given */
    OPT_NUMBER, /* opt_number */
    OPT_CHOICE, /* int, the chosen row's value; '_' and '-' are the same */
} opt_kind;

typedef struct opt_number {
    uint64_t value;
    bool given;
    int word; /* of the row's choices, instead of a number; else 0 */
} opt_number;

enum { OPT_TEXTS_MAX = 256 };

typedef struct opt_texts {
    const char *all[OPT_TEXTS_MAX]; /* as they were given; all[0] is NULL when none was */
    size_t count;
} opt_texts;

typedef struct opt_choice {
    const char *name;
    int value;
} opt_choice;

typedef struct opt_spec {
    const char *name; /* without "--" */
    char letter;      /* 0 when there is no short form */
    opt_kind kind;
    const char *value; /* how the help calls the value, NULL for flags */
    const char *help;
    size_t offset;
    uint64_t max;              /* largest number */
    const opt_choice *choices; /* ended by a NULL name; of a number: words that stand for one */
} opt_spec;

typedef struct opt_set {
    const opt_spec *specs;
    size_t count;
    void *values;
} opt_set;

enum { OPT_SETS_MAX = 2 };

/* Walks an argument vector. Start with the vector and sets filled in, the rest zero. */
typedef struct opt_parser {
    char *const *argv; /* without the program's name */
    int argc;
    opt_set sets[OPT_SETS_MAX]; /* sets[1] is filled in once the command is known */
    int next;
    bool only_words;              /* after "--" */
    uint64_t given[OPT_SETS_MAX]; /* a bit for each row whose value was given */
} opt_parser;

/*
 * Take options until the next word that is none. ESPBAK_OK with *word NULL at the end of the vector;
 * ESPBAK_E_USAGE names what cannot be meant.
 */
ESPBAK_MUST_USE espbak_status opt_next(opt_parser *parser, const char **word, espbak_error *err);

/*
 * The row that a word such as "--baud", "--baud=9600" or "-b" names; of several letters, "-qb", the last one. NULL when
 * there is none, or the letters bring their value, "-b9600".
 */
const opt_spec *opt_named(const opt_parser *parser, const char *word);
bool opt_takes_value(const opt_spec *spec);

/*
 * A whole number: decimal, 0x…, with K or M (1024, 1024 * 1024; KB and MB too) behind it. `what` names
 * it in messages, such as "option --baud".
 */
ESPBAK_MUST_USE espbak_status opt_parse_number(const char *text, uint64_t max, const char *what, uint64_t *value,
                                               espbak_error *err);

/* True when two names are the same but for '-' and '_'. */
bool opt_same_name(const char *a, const char *b);

#endif
