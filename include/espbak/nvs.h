/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_NVS_H
#define ESPBAK_NVS_H

/*
 * NVS partitions: which keys there are, of which type and size, and in which state the pages are.
 * Values are read only when asked for, one by one: they may be secrets.
 */

#include "espbak/api.h"
#include "espbak/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ESPBAK_NVS_PAGE_SIZE = 4096,
    ESPBAK_NVS_PAGE_ENTRIES = 126,
    ESPBAK_NVS_NAME_MAX = 16, /**< 15 bytes and the end */
    ESPBAK_NVS_KEY_SIZE = 64,
    ESPBAK_NVS_KEY_STORED = 68, /**< with its CRC behind it */
};

typedef enum espbak_nvs_page_state {
    ESPBAK_NVS_PAGE_EMPTY,
    ESPBAK_NVS_PAGE_ACTIVE,
    ESPBAK_NVS_PAGE_FULL,
    ESPBAK_NVS_PAGE_FREEING,
    ESPBAK_NVS_PAGE_CORRUPT, /**< marked so by the device */
    ESPBAK_NVS_PAGE_INVALID, /**< no page of NVS, or one with a broken header */
    ESPBAK_NVS_PAGE_STATES
} espbak_nvs_page_state;

/** Types as they stand in flash. */
enum {
    ESPBAK_NVS_U8 = 0x01,
    ESPBAK_NVS_U16 = 0x02,
    ESPBAK_NVS_U32 = 0x04,
    ESPBAK_NVS_U64 = 0x08,
    ESPBAK_NVS_I8 = 0x11,
    ESPBAK_NVS_I16 = 0x12,
    ESPBAK_NVS_I32 = 0x14,
    ESPBAK_NVS_I64 = 0x18,
    ESPBAK_NVS_STRING = 0x21,
    ESPBAK_NVS_BLOB = 0x41,       /**< in one page */
    ESPBAK_NVS_BLOB_DATA = 0x42,  /**< a piece of one; never an item of its own */
    ESPBAK_NVS_BLOB_INDEX = 0x48, /**< in pieces */
};

/** One key. Texts are printable: what is not, became '?'. */
typedef struct espbak_nvs_item {
    char space[ESPBAK_NVS_NAME_MAX]; /**< its namespace; "#7" when that has no name */
    char key[ESPBAK_NVS_NAME_MAX];
    uint8_t type;
    uint32_t size;     /**< bytes of the value, of strings with their end */
    bool intact;       /**< all of it is there and its CRCs are right */
    size_t at, pieces; /**< where the library has it */
} espbak_nvs_item;

typedef struct espbak_nvs_summary {
    size_t pages, page_states[ESPBAK_NVS_PAGE_STATES];
    size_t spaces, items;
    size_t written, erased; /**< entries of 32 bytes in use, and given up */
    size_t damaged;         /**< entries that cannot be right */
    size_t stale;           /**< items that a later one with their key replaces */
    bool recognised;        /**< it is NVS, or nothing but erased flash */
    bool encrypted;         /**< its entries are ciphertext (NVS encryption) */
    bool decrypted;         /**< and the key that was given has made them readable */
} espbak_nvs_summary;

typedef struct espbak_nvs espbak_nvs;

/** What encrypted entries are encrypted with: two keys of AES-256, as XTS takes them. It is a secret. */
typedef struct espbak_nvs_key {
    uint8_t bytes[ESPBAK_NVS_KEY_SIZE];
} espbak_nvs_key;

/**
 * A key as it begins a partition of type nvs_keys, or a file of nvs_partition_gen's generate-key. ESPBAK_E_FILE for
 * anything whose checksum is not that of a key.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_nvs_key_take(espbak_nvs_key *out, const uint8_t *bytes, size_t size,
                                                             espbak_error *err);

/**
 * Read the partition at `offset`; the reader must outlive what is opened. `key` is tried where the entries are
 * encrypted; NULL: there is none. What is damaged becomes a finding; errors are the reader's, memory, or
 * ESPBAK_E_USAGE for a place that is not there.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_nvs_open(espbak_nvs **out, const espbak_image_reader *reader,
                                                         uint64_t offset, uint64_t size, const espbak_nvs_key *key,
                                                         espbak_findings *findings, espbak_error *err);
/** NULL is allowed. */
ESPBAK_API void espbak_nvs_free(espbak_nvs *nvs);

ESPBAK_API const espbak_nvs_summary *espbak_nvs_summarise(const espbak_nvs *nvs);

/** Items by number, sorted by namespace and key; NULL past the last. */
ESPBAK_API const espbak_nvs_item *espbak_nvs_item_at(const espbak_nvs *nvs, size_t index);

/** "u8", "string", "blob"…, or "0x…" is "unknown". Never NULL. */
ESPBAK_API const char *espbak_nvs_type_name(uint8_t type);

/** The value: item->size bytes, allocated (never NULL); free it with espbak_free. It may be a secret. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_nvs_read_value(const espbak_nvs *nvs, const espbak_nvs_item *item,
                                                               uint8_t **value, espbak_error *err);

/** A value as text: a number, a string without its end, or hex; cut with "..." where `capacity` ends. */
ESPBAK_API void espbak_nvs_value_text(const espbak_nvs_item *item, const uint8_t *value, char *out, size_t capacity);

typedef enum espbak_nvs_change { ESPBAK_NVS_ADDED, ESPBAK_NVS_REMOVED, ESPBAK_NVS_CHANGED } espbak_nvs_change;

/** "added", "removed", "changed". Never NULL. */
ESPBAK_API const char *espbak_nvs_change_name(espbak_nvs_change change);

/** One key that differs: `before` is NULL for one that was added, `after` for one that was removed. */
typedef espbak_status (*espbak_nvs_each_change)(void *user, espbak_nvs_change change, const espbak_nvs_item *before,
                                                const espbak_nvs_item *after, espbak_error *err);

/** Call `each` with what differs between two, by namespace and key, in that order. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_nvs_compare(const espbak_nvs *before, const espbak_nvs *after,
                                                            espbak_nvs_each_change each, void *user, espbak_error *err);

/* ---- changes ---- */

enum { ESPBAK_NVS_NOTHING = 0 }; /**< type of a setting that is to be deleted */

/** What a key shall be. */
typedef struct espbak_nvs_setting {
    const char *space, *key; /**< 1 to 15 bytes each; a namespace that is not there yet is made */
    uint8_t type;            /**< ESPBAK_NVS_*, all of blobs mean the same; ESPBAK_NVS_NOTHING deletes the key */
    const uint8_t *value;    /**< numbers: lowest byte first; a string with its end */
    size_t size;
} espbak_nvs_setting;

/** An NVS in memory, which is changed as ESP-IDF's own code would change it. */
typedef struct espbak_nvs_edit espbak_nvs_edit;

/**
 * Begin to change a partition, whose bytes are borrowed until it is freed, and changed in place: first by what a device
 * does when it opens one. `key` is that of encrypted entries, which has to fit; NULL: they are plain. That it is an
 * NVS, and is encrypted or not, is for espbak_nvs_open to say before.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_nvs_edit_open(espbak_nvs_edit **out, uint8_t *bytes, size_t size,
                                                              const espbak_nvs_key *key, espbak_error *err);
/** NULL is allowed. */
ESPBAK_API void espbak_nvs_edit_free(espbak_nvs_edit *edit);

/**
 * Set or delete a key. What was there before is overwritten with zeros. ESPBAK_E_USAGE: a name or value that cannot be,
 * or a key that has another type. ESPBAK_E_FILE: no room, or no such key to delete. After an error the bytes are worth
 * nothing.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_nvs_edit_apply(espbak_nvs_edit *edit, const espbak_nvs_setting *wanted,
                                                               espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
