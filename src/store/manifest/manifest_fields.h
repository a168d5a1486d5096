/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_MANIFEST_FIELDS_H
#define STORE_MANIFEST_FIELDS_H

/*
 * The fields of manifest.json as a table: where each stands in the JSON, where in the struct, and
 * how it is written and checked. Writing and parsing both walk it, so they cannot drift apart.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/words.h"
#include "espbak/manifest.h"

/** Whole numbers up to here survive a double, which is what JSON readers make of a number. */
#define MANIFEST_NUMBER_MAX UINT64_C(9007199254740991)

typedef enum field_kind {
    FIELD_TEXT,
    FIELD_NUMBER,    /**< whole, as wide as `size` says */
    FIELD_FLAG,      /**< bool */
    FIELD_TRISTATE,  /**< true, false, or left out */
    FIELD_WORD,      /**< one of `words`, kept as its index */
    FIELD_MAC,       /**< "a0:b1:c2:d3:e4:f5" */
    FIELD_HEX,       /**< a byte array as lower-case hex */
    FIELD_JEDEC_ID,  /**< six hex digits */
    FIELD_UNIQUE_ID, /**< hex, as many bytes as the flash has */
    FIELD_REGISTERS, /**< three bytes of a word, lowest first, as an array */
    FIELD_BYTES,     /**< a byte array as an array of numbers */
    FIELD_SECONDS,   /**< with three decimals */
    FIELD_WORDS,     /**< of an espbak_efuse_block: eight hex digits each, spaces in between */
} field_kind;

typedef enum field_presence {
    FIELD_REQUIRED, /**< always written; a manifest without it is refused */
    FIELD_WRITTEN,  /**< always written; may be missing */
    FIELD_OPTIONAL, /**< left out when empty, zero or unknown */
} field_presence;

/** For fields without a bool beside them that says whether they are known. */
#define FIELD_NO_FLAG SIZE_MAX

typedef struct manifest_field {
    const char *section; /**< "" for the top level, else the object it stands in, dots between levels */
    const char *key;
    field_kind kind;
    field_presence presence;
    size_t at, size; /**< bytes into and of the struct's member */
    size_t known;    /**< where the member's flag is, or FIELD_NO_FLAG */
    uint64_t max;    /**< of numbers */
    const word_table *words;
} manifest_field;

extern const manifest_field manifest_fields[];
extern const size_t manifest_field_count;
/** The same for one element of `regions`, within an espbak_region. */
extern const manifest_field manifest_region_fields[];
extern const size_t manifest_region_field_count;

/** An array of objects, which the struct owns or holds within it, and of which it knows the number. */
typedef struct manifest_array {
    const char *section, *key;
    const manifest_field *fields;
    size_t field_count;
    size_t at, element_size; /**< bytes into espbak_manifest of the pointer to it, and of each element */
    size_t count_at, max;
    bool within; /**< the elements themselves are at `at`, room for `max` of them */
} manifest_array;

extern const manifest_array manifest_arrays[];
extern const size_t manifest_array_count;

extern const char manifest_format_name[];

#endif
