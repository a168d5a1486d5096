/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

/*
 * What a result holds, as a table: each row is a line for people, a value in JSON, or both, in this order.
 *
 *     const field rows[] = {
 *         {"Device", NULL, .line = render_device_line(line, &result->device)},
 *         {"Snapshot", "snapshot", TEXT(result->snapshot), .absent = !result->saved},
 *         {NULL, "link.retries", NUMBER(result->retries)},
 *     };
 *     fields_show(out, rows, FIELD_COUNT(rows));
 */

#include "cli/show/output.h"
#include "espbak/device.h"

typedef enum field_kind {
    FIELD_NO_VALUE,
    FIELD_TEXT,
    FIELD_NUMBER,
    FIELD_REAL,
    FIELD_FLAG,
    FIELD_TRISTATE, /* null in JSON where it is unknown */
    FIELD_HEX,
    FIELD_OBJECT, /* one that may stay empty */
} field_kind;

typedef struct field {
    const char *label; /* of the line; NULL for none */
    const char *key;   /* of the value, dots between objects; NULL for none */
    field_kind kind;
    union {
        const char *text; /* NULL: an empty one */
        uint64_t number;  /* size of the bytes, too */
        double real;
        bool flag;
        espbak_tristate tristate;
    };
    const uint8_t *bytes;
    const char *line; /* what people read instead of the value; without either there is no line */
    bool absent;      /* neither line nor value */
} field;

#define TEXT(value)       .kind = FIELD_TEXT, .text = (value)
#define NUMBER(value)     .kind = FIELD_NUMBER, .number = (value)
#define REAL(value)       .kind = FIELD_REAL, .real = (value)
#define FLAG(value)       .kind = FIELD_FLAG, .flag = (value)
#define TRISTATE(value)   .kind = FIELD_TRISTATE, .tristate = (value)
#define HEX(array)        .kind = FIELD_HEX, .bytes = (array), .number = sizeof(array)
#define OBJECT            .kind = FIELD_OBJECT
#define FIELD_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Print the lines, or with --json add the values to the document. */
void fields_show(output *out, const field *rows, size_t count);

/* Add the values alone to an object; NULL does nothing. */
void fields_add(cJSON *object, const field *rows, size_t count);

/* A new object in a list; NULL does nothing. */
cJSON *fields_item(cJSON *list);

/* One element of a list: print its lines, or add its values as a new object, which is returned. */
cJSON *fields_show_item(output *out, cJSON *list, const field *rows, size_t count);

#endif
